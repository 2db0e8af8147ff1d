"""One table, looked at: its date, its keys, and per column what header and cells say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.names import plain
from mediamix.data.cells import texts
from mediamix.data.checking import some
from mediamix.data.guess.answers import Answers
from mediamix.data.guess.calendars import YEARS, Dates, read_dates
from mediamix.data.guess.figures import Figures, figures_of, looked_at
from mediamix.data.guess.middle import without_middle
from mediamix.data.guess.naming import Hint, hint, uses_letters
from mediamix.data.guess.shape import Shape
from mediamix.data.guess.words import MEDIA, says, tokens

#: Words of dates that say when a row ended or came, not which period it is of.
_LATER = frozenset("end ends ended ende until bis loaded updated created synced exported to".split())  # noqa: SIM905
BUILT = "date"
#: Different words that still name channels, where the header doesn't say so.
MOST_CHANNELS = 60


@dataclass(frozen=True)
class Look:
    """A table and what is seen in it.

    Args:
        shape: The table.
        date: Its column of dates.
        dates: The days in it, a row each.
        figures: Column → what its cells are; not of the date.
        hints: Column → what its header says.
        letters: Whether headers end with a letter for their unit.
        channel: The column of channel names, of a long table.
        end: The column with the last day of an event, if there is one.
    """

    shape: Shape
    date: str
    dates: Dates
    figures: Mapping[str, Figures]
    hints: Mapping[str, Hint]
    letters: bool
    channel: str | None = None
    end: str | None = None

    @property
    def others(self) -> list[str]:
        """Columns beside the date."""
        return [column for column in self.shape.columns if column != self.date]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows that `figures` are of."""
        return looked_at(self.shape.frame)

    @cached_property
    def row_days(self) -> np.ndarray:
        """The days of `rows`."""
        at = self.shape.frame.index.get_indexer(self.rows.index)
        return self.dates.days[at]

    @cached_property
    def periods(self) -> np.ndarray:
        """The different days, in order."""
        return np.unique(self.dates.days[~np.isnat(self.dates.days)])


def look_at(shape: Shape, answers: Answers) -> Look | None:
    """A table with dates; None for one without.

    Raises:
        DataError: Rows without a date that can't be explained, or an answer that names no rows.
    """
    shape = _only(shape, answers)
    letters = uses_letters(shape.columns)
    hints = {column: hint(column, letters) for column in shape.columns}
    found = _date(shape, hints, answers)
    if found is None:
        return None
    shape, date, dates, end = found
    shape, days = without_middle(shape, date, dates.days, answers.numbers)
    hints = {column: hint(column, letters) for column in shape.columns}
    rows = looked_at(shape.frame)
    others = [column for column in shape.columns if column != date]
    figures = {column: figures_of(shape.frame, rows, column, answers.numbers) for column in others}
    hints |= {column: hint(column, letters, True) for column in others if figures[column].kind == "number"}
    look = Look(shape, date, replace(dates, days=days), figures, hints, letters, end=end)
    return replace(look, channel=_channel_column(look, answers))


def refuse_dateless(shapes: list[Shape]) -> DataError:
    """The error of tables none of which has dates."""
    lines = []
    for shape in shapes:
        first = shape.frame.iloc[0]
        shown = [f"{column} ({str(first[column])[:20]})" for column in shape.columns[:8]]
        lines.append(f"{shape.name}: {some(shown, 8)}")
    return DataError(
        "no column holds dates",
        details=lines,
        expected="a column of days, weeks (2024-W05) or months (Jan 2024), one row per period",
        next_step="add the date of each row, or say which column it is: --set date=COLUMN",
    )


def _only(shape: Shape, answers: Answers) -> Shape:
    """The rows that an answer asks for."""
    for column in shape.columns:
        wanted = answers.of("only", column)
        if wanted is None:
            continue
        same = texts(shape.frame[column]).to_numpy() == wanted
        if not same.any():
            values = list(dict.fromkeys(texts(shape.frame[column])))
            raise DataError(
                f"{shape.name} has no row whose '{column}' is {wanted!r}",
                expected=some(values, 8),
                next_step=f"--set only.{column}=VALUE with one of them",
            )
        n_left = int((~same).sum())
        changes = [*shape.changes, f"{n_left:,} rows whose '{column}' isn't '{wanted}' are left out"]
        shape = replace(shape, frame=shape.frame[same], changes=changes if n_left else shape.changes)
    return shape


