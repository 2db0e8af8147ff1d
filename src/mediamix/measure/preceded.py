r"""Which controls media move: does a channel's past exposure say more of one than its own past does?

A control that is regressed on trend, season, weekdays and its own two periods before leaves little to chance
alone. Past exposure of a channel, its square root carried over with a half-life of two periods up to the
period before, is added, and the fall of the squared residuals is judged by

.. math:: F = \frac{S_0 - S_1}{S_1 / (n - p)}

Spend that follows a control looks alike where the control is seen through noise: then the control's past says
more of the spend, too, and the test the other way round comes out stronger. Source: Granger (1969).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

#: Half-life of past exposure, in periods; and own periods before that are known.
HALF_LIFE, LAGS = 2.0, 2


@dataclass(frozen=True)
class Preceded:
    """A control and the channel that says most of it beforehand.

    Args:
        control: Name.
        channel: Name.
        chance: How often a channel that has nothing to do with it says as much, among all pairs that were
            looked at.
        back: The same the other way round: how often the control would say as much of the channel's spend.
    """

    control: str
    channel: str
    chance: float
    back: float


def preceded(
    controls_tk: Float[np.ndarray, "time control"],
    exposure_tc: Float[np.ndarray, "time channel"],
    calendar_tp: Float[np.ndarray, "time column"],
    names: tuple[tuple[str, ...], tuple[str, ...]],
) -> tuple[Preceded, ...]:
    """Per control that moves the channel with the smallest chance.

    Args:
        controls_tk: Controls.
        exposure_tc: Exposure.
        calendar_tp: Trend, season, weekdays, a constant among them.
        names: Of the controls, of the channels.
    """
    control_names, channel_names = names
    level_tc = np.sqrt(exposure_tc)
    moving = [c for c in range(level_tc.shape[1]) if np.ptp(level_tc[:, c]) > 0]
    pairs = max(1, len(control_names) * len(moving))
    found = []
    for k, control in enumerate(control_names):
        if not moving or not np.ptp(controls_tk[:, k]) > 0:
            continue
        chances = [chance_of(controls_tk[:, k], level_tc[:, c], calendar_tp) for c in moving]
        best = int(np.argmin(chances))
        back = chance_of(level_tc[:, moving[best]], controls_tk[:, k], calendar_tp)
        name = channel_names[moving[best]]
        found.append(Preceded(control, name, min(1.0, pairs * chances[best]), back))
    return tuple(found)


def chance_of(
    series_t: Float[np.ndarray, " time"],
    cause_t: Float[np.ndarray, " time"],
    calendar_tp: Float[np.ndarray, "time column"],
) -> float:
    """How often a cause that does nothing would explain as much of a series by its past."""
    from scipy.special import fdtrc

    rows = slice(LAGS, None)
    own = np.column_stack([series_t[LAGS - lag : len(series_t) - lag] for lag in range(1, LAGS + 1)])
    base = np.column_stack([calendar_tp[rows], own])
    full = np.column_stack([base, _carried(cause_t)[rows]])
    y = series_t[rows]
    n, p = full.shape
    if n <= 2 * p:
        return 1.0
    before, after = (float((_left(columns, y) ** 2).sum()) for columns in (base, full))
    if not after > 0:
        return 1.0
    return float(fdtrc(1, n - p, max(0.0, (before - after) / (after / (n - p)))))


def _carried(x_t: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Carried over up to the period before."""
    alpha, stock, out = 0.5 ** (1.0 / HALF_LIFE), 0.0, np.zeros(len(x_t))
    for t in range(1, len(x_t)):
        stock = alpha * stock + (1.0 - alpha) * x_t[t - 1]
        out[t] = stock
    return out


def _left(columns: Float[np.ndarray, "time column"], y: Float[np.ndarray, " time"]) -> np.ndarray:
    """What a regression leaves; columns of one size, so that none is lost to rounding."""
    size = np.abs(columns).max(axis=0)
    scaled = columns / np.where(size > 0, size, 1.0)
    return np.asarray(y - scaled @ np.linalg.lstsq(scaled, y, rcond=None)[0])
