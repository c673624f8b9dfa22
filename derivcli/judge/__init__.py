"""The truth at a point, and what answers are worth beside it; no method is known here by its name."""
