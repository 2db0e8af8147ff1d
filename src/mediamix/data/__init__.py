"""From rows to a checked `Dataset`."""