def _date(
    shape: Shape, hints: Mapping[str, Hint], answers: Answers
) -> tuple[Shape, str, Dates, str | None] | None:
    """The column of dates: answered, named as one, or the only one whose cells are dates."""
    asked = answers.get("date")
    wanted = next((c for c in shape.columns if asked is not None and plain(c) == plain(asked)), None)
    rows = looked_at(shape.frame)
    found = []
    for position, column in enumerate(shape.columns):
        if wanted not in (None, column) or answers.of("role", column) not in (None, "date"):
            continue
        named = hints[column].kind == "date" or column == wanted or answers.of("role", column) == "date"
        if read_dates(rows[column], named=named, day_first=answers.day_first) is None:
            continue
        later = bool(set(tokens(column)) & _LATER) and column != wanted
        repeats = bool(rows[column].nunique() * 2 < len(rows)) and shape.frame[column].nunique() < 3
        found.append((later, repeats, not named, position, column))
    if not found:
        return _built(shape)
    *_, column = min(found)
    named = hints[column].kind == "date" or column == wanted or answers.of("role", column) == "date"
    dates = read_dates(shape.frame[column], named=named, day_first=answers.day_first)
    if dates is None:  # the rows that were looked at were dates, most others aren't
        return None
    if dates.spelling == YEARS and (built := _built(shape)) is not None:
        return built
    end = next((name for later, *_, name in found if later and name != column), None)
    return shape, column, dates, end


def _built(shape: Shape) -> tuple[Shape, str, Dates, str | None] | None:
    """A date of two columns: year and week, or year and month."""
    by_word = {tokens(column)[0]: column for column in shape.columns if len(tokens(column)) == 1}
    year = next((by_word[word] for word in ("year", "jahr", "annee", "ano") if word in by_word), None)
    for kind, words in (("W", ("week", "kw", "woche", "semaine")), ("", ("month", "monat", "mois", "mes"))):
        part = next((by_word[word] for word in words if word in by_word), None)
        if year is None or part is None or BUILT in shape.columns:
            continue
        cells = texts(shape.frame[year]) + ("-W" if kind else "-") + texts(shape.frame[part]).str.zfill(2)
        dates = read_dates(cells, named=True)
        if dates is None:
            continue
        shape.changes.append(f"the date is made of '{year}' and '{part}'")
        frame = shape.frame.assign(**{BUILT: pd.Series(dates.days, index=shape.frame.index)})
        return replace(shape, frame=frame), BUILT, replace(dates, spelling=""), None
    return None


def _channel_column(look: Look, answers: Answers) -> str | None:
    """The column of channel names of a long table: named as one, or its cells are words of media."""
    figures = {c: look.figures[c] for c in look.others if look.figures[c].kind == "text"}
    for column in figures:
        if answers.of("role", column) == "channel":
            return column
    kinds = [look.hints[c].kind for c in look.others]
    if not {"spend", "exposure"} & set(kinds):
        return None
    days = look.dates.days[~np.isnat(look.dates.days)]
    long = kinds.count("spend") <= 1 and len(np.unique(days)) < len(days)
    candidates = []
    for position, (column, figure) in enumerate(figures.items()):
        if answers.of("role", column) is not None or look.hints[column].kind in ("geo", "event", "currency"):
            continue
        cells = dict.fromkeys(texts(look.rows[column]))
        words = sum(bool(says(tokens(cell), MEDIA)) for cell in cells) * 2 >= len(cells)
        named = look.hints[column].kind == "channel"
        campaigns = look.hints[column].kind == "campaign"
        if named or ((words or campaigns) and long and 1 < figure.different <= MOST_CHANNELS):
            candidates.append(
                (not named, look.hints[column].kind == "campaign", figure.different, position, column)
            )
    return min(candidates)[-1] if candidates else None
