"""THE table of functions, one row each; `row` says what a row is."""
