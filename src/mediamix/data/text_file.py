"""The text of a CSV file: its encoding and what separates its cells. It is read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SEPARATORS = (",", ";", "\t", "|")
HEAD = 20_000  # characters that are looked at for the separator
LINES = 25
PIECE = 1 << 22  # characters that are held together


@dataclass(frozen=True)
class TextFile:
    """What a look at the whole of a text file tells.

    Args:
        path: The file.
        encoding: Of Python's codecs.
        note: What to say about the encoding, where it had to be guessed.
        head: The first characters.
        quotes: Whether there is a double quote in it.
        guards: Whether a cell may begin with a single one, as `csv_text` writes before formulas.
        plain_ends: Whether every carriage return stands before a line feed.
    """

    path: Path
    encoding: str
    note: str = ""
    head: str = ""
    quotes: bool = False
    guards: bool = False
    plain_ends: bool = True

    @property
    def names_separator(self) -> bool:
        """Whether it begins with Excel's ``sep=;``."""
        return self.head[:4].lower() == "sep="

    @property
    def separator(self) -> str:
        """The sign between cells."""
        return separator_of(self.head)


def look_at_text(path: Path) -> TextFile:
    """Read a text file once, for what there is to know before its cells are.

    UTF-8 and UTF-16 can be told for sure; other bytes are read as Windows-1252, which is what Western
    European and American spreadsheets write.

    Raises:
        UnicodeDecodeError: They aren't that either.
    """
    with path.open("rb") as file:
        encoding = encoding_of(file.read(400))
    try:
        return _looked(path, encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8-sig":
            raise
        return _looked(path, "cp1252")


def encoding_of(head: bytes) -> str:
    """UTF-16 by its mark or its zeros, else UTF-8."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head.count(0) > len(head) // 4:  # Latin letters in UTF-16: every other byte is zero
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    return "utf-8-sig"


def _looked(path: Path, encoding: str) -> TextFile:
    head, word, last = "", "", ""
    quotes = guards = False
    lone = 0
    for piece in pieces(path, encoding):
        head = head or piece[:HEAD]
        quotes = quotes or '"' in piece
        signs = ("\n", "\r", '"', *SEPARATORS)
        begins = piece.startswith("'") or any(f"{sign}'" in piece for sign in signs)
        guards = guards or ("'" in piece and begins)
        ends = last + piece
        last = "\r" if piece.endswith("\r") else ""
        ends = ends.removesuffix("\r") if last else ends
        lone += ends.count("\r") - ends.count("\r\n")
        if encoding == "cp1252" and not word and not piece.isascii():
            word = next(word for word in piece.split() if not word.isascii())
    lone += bool(last)
    note = ""
    if encoding == "cp1252":
        note = f"the text isn't UTF-8 and is read as Windows-1252, so that a name reads {word[:40]!r}"
    return TextFile(path, encoding, note, head, quotes, guards, lone == 0)


def pieces(path: Path, encoding: str) -> Iterator[str]:
    """The text of a file, a few million characters at a time."""
    with path.open(encoding=encoding, newline="") as file:
        while piece := file.read(PIECE):
            yield piece


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
