"""A company whose outreach lives: what the demo, the benchmark and the end-to-end test set up and let happen."""
