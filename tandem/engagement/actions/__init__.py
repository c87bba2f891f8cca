"""Writes of engagement."""
