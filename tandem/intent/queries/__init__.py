"""Reads: the score as one expression for the warehouse, and signals in files."""
