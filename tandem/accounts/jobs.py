"""Background work of the unified model: thin, by name."""
