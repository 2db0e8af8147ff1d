"""How many channels, geos, controls and events there may be: more is a wrong column, not a wish.

Each channel has a response, each control and each event a coefficient of its own. Thousands of them
come from an id or a campaign's name in the place of a channel's, and would take hours and all memory
before anything was said.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from mediamix.core.errors import DataError, SpecError, UserError
from mediamix.core.spec import Spec
from mediamix.core.types import NATIONAL
from mediamix.data.checking import some
from mediamix.data.rows import Rows
from mediamix.data.tables import Tables

MOST_CHANNELS = 200
MOST_CONTROLS = 200
MOST_EVENTS = 500
MOST_GEOS = 2_000


def refuse_too_many(tables: Tables) -> None:
    """Stop at tables with more names than a fit can take.

    Raises:
        DataError: Of every column that has too many, at once.
    """
    found = [
        *_names(tables.media, "media", "channel", MOST_CHANNELS, "channels"),
        *_names(tables.outcome, "outcome", "geo", MOST_GEOS, "geos"),
        *_names(tables.media, "media", "geo", MOST_GEOS, "geos"),
        *_names(tables.events, "events", "event", MOST_EVENTS, "events"),
    ]
    if len(found) == 1:
        raise found[0]
    if found:
        raise DataError(
            "the tables hold more names than a fit can take",
            details=[f"{error.what} (expected {error.expected}, got {error.got})" for error in found],
            next_step=found[0].next_step,
        )


def refuse_too_many_columns(controls: Rows | None) -> None:
    """Stop at a table of controls with more columns than a fit can take.

    Raises:
        DataError: There are too many.
    """
    if controls is None:
        return
    columns = [str(column) for column in controls.frame.columns if column not in ("date", "geo")]
    if len(columns) > MOST_CONTROLS:
        raise DataError(
            f"{controls.name} has {len(columns):,} columns beside 'date' and 'geo'",
            expected=f"at most {MOST_CONTROLS} controls",
            got=_first(columns),
            next_step="every column is taken for a control: keep those that move the outcome",
        )


def refuse_wide_mapping(spec: Spec) -> None:
    """Stop at a mapping of a wide table with more channels, controls or events than a fit can take.

    Raises:
        SpecError: There are too many.
    """
    data = spec.data
    for key, given, most in (
        ("media", data.media, MOST_CHANNELS),
        ("controls", data.controls, MOST_CONTROLS),
        ("events", data.events, MOST_EVENTS),
    ):
        if isinstance(given, dict | list) and len(given) > most:
            raise SpecError(
                f"data.{key} maps {len(given):,} columns",
                expected=f"at most {most}",
                got=_first(given),
                next_step="map the columns that a fit shall tell apart",
            )


def _names(table: pd.DataFrame | None, name: str, column: str, most: int, noun: str) -> Iterable[UserError]:
    if table is None or table.empty:
        return
    found = pd.unique(table[column].dropna())
    if len(found) <= most:
        return
    others = _fewer(table, most, {"date", "end_date", column})
    yield DataError(
        f"the column '{column}' of the {name} table holds {len(found):,} different names",
        expected=f"at most {most:,} {noun}",
        got=_first(found),
        next_step="is it an id, a date or a campaign? "
        + (f"{others} fewer. " if others else "")
        + f"Name the column that holds the {noun} '{column}', or sum its rows into fewer {noun}",
    )


def _fewer(table: pd.DataFrame, most: int, left_out: set[str]) -> str:
    """Other columns of text that could be meant, with how many names they hold."""
    texts = [
        str(c)
        for c in table.columns
        if c not in left_out and not pd.api.types.is_numeric_dtype(table[c].dtype)
    ]
    counts = {c: table[c].nunique() for c in texts if set(table[c].head(1)) != {NATIONAL}}
    fitting = [f"'{c}' ({n})" for c, n in counts.items() if 1 < n <= most]
    return f"{some(fitting, 3)} {'has' if len(fitting) == 1 else 'have'}" if fitting else ""


def _first(names: Iterable[object], most: int = 4) -> str:
    texts = [str(name) for name in names]
    shown = [text if len(text) <= 30 else text[:29] + "…" for text in texts[:most]]
    return ", ".join(shown) + f" and {len(texts) - most:,} more"
