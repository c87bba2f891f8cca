"""Outside systems of agents."""
