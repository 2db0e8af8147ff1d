"""How fast the engine is, and how far from what the machine could do."""
