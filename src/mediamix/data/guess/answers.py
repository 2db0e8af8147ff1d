"""What people answer: ``--set KEY=VALUE``, checked before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mediamix.core.errors import UserError, shown
from mediamix.core.names import plain
from mediamix.core.registry import suggestion
from mediamix.core.spec import Numbers
from mediamix.data.guess.result import ROLES

_WORDS = {
    "date": None,
    "outcome": None,
    "unit": ("revenue", "count"),
    "value_per_unit": None,
    "currency": None,
    "day_first": ("true", "false"),
    "decimal": (".", ","),
    "sheet": None,
    "sheets": ("channels", "geos", "rows"),
    "weeks": ("iso",),
    "media": ("spend", "exposure", "control", "ignored"),
    "others": ("spend", "exposure", "control", "ignored"),
}
#: Keys with the name of a column behind the dot.
_OF_COLUMNS = ("role", "channel", "only")


@dataclass(frozen=True)
class Answers:
    """Answers by their keys.

    Args:
        given: Key → value, as `parsed` checked them.
        used: Keys that met a question or a column.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def get(self, key: str) -> str | None:
        """The answer, or None."""
        if key in self.given:
            self.used.add(key)
        return self.given.get(key)

    def of(self, kind: str, column: str) -> str | None:
        """An answer about a column: ``role.tv_S``."""
        for key, value in self.given.items():
            head, _, name = key.partition(".")
            if head == kind and plain(name) == plain(column):
                self.used.add(key)
                return value
        return None

    @property
    def day_first(self) -> bool | None:
        """Whether 03/04 is the third of April."""
        answer = self.get("day_first")
        return None if answer is None else answer == "true"

    @property
    def numbers(self) -> Numbers | None:
        """How numbers are written."""
        decimal = self.get("decimal")
        if decimal is None:
            return None
        return Numbers(decimal=decimal, thousands="." if decimal == "," else ",")

    def refuse_unused(self, columns: Iterable[str]) -> None:
        """Stop at answers about columns that aren't there.

        Raises:
            UserError: Of all of them.
        """
        known = list(dict.fromkeys(columns))
        plainly = {plain(name) for name in known}
        lost = {
            key: key.partition(".")[2]
            for key in self.given
            if key not in self.used and key.partition(".")[0] in _OF_COLUMNS
        }
        for key in ("date", "outcome"):
            if plain(self.given.get(key, "")) not in {"", *plainly}:
                lost[key] = self.given[key]
        if lost:
            lines = []
            for key, name in lost.items():
                near = suggestion(name, known)
                lines.append(f"{key}: no table has a column {name!r}" + (f"; {near}" if near else ""))
            raise UserError(
                "answers are about columns that aren't there",
                details=lines,
                expected=f"some of {', '.join(known[:12])}",
                next_step="correct these names",
            )


def parsed(raw: Mapping[str, str]) -> Answers:
    """Answers, once keys and values are known to be possible.

    Raises:
        UserError: Of all that aren't.
    """
    wrong = []
    for key, value in raw.items():
        head, dot, name = key.partition(".")
        if dot and head in _OF_COLUMNS and name:
            if head == "role" and value not in ROLES:
                wrong.append(
                    f"{key}={value}: no role; " + (suggestion(value, ROLES) or f"one of {', '.join(ROLES)}")
                )
        elif key not in _WORDS:
            near = suggestion(key, [*_WORDS, *(f"{word}.COLUMN" for word in _OF_COLUMNS)])
            wrong.append(f"{shown(key)} is no question" + (f"; {near}" if near else ""))
        elif (allowed := _WORDS[key]) is not None and value not in allowed:
            wrong.append(f"{key}={value}: one of {' '.join(allowed)}")
        elif key == "value_per_unit" and not _is_amount(value):
            wrong.append(f"{key}={value}: a number above zero")
        elif key == "currency" and not 1 <= len(value) <= 8:
            wrong.append(f"{key}={value}: a code such as EUR")
    if wrong:
        raise UserError(
            "these answers can't be taken",
            details=wrong,
            expected=f"{', '.join(_WORDS)}, role.COLUMN, channel.COLUMN, only.COLUMN",
            next_step="correct them",
        )
    return Answers(dict(raw))


def _is_amount(value: str) -> bool:
    try:
        return 0 < float(value) < 1e15
    except ValueError:
        return False
