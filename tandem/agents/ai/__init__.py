"""AI tasks of agents."""
