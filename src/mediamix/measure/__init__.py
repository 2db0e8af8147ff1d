"""Questions to a fit, answered as tables."""
