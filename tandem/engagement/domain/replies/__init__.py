"""What a person's text says: language, one of seven labels with its evidence, the day of return, whom to ask instead."""
