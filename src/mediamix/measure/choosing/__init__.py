"""Choosing among models: leave-one-out, leave-future-out against naive forecasts, stacking."""
