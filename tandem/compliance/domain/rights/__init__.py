"""Engines of the rights desk: the clocks of the laws, the way of a request, decisions that need a person."""
