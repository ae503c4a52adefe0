"""The words that all rooms share; no I/O."""
