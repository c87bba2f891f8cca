"""AI tasks of prospecting."""
