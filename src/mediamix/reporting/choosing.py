"""The picture of a comparison: how far off each model's forecasts were, beside naive ones."""

from __future__ import annotations

from pathlib import Path

from mediamix.core.numbers import percent, quantity
from mediamix.measure.choosing.comparison import Comparison
from mediamix.measure.choosing.comparison import Row as Compared
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.figures.theme import Spec
from mediamix.reporting.palette import ACCENT, GOOD, MUTED
from mediamix.reporting.pictures import write_pictures

COLOURS = {"model": ACCENT, "stack": GOOD, "naive": MUTED}


def figure(found: Comparison) -> Spec:
    """A row a model, the best on top: its mean score, and from its best to its worst origin."""
    rows = [_row(row, found.unit) for row in found.ranked]
    naive = [row for row in found.ranked if row.kind == "naive"]
    line = None if not naive else (naive[0].crps, "best naive forecast")
    over = f"{found.horizon} {found.every.label(found.horizon)}"
    axis = (
        f"error of the forecast (CRPS) over {over}, {found.unit}: mean, and the range of {len(found.origins)}"
    )
    return forest(rows, axis=f"{axis} origins", line=line)


def draw_comparison(found: Comparison, path: Path) -> list[Path]:
    """Write it; returns where.

    Raises:
        SpecError: Another ending than .png or .svg.
        FolderError: The file can't be written.
        ModuleNotFoundError: vl_convert is not installed.
    """
    return write_pictures({"comparison": figure(found)}, path)


def _row(row: Compared, unit: str) -> Row:
    origins = [value for value in row.score.crps_o if value is not None]
    text = quantity(row.crps)
    if row.weight is not None:
        text += f" · weight {percent(row.weight)}"
    said = (
        f"{row.name}: CRPS {quantity(row.crps)} {unit}, "
        f"{quantity(min(origins))} to {quantity(max(origins))} by origin"
    )
    return Row(row.name, COLOURS[row.kind], row.crps, min(origins), max(origins), text, said)
