"""Whether to believe the numbers."""

from __future__ import annotations

from mediamix.ui.page import show

show("diagnostics", "trust", "findings", "provenance")
