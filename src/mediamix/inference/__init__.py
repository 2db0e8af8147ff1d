"""Draws and the machinery that makes them."""
