"""Pages and API of engagement."""
