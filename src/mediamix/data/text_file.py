"""The text of a CSV file: its encoding and what separates its cells."""

from __future__ import annotations

from itertools import pairwise

SEPARATORS = (",", ";", "\t", "|")
HEAD = 20_000  # characters that are looked at for the separator
LINES = 25


def decoded(raw: bytes) -> tuple[str, str]:
    """The text, and what to say about its encoding where that had to be guessed.

    UTF-8 and UTF-16 can be told for sure; other bytes are read as Windows-1252, which is what Western
    European and American spreadsheets write.

    Raises:
        UnicodeDecodeError: They aren't that either.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16"), ""
    head = raw[:400]
    if head.count(0) > len(head) // 4:  # Latin letters in UTF-16: every other byte is zero
        return raw.decode("utf-16-le" if head[1:2] == b"\0" else "utf-16-be"), ""
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    words = next((word for word in text.split() if not word.isascii()), "")
    return text, f"the text isn't UTF-8 and is read as Windows-1252, so that a name reads {words[:40]!r}"


def separator_of(text: str) -> str:
    """The sign between cells: the most frequent of the first line that the next one bears out.

    What stands in quotes doesn't count. A title above the table has no separators, or others than the
    line after it. Excel's ``sep=;`` is believed.
    """
    if text[:4].lower() == "sep=" and text[4:5] in SEPARATORS:
        return text[4]
    unquoted = "".join(text[:HEAD].split('"')[::2])
    lines = [line for line in unquoted.splitlines() if line.strip()][:LINES]
    for line, following in pairwise(lines):
        best = max(SEPARATORS, key=line.count)
        if line.count(best) and following.count(best) == line.count(best):
            return best
    return max(SEPARATORS, key=lines[0].count) if lines else SEPARATORS[0]
