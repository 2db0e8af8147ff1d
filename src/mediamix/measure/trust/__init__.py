"""Checks of a fit: one file each, found by the registry (`mediamix.measure.checking`)."""
