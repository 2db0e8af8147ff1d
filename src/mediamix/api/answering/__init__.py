"""Questions to a loaded fit: answered exactly, once."""
