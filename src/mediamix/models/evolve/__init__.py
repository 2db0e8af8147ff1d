"""Robyn's method: models by multi-objective search, a ridge inside, and a choice among the best."""
