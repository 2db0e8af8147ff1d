"""What the checks say of a spec and its data, before a run."""
