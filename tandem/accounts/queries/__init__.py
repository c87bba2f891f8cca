"""Reads of the unified model; one file a subject."""
