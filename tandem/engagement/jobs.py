"""What the worker and the night run for engagement. Thin: each calls one action."""
