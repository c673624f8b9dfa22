"""Calls carried out by threads, processes or a cluster, in order and in time."""
