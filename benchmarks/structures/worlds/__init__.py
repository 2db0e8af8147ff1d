"""The structures: one file each, found by the registry."""
