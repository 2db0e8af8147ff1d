"""What each channel brought, what it returned, how long it works, and how geos differ."""

from __future__ import annotations

from mediamix.ui.page import show

show("returns", "carryover", "geos")
