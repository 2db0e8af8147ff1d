"""Direct and mediated effects."""
