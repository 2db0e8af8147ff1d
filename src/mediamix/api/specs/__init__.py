"""The project's spec and its variants."""
