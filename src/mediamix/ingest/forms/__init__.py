"""Known tables: one file per form."""
