"""Reading and checking a large table."""
