"""Pages and API of agents."""
