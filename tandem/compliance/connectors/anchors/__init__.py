"""Places outside that keep the ledger's checkpoints; one function each, which answers how the place keeps it."""
