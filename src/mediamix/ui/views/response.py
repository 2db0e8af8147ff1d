"""What more or less spend would bring."""

from __future__ import annotations

from mediamix.ui.page import show

show("response")
