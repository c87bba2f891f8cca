"""Intent: what an account's signals say about its interest, as a score that opens down to single signals."""
