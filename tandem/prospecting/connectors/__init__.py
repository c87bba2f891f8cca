"""Outside systems of prospecting."""
