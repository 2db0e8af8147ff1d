"""Pages, made last."""
