"""Printing: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from mediamix.cli.voice import record, voice
from mediamix.core.plain import plain_text
from mediamix.core.text import one_line, visible

if TYPE_CHECKING:
    from rich.console import Console

#: Width of tables that go into a file or a pipe.
PLAIN_WIDTH = 120
#: Words up to this length stay whole in tables of a narrow terminal.
LONGEST_WORD = 12
_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan", "ok": "green", "caution": "yellow"}


def console(*, stderr: bool = False) -> Console:
    """A rich console on today's stdout or stderr (tests and pipes exchange them); --quiet silences stderr."""
    from rich.console import Console

    if stderr and voice().quiet:
        return Console(stderr=True, quiet=True, force_terminal=False, width=PLAIN_WIDTH)
    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=PLAIN_WIDTH)


def say(text: str = "", style: str = "") -> None:
    """A line of the result, on stdout."""
    from rich.text import Text

    console().print(Text(visible(text), style=style), soft_wrap=True)


def note(text: str) -> None:
    """A remark beside the result, on stderr and in the log."""
    record(text)
    if not voice().quiet:
        _aside(text)


def detail(text: str) -> None:
    """What only --verbose and the log show."""
    record(text)
    if voice().verbose:
        _aside(text, "dim")


def warn(label: str, message: str) -> None:
    """``label: message`` on stderr, in the label's colour, and in the log."""
    record(f"{label}: {message}")
    _aside(message, label=label)


def _aside(message: str, style: str = "", label: str = "") -> None:
    """A line on stderr; that nobody reads it any more doesn't end the work."""
    from rich.console import Console
    from rich.text import Text

    before = (f"{label}: ", _STYLES.get(label, "")) if label else ""
    made = Console(stderr=True, highlight=False)
    try:
        made.print(Text.assemble(before, (visible(message), style)), soft_wrap=True)
    except (BrokenPipeError, SystemExit):  # rich turns the first into the second
        to_nowhere(sys.stderr)


def to_nowhere(stream: TextIO) -> None:
    """What is written to this stream from now on goes nowhere: its reader has gone."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def style_of(word: str) -> str:
    """Colour of a severity or a verdict."""
    return _STYLES.get({"failed": "error"}.get(word, word), "")


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, text: Sequence[int] = (0,)
) -> None:
    """A table on stdout.

    Args:
        title: Above it.
        columns: Headers.
        rows: Cells.
        text: Numbers of the columns that hold words; the others are right-aligned.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if title:
        say(title, "bold")
    made = Table(box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        words = " ".join([column, *(row[index] for row in rows)]).split()
        # a narrow terminal wraps between words, and cuts none
        made.add_column(
            Text(one_line(column)),
            justify="left" if index in text else "right",
            min_width=min(LONGEST_WORD, max(map(len, words), default=0)),
        )
    for row in rows:
        made.add_row(*(Text(one_line(cell), style=_STYLES.get(cell, "")) for cell in row))
    console().print(made)


def emit_json(value: Any) -> None:
    """The one JSON document of a command, on stdout; what is no number is null."""
    sys.stdout.write(plain_text(value) + "\n")


def command_line(*words: object) -> str:
    """A command as it can be typed: names with blanks are quoted."""
    return shlex.join(["mediamix", *map(str, words)])
