"""The text of a CSV file: its encoding and what separates its cells. It is read piece by piece."""

from __future__ import annotations

from codecs import BOM_UTF8, getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from mediamix.core.errors import FolderError

SEPARATORS = (",", ";", "\t", "|")
HEAD = 20_000  # characters that are looked at for the separator
LINES = 25
PIECE = 1 << 22  # bytes that are held together
#: Bytes that a cell begins after.
_BEGINS = np.isin(np.arange(256), [ord(sign) for sign in ("\n", "\r", '"', *SEPARATORS)])


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
        odd_quotes: Whether there is a double quote too many, or too few.
        plain_ends: Whether every carriage return stands before a line feed.
    """

    path: Path
    encoding: str
    note: str = ""
    head: str = ""
    quotes: bool = False
    guards: bool = False
    plain_ends: bool = True
    odd_quotes: bool = False

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
        FolderError: It is UTF-8 but for some bytes.
    """
    with path.open("rb") as file:
        encoding = encoding_of(file.read(400))
    try:
        return _looked(path, encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8-sig":
            raise
        _refuse_broken(path)
        return _looked(path, "cp1252")


def _refuse_broken(path: Path) -> None:
    """Stop at bytes that are no UTF-8 after letters that are: the file is broken there, not of another kind.

    Raises:
        FolderError: They are.
    """
    decoder = getincrementaldecoder("utf-8-sig")()
    row, letters = 1, False
    with path.open("rb") as file:
        for line in file:
            try:
                letters = not decoder.decode(line).isascii() or letters
            except UnicodeDecodeError as error:
                if not letters:
                    return
                raise FolderError(
                    f"{path.name} row {row} has a byte that is no text",
                    expected="UTF-8, which the rows above it are",
                    got=f"{error.object[max(error.start - 20, 0) : error.end]!r}",
                    next_step="the file was damaged or put together of two: export it again",
                ) from error
            row += 1


def encoding_of(head: bytes) -> str:
    """UTF-16 by its mark or its zeros, else UTF-8."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head.count(0) > len(head) // 4:  # Latin letters in UTF-16: every other byte is zero
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    return "utf-8-sig"


def _looked(path: Path, encoding: str) -> TextFile:
    head, word = "", ""
    guards, marks = False, 0
    lone, last = 0, b"\n"
    for text, data in _pieces(path, encoding):
        head = head or text[:HEAD]
        signs = np.frombuffer(last + data, dtype=np.uint8)  # with the one before
        marks += data.count(b'"')
        guards = guards or (b"'" in data and bool(_BEGINS[signs[:-1][signs[1:] == ord("'")]].any()))
        if b"\r" in data or last == b"\r":
            lone += int(((signs[:-1] == ord("\r")) & (signs[1:] != ord("\n"))).sum())
        last = data[-1:] or last
        if encoding == "cp1252" and not word and not text.isascii():
            word = next(word for word in text.split() if not word.isascii())
    lone += last == b"\r"
    note = ""
    if encoding == "cp1252":
        note = f"the text isn't UTF-8 and is read as Windows-1252, so that a name reads {word[:40]!r}"
    return TextFile(path, encoding, note, head, marks > 0, guards, lone == 0, marks % 2 == 1)


def pieces(path: Path, encoding: str) -> Iterator[str]:
    """The text of a file, a few million characters at a time."""
    return (text for text, _ in _pieces(path, encoding))


def whole_lines(path: Path, encoding: str) -> Iterator[bytes]:
    """The lines of a file as UTF-8, a few million characters at a time, without the last one's end."""
    rest: list[bytes] = []
    for _, data in _pieces(path, encoding):
        whole, end, following = data.rpartition(b"\n")
        if end:
            yield b"".join([*rest, whole])
            rest = [following]
        else:
            rest.append(following)
    yield b"".join(rest)


def _pieces(path: Path, encoding: str) -> Iterator[tuple[str, bytes]]:
    """The text of a file and the same as UTF-8, a few million bytes at a time."""
    decoder = getincrementaldecoder(encoding)()
    mark = BOM_UTF8 if encoding == "utf-8-sig" else b""
    with path.open("rb") as file:
        while raw := file.read(PIECE):
            text = decoder.decode(raw)
            if encoding == "utf-8-sig":
                raw, mark = raw.removeprefix(mark), b""
            yield text, raw if encoding == "utf-8-sig" else text.encode()
        decoder.decode(b"", final=True)


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
