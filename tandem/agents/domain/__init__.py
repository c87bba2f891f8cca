"""Engines of agents: pure."""
