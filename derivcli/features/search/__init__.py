"""A formula in a box → the points at which something is wrong, the worst first."""
