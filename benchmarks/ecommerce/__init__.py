"""The e-commerce table of many brands: a twin of it, and what its linear baseline is worth."""
