"""Engines of prospecting: pure."""
