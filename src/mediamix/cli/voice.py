"""How much a command says beside its result, and the log that keeps all of it.

`--quiet`, `--verbose`, `--log-file` and `--debug` may stand anywhere on the command line, as people type
them; `taken_out` finds them before the command reads its own options.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from mediamix.core.errors import FolderError, UserError
from mediamix.core.text import visible

FLAGS = {
    "--quiet": "quiet",
    "-q": "quiet",
    "--verbose": "verbose",
    "-v": "verbose",
    "--debug": "debug",
}
LOG_FILE = "--log-file"


@dataclass(frozen=True)
class Voice:
    """What was asked for.

    Args:
        quiet: On stderr only warnings and errors.
        verbose: Also what is only for reading: versions, paths, remarks of the checks and their reasons.
        debug: Also the traceback of a failure.
        log: Gets every line of stderr with its time, and what `verbose` would show; None: no log.
    """

    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    log: Path | None = None


class _Current:
    """The voice of the command that runs, and its open log."""

    voice = Voice()
    stream: TextIO | None = None


def voice() -> Voice:
    """Of the command that runs."""
    return _Current.voice


def taken_out(words: Sequence[str]) -> tuple[list[str], Voice]:
    """The words without the options of the voice, and what those asked for.

    Raises:
        UserError: `--log-file` without a file, or quiet and verbose at once.
    """
    rest: list[str] = []
    asked: dict[str, bool] = {}
    log: Path | None = None
    queue = list(words)
    while queue:
        word = queue.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *queue]
            break
        if word in FLAGS:
            asked[FLAGS[word]] = True
        elif name == LOG_FILE:
            if not equals:
                value = queue.pop(0) if queue else ""
            if not value or value.startswith("--"):
                raise UserError(f"{LOG_FILE} needs a file", next_step=f"write {LOG_FILE} mediamix.log")
            log = Path(value)
        else:
            rest.append(word)
    if asked.get("quiet") and asked.get("verbose"):
        raise UserError("--quiet and --verbose contradict each other", next_step="take one of them")
    return rest, Voice(**asked, log=log)


@contextmanager
def speaking(wanted: Voice) -> Iterator[None]:
    """Speak like this inside; the log is appended to.

    Raises:
        FolderError: The log can't be written.
    """
    _Current.voice = wanted
    try:
        if wanted.log is not None:
            try:
                wanted.log.parent.mkdir(parents=True, exist_ok=True)
                _Current.stream = wanted.log.open("a", encoding="utf-8")
            except OSError as error:
                raise FolderError(
                    f"can't write the log {wanted.log}",
                    expected="the path of a file",
                    got=error.strerror or str(error),
                    next_step=f"choose another {LOG_FILE}",
                ) from error
        yield
    finally:
        if _Current.stream is not None:
            _Current.stream.close()
        _Current.voice, _Current.stream = Voice(), None


def record(text: str) -> None:
    """Lines for the log, each with its time; nothing without one."""
    if _Current.stream is None:
        return
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    try:
        for line in visible(text).splitlines():
            _Current.stream.write(f"{now} {line}\n")
        _Current.stream.flush()
    except OSError as error:  # a full disk must not end the work itself
        _Current.stream = None
        sys.stderr.write(f"the log can't be written any more: {error.strerror or error}\n")
