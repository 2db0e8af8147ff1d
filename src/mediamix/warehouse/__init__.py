"""The warehouse engine and the mart."""
