"""One cell that is very long: read in a time that is linear in it, or refused, and never a fault of ours."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mediamix.core.errors import UserError
from mediamix.data.csv_file import csv_cells
from mediamix.data.guess.header import DATE_LIKE


def test_what_looks_like_a_date_is_seen_in_linear_time() -> None:
    began = time.process_time()
    assert not DATE_LIKE.match("a" * 100_000)  # quadratic: tens of seconds
    assert time.process_time() - began < 1
    assert DATE_LIKE.match("January 24")
    assert not DATE_LIKE.match("a 24")


def test_a_first_row_longer_than_what_is_looked_at_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("date," + "a" * 300_000 + ",b\n2024-01-08,x,1\n")
    with pytest.raises(UserError, match="long"):
        csv_cells(path)
