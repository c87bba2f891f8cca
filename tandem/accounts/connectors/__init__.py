"""One file per outside system: how its files are recognised and what their columns mean."""
