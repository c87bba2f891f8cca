"""Outside systems of engagement."""
