"""Receivers of the ledger's entries; each returns when the receiver has them, as far as its protocol tells."""
