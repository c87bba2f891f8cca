"""Engines of engagement: pure."""
