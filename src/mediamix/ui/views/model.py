"""How well the model follows the outcome, and the truth where it is known."""

from __future__ import annotations

from mediamix.ui.page import show

show("explained", "recovery")
