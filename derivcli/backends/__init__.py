"""A program on the numbers of a library: symbols, tensors, balls, power series, float64."""
