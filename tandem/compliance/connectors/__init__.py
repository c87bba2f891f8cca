"""One file per outside system that compliance hands something to."""
