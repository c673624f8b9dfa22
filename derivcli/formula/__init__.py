"""A formula as text, tree and program, and the table of functions."""
