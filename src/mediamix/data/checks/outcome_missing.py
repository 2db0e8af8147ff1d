"""Outcomes without a value (NaN in the outcome).

An empty cell is neither a zero nor a guess. In national data it has to be filled at the source, or
its rows have to be removed at the end of the series. In a panel the cell is left out of the
likelihood: the other geos and periods speak for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.numbers import percent
from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, is_panel, some
from mediamix.data.dataset import Dataset
from mediamix.data.wide import outcome_column

OR_PANEL = "fill the cells at the source, or fit the geos side by side: `geo: {}` leaves such cells out"
MANY = 0.5  # of the outcomes of all geos, or of one


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error that names the dates; panel: info, warning where most outcomes of a geo are missing."""
    tables, dataset = evidence.tables, evidence.dataset
    column = outcome_column(evidence.spec)
    if tables is None or column not in tables.outcome.columns:
        return
    if dataset is not None and is_panel(dataset, evidence.spec):
        yield from _of_panel(dataset)
        return
    empty = tables.outcome[tables.outcome[column].isna()]
    if len(empty):
        days = sorted({f"{day:%Y-%m-%d}" for day in empty["date"]})
        yield found(
            "error",
            f"outcome '{column}': {some(days)}",
            f"NaN in outcome: {len(empty)} of {len(tables.outcome)} rows have no value",
            advice=OR_PANEL if tables.outcome["geo"].nunique() > 1 else "",
        )


def _of_panel(dataset: Dataset) -> Iterator[Finding]:
    present_gt = dataset.present_gt
    missing_gt = present_gt & ~dataset.observed_gt
    where, n, of = f"outcome '{dataset.outcome_name}'", int(missing_gt.sum()), int(present_gt.sum())
    if n == 0:
        return
    if n == of:
        yield found("error", where, "no geo has an outcome in any period", advice="check `outcome.column`")
        return
    share_g = missing_gt.sum(axis=1) / np.maximum(present_gt.sum(axis=1), 1)
    worst = [g for g in np.argsort(-share_g, kind="stable") if share_g[g] > 0]
    many = n > MANY * of or bool((share_g > MANY).any())
    shown = some(f"{dataset.geos[g]} {percent(float(share_g[g]))}" for g in worst)
    yield found(
        "warning" if many else "info",
        f"{where}: {shown}",
        f"{n:,} of {of:,} outcomes ({percent(n / of)}) are missing, in {len(worst)} of {len(dataset.geos)} "
        "geos: they are left out of the fit, and nothing is put in their place",
        advice="nothing, or fill the cells at the source; a true zero is a row with 0",
    )


CHECK = Check(
    name="outcome_missing",
    title="Outcome without a value",
    why="a hole in the outcome can be neither explained nor guessed",
    advice="fill the cells at the source, or remove these rows where they are the last ones",
    find=find,
    missing=True,
)
