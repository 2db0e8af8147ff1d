"""Many fits: every brand of a table, every spec of a folder."""
