"""Pages and API of prospecting."""
