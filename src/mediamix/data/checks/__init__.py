"""Dataset checks: one file per check (threshold, test and advice together)."""
