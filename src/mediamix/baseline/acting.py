"""What a line says of bought channels: a return, what to do, and why the answer may be an artefact."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mediamix.baseline.fitting import Fitted
from mediamix.baseline.table import SPEND, Table
from mediamix.core.numbers import percent
from mediamix.measure.coefficients import DOWN, UNCLEAR

#: From so much inflation on a coefficient is shared out among channels that move together. A convention.
INFLATED = 5.0
#: Residuals that hang together so much, and R² that carry-over adds, are told.
LASTING, CARRIED = 0.3, 0.005
#: Part of the brands whose own line has the other sign; times that brands' own lines say.
SPLIT, APART = 0.25, 2.0


@dataclass(frozen=True)
class Action:
    """A bought channel in an action matrix.

    Args:
        channel: Name.
        spend: Over the table, part of what all bought channels cost.
        returns: Revenue per unit of spend, with its 90 % interval: value, p5, p95.
        direction: ``up``, ``down`` or ``unclear``.
        other_sign: Part of the brands whose own line has the other sign; NaN where none has the channel.
        own: Median of the brands' own slopes; NaN where none has the channel.
        action: What follows.
        doubts: Why it may be an artefact.
    """

    channel: str
    spend: float
    returns: tuple[float, float, float]
    direction: str
    other_sign: float
    own: float
    action: str
    doubts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        value, p5, p95 = self.returns
        return {
            "channel": self.channel,
            "spend_share": self.spend,
            "return": {"value": value, "p5": p5, "p95": p95},
            "direction": self.direction,
            "brands_with_the_other_sign": self.other_sign,
            "median_of_brands": self.own,
            "action": self.action,
            "doubts": list(self.doubts),
        }


def actions(table: Table, pooled: Fitted, brands: Sequence[Fitted]) -> list[Action]:
    """Per bought channel, the one that costs most first."""
    spent_k = table.x_nk.sum(axis=0)
    total = float(spent_k[table.spend_k].sum()) or 1.0
    found = []
    for k in table.spend_k:
        name = table.features[k]
        one = pooled.line.coefficients()[name]
        slope_b = np.array([b.line.slope_k[k] for b in brands if name not in b.still])
        other = float((np.sign(slope_b) != np.sign(one["value"])).mean()) if len(slope_b) else math.nan
        own = float(np.median(slope_b)) if len(slope_b) else math.nan
        because = tuple(_doubts(one, pooled.vif.get(name, 1.0), other, own))
        returns = (one["value"], one["p5"], one["p95"])
        action = _action(returns, one["direction"], bool(because))
        share = float(spent_k[k]) / total
        found.append(Action(name, share, returns, one["direction"], other, own, action, because))
    return sorted(found, key=lambda one: -one.spend)


def _doubts(one: dict[str, Any], vif: float, other: float, own: float) -> Iterator[str]:
    if one["direction"] == DOWN:
        yield "spend that lowers revenue nearly always moves with other spend, or against demand"
    if vif >= INFLATED:
        yield f"it moves with other features (variance inflation {vif:.1f}): who gets what is arbitrary"
    if other >= SPLIT:
        yield f"the own lines of {percent(other)} of the brands have the other sign"
    elif one["value"] > APART * max(own, 0.0):
        yield f"the median brand's own line says {own:,.2f}: large brands sell more for other reasons, too"


def doubts(pooled: Fitted) -> Iterator[str]:
    """What is wrong with a line of days as such, whatever the channel."""
    if pooled.carried_r2 - pooled.trained.r2 >= CARRIED:
        more = percent(pooled.carried_r2 - pooled.trained.r2)
        yield f"spend carried over for a week explains {more} more: a day's spend isn't done by midnight"
    if pooled.lasting >= LASTING:
        yield f"residuals hang together (correlation {pooled.lasting:.2f} from day to day): something lasts"
    if " " in pooled.line.unit:
        yield f"revenue is in {pooled.line.unit}: brands in small units of money decide the line"


def _action(returns: tuple[float, float, float], direction: str, doubted: bool) -> str:
    _, low, high = returns
    if direction == DOWN:
        return "don't act on it: find out what it moves with, then test"
    if direction == UNCLEAR:
        return "test before money moves"
    if low > 1:
        return "raise it in steps, behind a test" if doubted else "raise it in steps"
    if high < 1:
        return "lower it in steps, behind a test" if doubted else "lower it in steps"
    return "hold; test whether it pays"


def bought(name: str) -> str:
    """A channel's name without what its column is."""
    return name.removesuffix(SPEND)
