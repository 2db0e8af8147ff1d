"""What a user sees of an error: one message without a traceback, and the exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from mediamix.cli.console import emit_json, warn
from mediamix.cli.voice import record
from mediamix.core.errors import FolderError, MediamixError, UserError, as_error
from mediamix.core.extras import missing
from mediamix.core.files import refused_by_disk

INTERRUPTED = 130
NOTHING = "Stopped. Nothing was written."

# The public name of the base of all usage errors, whichever click typer brings.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def explain(error: Exception, *, as_json: bool, debug: bool) -> int:
    """Print an error where its readers look, and return the exit code.

    With `as_json` the error is a JSON object on stdout; else it is text on stderr.
    """
    known = _as_user_error(error)
    if known is None:
        record("".join(traceback.format_exception(error)))
    if debug:
        traceback.print_exception(error)
    if known is not None:
        if as_json:
            emit_json({"error": known.to_dict(), "code": known.exit_code})
        else:
            warn("error", known.message)
        return known.exit_code
    what = f"{type(error).__name__}: {error}" if not isinstance(error, MediamixError) else str(error)
    next_step = "please report it with this message, `mediamix --version` and the command you ran" + (
        "" if debug else "; --debug shows where it happened"
    )
    if as_json:
        emit_json({"error": as_error("InternalError", what, next_step=next_step), "code": 1})
    else:
        warn("error", f"mediamix failed, and that is not your fault: {what}\nnext:     {next_step}")
    return 1


class _Stopped:
    """What is said after Ctrl-C."""

    words = NOTHING


def keep(words: str) -> None:
    """Inside of `keeping`: what is said from now on."""
    _Stopped.words = words


@contextmanager
def keeping(words: str) -> Iterator[None]:
    """Inside, work is kept as it is done: what is said instead where Ctrl-C ends it."""
    _Stopped.words = words
    try:
        yield
    except KeyboardInterrupt:
        raise  # that is when it is said
    except BaseException:
        _Stopped.words = NOTHING
        raise
    _Stopped.words = NOTHING


def interrupted(*, as_json: bool = False) -> int:
    """After Ctrl-C."""
    words, _Stopped.words = _Stopped.words, NOTHING
    record(words)
    if as_json:
        emit_json({"error": as_error("Interrupted", words, next_step="run it again"), "code": INTERRUPTED})
    print(words, file=sys.stderr)
    return INTERRUPTED


def reader_gone(error: BaseException | None) -> bool:
    """Whether an error comes of a reader that went away (`| head`)."""
    while error is not None and not isinstance(error, BrokenPipeError):
        error = error.__context__
    return error is not None


class UsageError(UserError):
    """Options or arguments that a command doesn't have, or of the wrong type."""


#: What Python says of a cached module that ends too early, by where it was cut.
_CUT_SHORT = ("marshal", "EOF read where object expected")


def _as_user_error(error: Exception) -> UserError | None:
    """The error as one the user can mend; None if it isn't."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, _UsageError):
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "mediamix"
        message = str(error.format_message()) if hasattr(error, "format_message") else str(error)
        return UsageError(message.strip().rstrip("."), next_step=f"see `{path} --help`")
    if isinstance(error, EOFError) and any(words in str(error) for words in _CUT_SHORT):
        place = sys.pycache_prefix or str(Path(__file__).parents[1])
        return FolderError(
            "a cached module of Python was cut short, as a full disk does",
            got=str(error),
            next_step=f"remove the folders __pycache__ below {place}: Python makes them again",
        )
    if (refused := refused_by_disk(error)) is not None:
        return refused
    return missing(error, "this command") if isinstance(error, ModuleNotFoundError) else None
