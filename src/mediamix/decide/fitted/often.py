"""Plans at another frequency than today's: the same impressions for the same money, over other people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from mediamix.core.types import Kind, Window
from mediamix.decide.fitted.staged import Cell, Staged
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.limits import named
from mediamix.decide.problem.problem import problem_error
from mediamix.measure.frequency import FrequencyMeasure, measure_frequencies
from mediamix.models.base import Fit


def at_frequencies(
    fit: Fit,
    cells: Sequence[Cell],
    window: Window,
    bounds: Mapping[str, tuple[float, float] | Bound],
    stage: Staged,
) -> Staged:
    """The media with the frequencies that bounds ask for: in the window reach = impressions / frequency.

    Raises:
        BudgetError: A frequency of what isn't reach & frequency; all findings at once.
    """
    wanted = {name: b.frequency for name, b in bounds.items() if isinstance(b, Bound) and b.frequency}
    if not wanted:
        return stage
    data, findings, notes, made = fit.dataset, [], [], {}
    exposure_gtc = stage.exposure_gtc.copy()
    often_gtc = np.zeros(exposure_gtc.shape) if stage.frequency_gtc is None else stage.frequency_gtc.copy()

    @cache
    def known() -> dict[str, FrequencyMeasure]:
        return {measure.name: measure for measure in measure_frequencies(fit)}

    for pattern, frequency in wanted.items():
        names = named(pattern, [cell.name for cell in cells])
        chosen = [c for c in cells if c.name in names and (c.name == pattern or c.name not in wanted)]
        other = [c.name for c in chosen if data.channels[c.channel].kind is not Kind.REACH_FREQUENCY]
        if other:
            findings.append(f"{other[0]} has a frequency, but is no channel of reach & frequency")
            continue
        for cell in chosen:
            own = known()[data.channel_names[cell.channel]]
            f = own.optimal if frequency == "optimal" else float(frequency)
            reach_gt, often_gt = exposure_gtc[cell.place], often_gtc[cell.place]
            inside = window.slice
            on = reach_gt[:, inside] > 0
            reach_gt[:, inside] = reach_gt[:, inside] * often_gt[:, inside] / f
            often_gt[:, inside] = np.where(on, f, 0.0)
            made[cell.name] = f
            notes.append(_note(cell.name, f, own, best=frequency == "optimal"))
    if findings:
        raise problem_error(findings, "leave it out, or read the channel as reach_frequency")
    return replace(
        stage,
        exposure_gtc=exposure_gtc,
        frequency_gtc=often_gtc,
        frequencies=made,
        notes=(*stage.notes, *notes),
    )


def _note(name: str, frequency: float, own: FrequencyMeasure, *, best: bool) -> str:
    """What a frequency takes for granted."""
    word = f"the best one ({own.optimum.p5:.1f} to {own.optimum.p95:.1f})" if best else "as asked for"
    beyond = "" if own.seen[0] <= frequency <= own.seen[1] else "; that lies outside of what was bought"
    return (
        f"{name}: planned at a frequency of {frequency:.1f}, {word}; it was bought at {own.average:.1f} on "
        f"average, and money buys as many impressions as it did{beyond}"
    )
