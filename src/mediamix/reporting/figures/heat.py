"""How much, when: a row per name, a cell per period, the fuller the more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from mediamix.reporting.bins import Bins
from mediamix.reporting.figures.dates import iso, time_axis
from mediamix.reporting.figures.theme import Spec, ask, chart, layer, names, notes, points, text_room, worded
from mediamix.reporting.palette import ACCENT

CELL_HEIGHT = 30


def heat(
    axis: Bins,
    rows: Sequence[str],
    values: Float[np.ndarray, "row bin"],
    *,
    said: Sequence[Sequence[str]],
    totals: Sequence[str],
) -> Spec:
    """The figure.

    Args:
        axis: Points in time.
        rows: From top to bottom.
        values: Not negative.
        said: Each cell in words.
        totals: Each row in words, at its right.
    """
    left, right = (iso(ends) for ends in axis.edges)
    cells = [
        {"name": worded(name), "left": start, "right": stop, "value": value, "said": words}
        for name, row, lines in zip(rows, values, said, strict=True)
        for start, stop, value, words in zip(left, right, points(row), lines, strict=True)
    ]
    ends = [{"name": worded(name), "note": total} for name, total in zip(rows, totals, strict=True)]
    x, y = {**time_axis("left", axis.starts)}, names([worded(name) for name in rows])
    y["scale"] |= {"padding": 0.12}
    most = max((cell["value"] or 0.0 for cell in cells), default=0.0)
    shade = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, most or 1.0], "range": [0.04, 1]},
        "legend": None,
    }
    bar = {"type": "bar", "color": ACCENT}
    layers = [
        layer("cells", bar, x=x, x2={"field": "right"}, y=y, fillOpacity=shade),
        notes("ends", y),
        ask("cells", {"type": "bar"}, x=x, x2={"field": "right"}, y=y),
    ]
    return chart(
        layers,
        {"cells": cells, "ends": ends},
        height=CELL_HEIGHT * len(rows),
        left=text_room(rows),
        right=text_room(totals),
    )
