"""Words as every form of the report shows them."""

from __future__ import annotations

import re

from mediamix.core.text import visible

_GLUED = re.compile(r"(?<=\d) (?=(?:k|M|bn)\b)|(?<=\b[A-Z]{3}) (?=\d)")


def unbroken(text: str) -> str:
    """What a name hides is shown; a number stays on one line with its currency and its scale."""
    return _GLUED.sub("\u00a0", visible(text))
