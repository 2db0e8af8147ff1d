"""Markets in which media build awareness, and awareness sells: the simulator's, with a path added.

    awareness_gt = 30 + Σ_c b_c h_c(x_c)_gt + 3 sin(season) + a slow wave + ε,   c in `MEDIATED`
    outcome_gt   = the simulator's + size_g γ (awareness_gt − 30)

with ``h`` a geometric carry-over, slower than the direct one, under a Hill curve, written out here in plain
NumPy. The mediated contribution of a channel is a drawn multiple of its direct one. With `clicks`, awareness
moves branded searches, and these sell, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from mediamix.data.dataset import Dataset
from mediamix.simulate import Scenario, simulate

#: Channels that work through awareness, besides what they do directly.
MEDIATED = ("tv", "display")
SPEC = {"mediators": {"awareness": {"driven_by": [*MEDIATED]}}}
#: Points that media lift awareness by on average, the largest one as a multiple of the smallest.
LIFT = (4.0, 8.0)
#: Mediated contribution of a channel as a multiple of its direct one.
SHARE = (0.4, 2.0)
#: Half-life of the path's carry-over in periods, and its slope.
HALF_LIFE, SLOPE = (2.0, 6.0), 1.2
LEVEL, SEASON, WAVE, NOISE = 30.0, 2.0, 2.0, 1.5


@dataclass(frozen=True)
class World:
    """A market and what its channels did, outcome units over the window.

    Args:
        dataset: With `awareness` as its last control.
        direct: Channel → what it did directly.
        mediated: Channel → what it did through awareness.
    """

    dataset: Dataset
    direct: dict[str, float]
    mediated: dict[str, float]

    @property
    def total(self) -> dict[str, float]:
        """Channel → all of it."""
        return {name: self.direct[name] + self.mediated[name] for name in self.direct}


def world(seed: int, scenario: Scenario | None = None, *, moved: bool = True) -> World:
    """A market of its own for every seed.

    Args:
        seed: Of everything.
        scenario: What is beside the path; absent: national, 156 weeks, five channels.
        moved: Whether media move awareness; else it is a control like another.
    """
    made = simulate(scenario or Scenario.weekly(seed))
    data, rng = made.dataset, np.random.default_rng([71, seed])
    geos, periods = data.outcome_gt.shape
    size_g = data.size_g
    direct = dict(zip(data.channel_names, made.truth.contribution_gtc.sum(axis=(0, 1)), strict=True))
    lift_gtc = np.zeros((geos, periods, len(MEDIATED)))
    wanted = np.array([rng.uniform(*SHARE) * direct[name] for name in MEDIATED])
    mean_c = rng.uniform(*LIFT) * wanted / wanted.max()
    for i, name in enumerate(MEDIATED):
        c = data.channel_names.index(name)
        raw_gt = curve(carried(data.exposure_gtc[:, :, c] / size_g[:, None], rng.uniform(*HALF_LIFE)), SLOPE)
        lift_gtc[:, :, i] = mean_c[i] * raw_gt / raw_gt.mean()
    # Money per point of awareness for a geo of size 1, so that both paths bring what was drawn.
    gamma = wanted[0] / (size_g[:, None] * lift_gtc[:, :, 0]).sum()
    lift_gtc *= moved
    mediated_c = gamma * (size_g[:, None, None] * lift_gtc).sum(axis=(0, 1))
    own_gt = organic(rng, geos, periods, data.every.per_year)
    awareness_gt = LEVEL + own_gt + lift_gtc.sum(axis=2)
    outcome_gt = data.outcome_gt + size_g[:, None] * gamma * (awareness_gt - LEVEL)
    dataset = replace(
        data,
        outcome_gt=outcome_gt,
        controls_gtk=np.concatenate([data.controls_gtk, awareness_gt[:, :, None]], axis=2),
        control_names=(*data.control_names, "awareness"),
    )
    mediated = dict.fromkeys(direct, 0.0) | dict(zip(MEDIATED, mediated_c.tolist(), strict=True))
    return World(dataset, {name: float(value) for name, value in direct.items()}, mediated)


def organic(
    rng: np.random.Generator, geos: int, periods: int, per_year: float
) -> Float[np.ndarray, "geo time"]:
    """What moves awareness besides media: season, a survey's noise and, of a national market, a slow wave.

    Common to all geos of a panel, such a wave would be a shock that they share: a structure of its own.
    """
    t = np.arange(periods)
    season_t = SEASON * np.sin(2 * np.pi * (t / per_year + rng.random()))
    step_t, wave_t = rng.standard_normal(periods), np.zeros(periods)
    for i in range(1, periods):
        wave_t[i] = 0.95 * wave_t[i - 1] + np.sqrt(1 - 0.95**2) * step_t[i]
    wave = WAVE if geos == 1 else 0.0
    return np.asarray(season_t + wave * wave_t + NOISE * rng.standard_normal((geos, periods)))


def carried(exposure_gt: Float[np.ndarray, "geo time"], half_life: float) -> Float[np.ndarray, "geo time"]:
    """``s_t = α s_{t−1} + (1 − α) x_t`` with ``α = 2^(−1/half-life)``."""
    alpha = 2.0 ** (-1.0 / half_life)
    out_gt = np.zeros_like(exposure_gt)
    for t in range(exposure_gt.shape[1]):
        before = out_gt[:, t - 1] if t else 0.0
        out_gt[:, t] = alpha * before + (1.0 - alpha) * exposure_gt[:, t]
    return out_gt


def curve(x_gt: Float[np.ndarray, "geo time"], slope: float) -> Float[np.ndarray, "geo time"]:
    """Hill's, half of the most at the mean."""
    odds_gt = (x_gt / x_gt.mean()) ** slope
    return np.asarray(odds_gt / (1.0 + odds_gt))
