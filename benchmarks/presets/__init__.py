"""Presets for teams from another tool, against that tool."""
