"""AI tasks of engagement."""
