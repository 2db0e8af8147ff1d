"""One command a file: NAME, EXAMPLE and `command`, whose arguments are its options."""
