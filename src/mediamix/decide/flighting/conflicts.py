"""What rules need at least, and rules that contradict each other, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from mediamix.decide.flighting.bursts import Bursts
from mediamix.decide.flighting.limits import Limits
from mediamix.decide.problem.wording import amount


def needs(limits: Limits, bursts: Sequence[Bursts], least_c: np.ndarray) -> Float[np.ndarray, " channel"]:
    """The least that a channel must spend to keep its own rules."""
    needs: np.ndarray = limits.lower_ct.sum(axis=1)
    for k, part in enumerate(bursts):
        sparse = part.best(-np.maximum(limits.lower_ct[k], max(least_c[k], 1e-12)))
        if sparse is not None:
            needs[k] = float(np.maximum(limits.lower_ct[k], least_c[k])[sparse].sum())
    return needs


def conflicts(
    limits: Limits, names: Sequence[str], bursts: Sequence[Bursts], least_c: np.ndarray, currency: str
) -> list[str]:
    """Rules that contradict each other, as far as sums can tell."""
    found = []
    need_c = needs(limits, bursts, least_c)

    def money(value: float) -> str:
        return amount(value, currency)

    for k, name in enumerate(names):
        most = float(limits.upper_ct[k].sum())
        if bursts[k].best(np.zeros(bursts[k].periods)) is None:
            found.append(
                f"{name}: no pattern of {bursts[k].periods} periods keeps its burst, gap and period rules"
            )
        elif need_c[k] > limits.channel_high_c[k] * (1 + 1e-9):
            found.append(
                f"{name}: its rules need {money(need_c[k])} at least, but its total is at most "
                f"{money(limits.channel_high_c[k])}"
            )
        if (limits.lower_ct[k] > limits.upper_ct[k] * (1 + 1e-9)).any():
            found.append(f"{name}: a period's lowest spend is above what the budget or the period allows")
        elif limits.channel_low_c[k] > most * (1 + 1e-9):
            found.append(
                f"{name}: its total is at least {money(limits.channel_low_c[k])}, but its periods hold "
                f"{money(most)} at most"
            )
    least = float(np.maximum(need_c, limits.channel_low_c).sum())
    if least > limits.total * (1 + 1e-9):
        found.append(f"the channels need {money(least)} at least, but the budget is {money(limits.total)}")
    low = float(limits.period_low_t.sum())
    if low > limits.total * (1 + 1e-9):
        found.append(f"the periods need {money(low)} at least, but the budget is {money(limits.total)}")
    short = np.flatnonzero(limits.lower_ct.sum(axis=0) > limits.period_high_t * (1 + 1e-9))
    if short.size:
        found.append(f"{short.size} periods can't hold the lowest spends of their channels")
    return found
