"""Names as people write them: which spellings are one name."""

from __future__ import annotations

import unicodedata

# Seen by nobody, and in many an export: zero-width blanks and joiners, the byte order mark.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")


def tidy(name: str) -> str:
    """The name without blanks at its ends, every run of blanks and line breaks inside one blank."""
    return " ".join(name.translate(_UNSEEN).split())


def plain(name: str) -> str:
    r"""The form in which names are compared: two spellings of one plain form are one name.

    Case, blanks, line breaks, the kind of a dash and the unicode form don't count: ``TV``, ``tv``
    and ``Tv\u00a0`` are one.
    """
    return tidy(unicodedata.normalize("NFKC", name).translate(_DASHES).casefold())


def fold(text: str) -> str:
    """Small letters without accents: ``Umsätze`` is ``umsatze``."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def clashes(names: object) -> list[tuple[str, ...]]:
    """Groups of different names that have one plain form."""
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(map(str, names)):  # type: ignore[call-overload]
        groups.setdefault(plain(name), []).append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]
