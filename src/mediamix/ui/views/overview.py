"""What media caused, how sure that is, and what to do."""

from __future__ import annotations

from mediamix.ui.page import show

show("headline", "glance", "decomposition")
