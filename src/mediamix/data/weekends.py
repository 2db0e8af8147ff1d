"""Tables of business days: what no row on Saturdays and Sundays means, as the spec says it.

Nothing is assumed: without `time.weekends` the check `gaps` asks. Controls hold the value of the Friday, or
of the Monday where that one holds the weekend.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from mediamix.core.spec import Spec
from mediamix.core.types import Every, Finding
from mediamix.data.periods import DAY, detect
from mediamix.data.tables import Tables

Means = Literal["zero", "monday", "friday"]
_SATURDAY = 5
_WORDS = {
    "zero": "count as days on which nothing happened",
    "monday": "are parts of the next Monday's row, which is divided evenly over the three days",
    "friday": "are parts of the Friday's row before, which is divided evenly over the three days",
}


def is_weekend(days: np.ndarray) -> np.ndarray:
    """Where a day is a Saturday or a Sunday."""
    # 1970-01-05 was a Monday
    found: np.ndarray = (days.astype("datetime64[D]").astype(np.int64) - 4) % 7 >= _SATURDAY
    return found


def with_weekends(tables: Tables, spec: Spec) -> Tables:
    """The tables with rows on weekends, where the outcome has none and the spec says what that means.

    The outcome's sum stays as it is. A weekend without the row that holds it stays a gap.
    """
    means = spec.time.weekends
    days = tables.outcome["date"].to_numpy().astype("datetime64[D]")
    if means is None or detect(days) is not Every.DAY or is_weekend(days).any():
        return tables
    outcome = _filled(tables.outcome, means)
    controls = tables.controls
    if controls is not None:
        own = controls["date"].to_numpy()
        if detect(own) is Every.DAY and not is_weekend(own).any():
            controls = _filled(controls, means, held=True)
    held = "Monday" if means == "monday" else "Friday"
    n = len(outcome) - len(tables.outcome)
    told = Finding(
        "weekends",
        "info",
        "outcome",
        f"{n:,} Saturdays and Sundays without a row {_WORDS[means]}, as `time.weekends` says"
        + ("" if controls is tables.controls else f"; controls hold the value of the {held}"),
    )
    return replace(tables, outcome=outcome, controls=controls, findings=(*tables.findings, told))


def _filled(table: pd.DataFrame, means: Means, *, held: bool = False) -> pd.DataFrame:
    """The table with the weekends between its rows; `held`: they have the value of the Friday or Monday."""
    amounts = [c for c in table.columns if c not in ("date", "geo", "population")]
    days = table["date"].to_numpy().astype("datetime64[D]")
    # the row that a Saturday and a Sunday are made of: the Monday after, or the Friday before
    at = (days.astype(np.int64) - 4) % 7 == (0 if means == "monday" else 4)
    first = table.copy()
    if means != "zero" and not held:
        first.loc[at, amounts] = first.loc[at, amounts] / 3
    parts = [first]
    for shift in (-2, -1) if means == "monday" else (1, 2):
        made = first.loc[at].assign(date=(days[at] + shift * DAY).astype("datetime64[s]"))
        if means == "zero":
            made = made[made["date"].to_numpy().astype("datetime64[D]") <= days.max()]
            made = made if held else made.assign(**dict.fromkeys(amounts, 0.0))
        parts.append(made)
    filled: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return filled.sort_values("date", kind="stable", ignore_index=True)
