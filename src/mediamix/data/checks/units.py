r"""Amounts that can't be of one unit: spend beside the outcome, a channel beside the others.

Compared are totals of the window. With :math:`r = \sum spend / \sum outcome` in money,

.. math:: r > 1: \text{warning}, \quad r > 30: \text{error}, \quad r < 1/3000: \text{warning}.

A channel stands apart if its total is 300 times the next largest, or a 300th of the next smallest; and
from its own past, if its usual amount before the first outcome is 300 times that after it, or a 300th.
A count without a value per unit isn't compared with spend. What stays in one unit on both sides
(both in millions, whatever the currency) changes no ratio.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding, Severity
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.dataset import Dataset

MORE_THAN_EARNED = 1.0
IMPOSSIBLE = 30.0
TOO_LITTLE = 1 / 3000
APART = 300.0
USUAL = 0.1  # of the outcome: about what media cost, to tell the likely factor
FACTORS = (1_000.0, 1_000_000.0, 1_000_000_000.0)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error or warning, by size, that names the columns and the likely factor."""
    dataset = evidence.dataset
    if dataset is None or not dataset.spend_gtc.any():
        return
    large, small = apart(dataset)
    outcome = _outcome_money(dataset)
    spend = {name: float(s) for name, s in zip(dataset.channel_names, dataset.spend_c, strict=True) if s > 0}
    yield from _earlier(dataset)
    if large or small:
        yield _channel(dataset, large or small, spend, outcome)
    if outcome is None or outcome <= 0:
        return
    rest = sum(amount for name, amount in spend.items() if name not in {*large, *small})
    ratio = rest / outcome
    if ratio > MORE_THAN_EARNED:
        yield _too_much(dataset, rest, outcome)
    elif 0 < ratio < TOO_LITTLE:
        yield found(
            "warning",
            f"spend, outcome '{dataset.outcome_name}'",
            f"all media cost {size(rest)}, the outcome is {size(outcome)}, {1 / ratio:,.0f} times as much"
            f"{_likely(USUAL / ratio)}",
            advice="give both in the same unit (is spend in thousands?); nothing if media are that small",
        )


def _earlier(dataset: Dataset) -> Iterator[Finding]:
    """Channels whose amounts from before the first outcome are of another size than those after it."""
    if dataset.before_exposure_gtc is None or dataset.before_spend_gtc is None:
        return
    for c, channel in enumerate(dataset.channels):
        sides = [("spend", dataset.before_spend_gtc, dataset.spend_gtc)]
        if channel.exposure != "spend":
            sides.append((channel.exposure, dataset.before_exposure_gtc, dataset.exposure_gtc))
        for name, before, after in sides:
            early, late = usual(before[..., c]), usual(after[..., c])
            if not (early and late) or 1 / APART < early / late < APART:
                continue
            factor = _likely(max(early / late, late / early))
            yield found(
                "error" if early > late else "warning",
                f"{channel.name}: {name} before {dataset.dates[0]}",
                f"about {size(early)} when active, {size(late)} from then on{factor}",
                advice=f"give {name} in one unit in all rows",
            )


def usual(amounts: np.ndarray) -> float:
    """The median of the amounts above zero; 0 without any."""
    active = amounts[amounts > 0]
    return float(np.median(active)) if len(active) else 0.0


def apart(dataset: Dataset) -> tuple[list[str], list[str]]:
    """Channels whose total spend is far above, and far below, all others'.

    Split at the largest gap of the totals. What costs more than the outcome is large; where the outcome
    isn't known in money, the smaller group stands apart, of two equal ones the large one.
    """
    paid = [(float(s), name) for name, s in zip(dataset.channel_names, dataset.spend_c, strict=True) if s > 0]
    paid.sort()
    if len(paid) < 2:
        return [], []
    totals = np.array([total for total, _ in paid])
    gaps = totals[1:] / totals[:-1]
    cut = int(gaps.argmax()) + 1
    if gaps[cut - 1] < APART:
        return [], []
    low, high = [name for _, name in paid[:cut]], [name for _, name in paid[cut:]]
    outcome = _outcome_money(dataset)
    if outcome is not None and outcome > 0:
        return (high, []) if totals[cut:].sum() > MORE_THAN_EARNED * outcome else ([], low)
    return (high, []) if len(high) <= len(low) else ([], low)


def _outcome_money(dataset: Dataset) -> float | None:
    """The outcome over the window in money; None for counts without a value per unit."""
    value = 1.0 if dataset.unit == "revenue" else dataset.value_per_unit
    return None if value is None else float(np.nansum(dataset.outcome_gt)) * value


def _channel(dataset: Dataset, names: list[str], spend: dict[str, float], outcome: float | None) -> Finding:
    """Some channels that stand apart from the others, above or below all of them."""
    others = [amount for name, amount in spend.items() if name not in names]
    own = [spend[name] for name in names]
    large = min(own) > max(others)
    factor = min(own) / max(others) if large else min(others) / max(own)
    usual = float(np.median(own) / np.median(others)) ** (1 if large else -1)
    beside = f", and {max(own) / outcome:,.3g} times the outcome" if large and outcome else ""
    seen = "times the largest" if large else "times less than the smallest"
    severity: Severity = "error" if large and outcome and max(own) > IMPOSSIBLE * outcome else "warning"
    hint = " (micros: divide by 1,000,000)" if large else "; nothing if it is that small"
    return found(
        severity,
        f"{some(names)}: spend",
        f"{some(map(size, own))} in all, {factor:,.0f} {seen} of the other channels{beside}{_likely(usual)}",
        advice=f"give the spend of {some(names)} in {dataset.currency}, as that of the others{hint}",
    )


def _too_much(dataset: Dataset, spend: float, outcome: float) -> Finding:
    ratio, name = spend / outcome, dataset.outcome_name
    counts = f"; if '{name}' counts orders or leads, say `outcome: {{unit: count}}`"
    return found(
        "error" if ratio > IMPOSSIBLE else "warning",
        f"spend, outcome '{name}'",
        f"all media cost {size(spend)}, which is {ratio:,.3g} times the outcome of {size(outcome)}"
        f"{_likely(ratio / USUAL)}",
        advice=f"give spend and '{name}' in the same unit of {dataset.currency} (is one of them in "
        f"thousands, millions or micros?){counts if dataset.unit == 'revenue' else ''}",
    )


def size(amount: float) -> str:
    """An amount to show."""
    return f"{amount:,.0f}" if abs(amount) >= 1000 else f"{amount:,.4g}"


def _likely(ratio: float) -> str:
    """The round factor next to a ratio, if one is within a factor of 30 of it."""
    near = min(FACTORS, key=lambda factor: abs(np.log(ratio / factor)))
    return f"; a factor of {near:,.0f} between units would explain it" if 1 / 30 < ratio / near < 30 else ""


CHECK = Check(
    name="units",
    title="Amounts that can't be of one unit",
    why="returns are money over money: a unit that differs multiplies every one of them, and no sampler "
    "finds what can't be",
    advice="give all money in one unit of one currency",
    find=find,
)
