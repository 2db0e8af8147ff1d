"""Whole numbers for the names of rows: what groups by several columns without a table of groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

_MOST = 1 << 60


def row_codes(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """A whole number per row, equal where all `columns` are; empty cells are alike."""
    return joined_codes(codes_of(table[column])[0] for column in columns)


def codes_of(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """A code from 0 on per row and what each stands for, in no order; an empty cell is one, too."""
    if isinstance(column.dtype, pd.CategoricalDtype) and column.notna().all():
        return column.cat.codes.to_numpy(), column.cat.categories
    codes, names = pd.factorize(column, use_na_sentinel=False)
    return codes, pd.Index(names)


def joined_codes(parts: Iterable[np.ndarray]) -> np.ndarray:
    """A whole number per row, equal where the codes of all parts are.

    Args:
        parts: Codes from 0 on of the same rows [row].
    """
    found: np.ndarray | None = None
    for codes in parts:
        if found is None:
            found = codes.astype(np.int64)
            continue
        n = int(codes.max(initial=0)) + 1
        if n * (int(found.max(initial=0)) + 1) > _MOST:
            found = pd.factorize(found)[0].astype(np.int64)
        found = found * n + codes
    if found is None:
        raise ValueError("rows need a column that names them")
    return found


def any_twice(codes: np.ndarray) -> bool:
    """Whether a code comes a second time."""
    if int(codes.max(initial=0)) < 8 * len(codes) + 1_000_000:
        return bool((np.bincount(codes) > 1).any())
    return bool(pd.Series(codes).duplicated().any())
