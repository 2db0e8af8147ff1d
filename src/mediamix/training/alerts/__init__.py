"""Who hears of what after a training: conditions, the book of what was told, and the ways it is told."""
