"""Text of others inside of Markdown: shown as it is, never as markup."""

from __future__ import annotations

import re

from mediamix.core.text import visible

#: What Markdown, Streamlit's colours and icons, or LaTeX would read as more than itself.
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@/])")


def plain(text: str) -> str:
    """The text with every character of markup escaped."""
    return _MARKUP.sub(r"\\\1", visible(text))
