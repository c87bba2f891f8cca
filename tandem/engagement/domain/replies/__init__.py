"""What a person's text says: language, one of seven labels with evidence, the day of return, whom to ask instead."""
