"""Trend, holidays and events: found where they are, noticed where they are not asked for."""
