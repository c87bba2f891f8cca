"""The engine of intent scores: pure, no clock, no files but its own defaults."""
