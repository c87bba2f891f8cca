"""Tables of intent."""
