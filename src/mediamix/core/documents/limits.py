"""How much a document may hold, and the errors of one that holds more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediamix.core.errors import UserError

#: Bytes of a file that people write. A spec has a few kilobytes; bounds of 200 geos × 50 channels, 500.
MAX_BYTES = 4 * 2**20
#: Bytes of a file that mediamix writes and reads again: the plan of a large panel.
MAX_JSON_BYTES = 64 * 2**20
#: Mappings and lists inside each other. The spec has five.
MAX_DEPTH = 40
#: Keys and values, those that aliases stand for counted each time.
MAX_VALUES = 200_000
#: A text of so many characters counts as one value.
TEXT_PER_VALUE = 100
#: Findings that are listed; the others are counted.
MOST_LINES = 10


@dataclass(frozen=True)
class Source:
    """Where a document comes from.

    Args:
        name: Of the file, for the message.
        error: What is raised where the document is wrong.
        form: ``YAML`` or ``JSON``.
    """

    name: str
    error: type[UserError]
    form: str = "YAML"

    def invalid(self, got: str, next_step: str = "mend the named line", expected: str = "") -> UserError:
        """It can't be read at all."""
        return self.error(
            f"{self.name} is not valid {self.form}", expected=expected, got=got, next_step=next_step
        )

    def too_deep(self, line: int | None = None) -> UserError:
        """Mappings and lists inside each other without an end."""
        where = f", on line {line}" if line is not None else ""
        return self.error(
            f"{self.name} is nested too deeply",
            expected=f"at most {MAX_DEPTH} mappings and lists inside each other",
            got=f"more{where}",
            next_step="write it flatter; no key of ours lies deeper than eight",
        )

    def too_many(self, aliases: int) -> UserError:
        """More values than anybody writes, or aliases that stand for more."""
        through = f", through {aliases:,} aliases" if aliases else ""
        return self.error(
            f"{self.name} holds too many values",
            expected=f"at most {MAX_VALUES:,} keys and values, those behind aliases counted each time",
            got=f"more{through}",
            next_step="write out what the aliases stand for, only what is needed"
            if aliases
            else "is this the right file? Rows of data belong in a CSV or Parquet file",
        )

    def doubled(self, lines: Sequence[str]) -> UserError:
        """Keys that are given more than once."""
        return self.error(
            f"{self.name} gives {'a key' if len(lines) == 1 else f'{len(lines):,} keys'} more than once",
            details=capped(lines),
            expected="each key once in its mapping",
            next_step="keep one of them; else one value would be lost without a word",
        )


def capped(lines: Sequence[str], most: int = MOST_LINES) -> list[str]:
    """The first few lines, and how many more there are."""
    more = len(lines) - most
    return [*lines[:most], *([f"and {more:,} more"] if more > 0 else [])]
