"""Pages and API of intent."""
