"""Text that comes from data, made harmless where people or programs look at it.

Names of channels and geos come from files of others. A terminal obeys escape sequences, a line can be
turned around by marks that nobody sees, and a spreadsheet runs a cell that begins like a formula.
"""

from __future__ import annotations

import re

#: Control characters but the line feed and the tab, line and paragraph separators, marks that turn the
#: direction of writing, characters without width, tags, and halves of characters that can't be written.
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_ASCII = "\x00-\x7f"
#: A joiner between two letters of Persian or Hindi, or in an emoji, is spelling; elsewhere it hides.
_UNSEEN = re.compile(f"[{_HIDDEN}]|(?<![^{_ASCII}])[\u200c\u200d]|[\u200c\u200d](?![^{_ASCII}])")
_BREAKS = re.compile("[\n\t]+")

#: What makes a spreadsheet take text for a formula; apostrophes before it are ours.
_LIVE = re.compile(r"'*[ \t\r\n]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+\-]?(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?")


def visible(text: str) -> str:
    """The text with every character that acts, hides or turns others replaced by its number.

    ``⟨U+001B⟩`` for an escape. Line feeds and tabs stay.
    """
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(_number_of, text)


def one_line(text: str) -> str:
    """`visible`, and line feeds and tabs are blanks: for a cell or a headline."""
    return visible(_BREAKS.sub(" ", text))


def safe_json(text: str) -> str:
    """JSON text in which what `visible` replaces is written as an escape: the same value, harmless."""
    return _UNSEEN.sub(lambda found: _escapes(found.group()), text)


def guarded(text: str) -> str:
    """The text for a cell of CSV: an apostrophe in front of what a spreadsheet takes for a formula.

    Numbers stay as they are. `unguarded` gives the text back.
    """
    return f"'{text}" if _LIVE.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text[:1] == "'" and guarded(text[1:]) != text[1:] else text


def _number_of(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found.group()):04X}⟩"


def _escapes(character: str) -> str:
    r"""``\u202e``; above the first plane a pair, as JSON has it."""
    raw = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{raw[i : i + 2].hex()}" for i in range(0, len(raw), 2))
