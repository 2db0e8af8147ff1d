"""Model families: each returns one Fit."""
