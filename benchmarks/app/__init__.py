"""How fast the app shows itself, and what many visitors cost it."""
