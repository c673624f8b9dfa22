"""A request → its report: at listed points, over a sweep, or for a batch of lines."""
