"""One writer for each system, in the system's own export format."""
