"""Writes of intent."""
