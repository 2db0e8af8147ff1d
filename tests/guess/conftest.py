"""Where the tables are, and small ones to break."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tables import wide_frame

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the shared data sets are not beside this repository")
    return SHARED


@pytest.fixture
def wide() -> pd.DataFrame:
    """Two years of weeks: tv and search, a price, revenue."""
    return wide_frame()
