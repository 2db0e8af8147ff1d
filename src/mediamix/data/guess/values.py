"""All rows of a column as numbers or dates, as they are written into a copy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediamix.core.spec import Numbers
from mediamix.data.guess.figures import column_amounts
from mediamix.data.guess.look import Look


def amounts_of(look: Look, column: str, said: Numbers | None) -> np.ndarray:
    """A column as numbers, NaN where a cell is empty or none."""
    return column_amounts(look.shape.frame, column, said)


def days_of(look: Look) -> pd.Series:
    """The dates of all rows, as text."""
    days = look.dates.days.astype("datetime64[D]")
    return pd.Series(
        np.where(np.isnat(days), "", days.astype(str)), index=look.shape.frame.index, dtype=object
    )
