"""One tree of errors.

::

    MediamixError                our fault or an unexpected state: exit code 1
    └── UserError                the user can mend it: exit code 2, one message
        ├── DataError            rows, dates, columns, findings of severity "error"
        ├── SpecError            mediamix.yml or the options that stand for it
        ├── BudgetError          a decision problem without an answer
        ├── FolderError          an input or output folder, or a file in it
        ├── VerdictError         a decision is asked of a fit that failed its checks
        └── ExtraError           an optional dependency is missing

Every `UserError` says what happened, what was expected, what was got and what to do next. Whoever
raises one collects all of its findings first: a user mends a table once, not line by line.
"""

from __future__ import annotations

import reprlib
from collections.abc import Sequence

from mediamix.core.text import visible

#: Lines of one message.
MOST_DETAILS = 50
_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxstring, _REPR.maxother, _REPR.maxlong = 2, 60, 60, 40


def shown(value: object) -> str:
    """A value as it was given, cut to a line: the ``got`` of a message, whatever its size."""
    return _REPR.repr(value)


class MediamixError(Exception):
    """Base of everything that mediamix raises on purpose."""

    exit_code = 1


class UserError(MediamixError):
    """Something the user can mend.

    Args:
        what: What is wrong and where (file, row, date, key), in one sentence.
        expected: What would have been right.
        got: What was found instead.
        next_step: What to do now.
        details: Further findings of the same kind, one line each; of more than `MOST_DETAILS` the
            others are counted.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        expected: str = "",
        got: str = "",
        next_step: str = "",
        details: Sequence[str] = (),
    ) -> None:
        self.what = what
        self.expected = expected
        self.got = got
        self.next_step = next_step
        more = len(details) - MOST_DETAILS
        self.details = tuple(details[:MOST_DETAILS]) + ((f"and {more:,} more",) if more > 0 else ())
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole message, a line per part that is known, harmless to a terminal."""
        lines = [self.what, *(f"  - {line}" for line in self.details)]
        for label, text in (("expected", self.expected), ("got", self.got), ("next", self.next_step)):
            if text:
                lines.append(f"{label + ':':<10}{text}")
        return visible("\n".join(lines))

    def to_dict(self) -> dict[str, object]:
        """The same parts for machines (`--json`)."""
        return as_error(
            type(self).__name__,
            self.what,
            expected=self.expected,
            got=self.got,
            next_step=self.next_step,
            details=self.details,
        )


def as_error(
    kind: str,
    what: str,
    *,
    expected: str = "",
    got: str = "",
    next_step: str = "",
    details: Sequence[str] = (),
) -> dict[str, object]:
    """An error for machines: the same six keys whatever went wrong."""
    return {
        "kind": kind,
        "what": what,
        "expected": expected,
        "got": got,
        "next": next_step,
        "details": list(details),
    }


class DataError(UserError):
    """The data can't carry the question: missing columns, duplicated keys, too few rows."""


class SpecError(UserError):
    """The spec names something that doesn't exist or asks for something impossible."""


class BudgetError(UserError):
    """The decision problem contradicts itself or has no answer within its bounds."""


class FolderError(UserError):
    """A folder or file can't be read, written or overwritten."""


class VerdictError(UserError):
    """A plan or a forecast is asked of a fit whose verdict is ``failed``."""


class ExtraError(UserError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed",
            expected=f"the extra '{extra}'",
            next_step=f"pip install 'mediamix[{extra}]'",
        )
