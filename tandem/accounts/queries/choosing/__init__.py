"""Golden values chosen among source records: what assembling writes and what provenance explains, from one place."""
