"""Reads of engagement."""
