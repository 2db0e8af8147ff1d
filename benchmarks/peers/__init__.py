"""The engine against Meridian, PyMC-Marketing, LightweightMMM and Robyn, on the same made-up markets."""
