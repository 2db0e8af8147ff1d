"""Rows that one engine could read otherwise than another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mediamix.core.spec import Spec
from mediamix.data.tables import Tables
from warehouse.conftest import make_tables

#: Of these rows: days and geos as they are.
SPEC = Spec(outcome={"column": "revenue", "unit": "revenue"}, time={"every": "day"}, geo={})


def awkward_tables() -> Tables:
    """Campaigns with parts, cents that binary fractions haven't, names that SQL could trip over, no value."""
    tables = make_tables()
    split = pd.concat([tables.media.assign(campaign=name) for name in ("brand", "o'clock; --", 'Ü "%s" ?')])
    rng = np.random.default_rng(5)
    split["spend"] = np.where(split["channel"] == "blog", np.nan, rng.integers(1, 10**7, len(split)) / 100)
    parts = pd.concat([split.assign(ad="7, \n8"), split.assign(ad="\\N")], ignore_index=True)
    return replace(tables, media=parts.assign(currency="EUR"))
