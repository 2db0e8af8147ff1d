"""The card of `Curves`: how far they reach, where today is, and their means."""

from __future__ import annotations

import numpy as np

from mediamix.core.card import Card
from mediamix.core.numbers import quantity
from mediamix.decide.problem.curves import Curves
from mediamix.showing.pictures import lines


def card(curves: Curves) -> Card:
    """Channels, draws, units; a row per channel."""
    unit = curves.unit or "outcome units"
    about = [
        ("outcome", f"{curves.outcome or 'outcome'} in {unit}, baseline {quantity(curves.baseline_mean)}"),
        ("spend", f"in {curves.currency}" if curves.currency else "in money"),
        ("draws", f"{curves.n_draws:,}" if curves.n_draws > 1 else "none: the curves are taken as certain"),
        ("today", "known" if curves.current is not None else "not known"),
    ]
    if curves.pairs:
        about.append(("pairs", f"{len(curves.pairs):,}, beside what each channel brings by itself"))
    if curves.levers:
        about.append(("levers", ", ".join(curves.levers)))
    rows = []
    for name in curves.channels:
        grid, mean = curves.spend[name], curves.mean[name]
        today = None if curves.current is None else curves.current[name]
        at = "–" if today is None else quantity(float(np.interp(today, grid, mean)))
        ends = (quantity(float(grid[-1])), quantity(float(mean[-1])))
        rows.append((name, quantity(today), at, *ends))
    return Card(
        title=f"Curves: {curves.outcome or 'outcome'} by spend of {len(curves.channels)} channels",
        lines=tuple(about),
        columns=("channel", "today", "brings", "up to", "brings there"),
        rows=tuple(rows),
        picture=lines(
            [(name, curves.spend[name].tolist(), curves.mean[name].tolist()) for name in curves.channels],
            f"expected {curves.outcome or 'outcome'} by spend",
        ),
        next_step="mm.optimize(curves, mm.Budget(total=…))",
    )
