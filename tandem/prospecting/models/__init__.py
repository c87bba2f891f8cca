"""Tables of prospecting."""
