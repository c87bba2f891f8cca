"""Reads of prospecting."""
