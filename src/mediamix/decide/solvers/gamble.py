"""A decision problem on draws: the worth of a plan on each of them, and its objective's gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from mediamix.decide.problem.coupled import Coupled, with_pairs
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective, tail
from mediamix.decide.problem.recommend import todays_split
from mediamix.decide.problem.separable import Separable
from mediamix.decide.problem.together import around

#: Points of a grid beyond the limits that slopes at them need.
AROUND = 3


@dataclass(frozen=True, eq=False)
class Gamble:
    """A problem on draws.

    Args:
        objective: What is maximised.
        frame: The constraints, with the mean's worths.
        curves: Draws of the curves; their order is that of the frame's channels.
        base: Worth per draw of everything that isn't planned.
        today: Worth per draw of today's spend, if it is known; for ``gain`` of today's split of the
            budget.
        spans: Points of the grids that the constraints leave, and some around: all that plans need.
    """

    objective: Objective
    frame: Separable
    curves: Curves
    base: Float[np.ndarray, " draw"]
    today: Float[np.ndarray, " draw"] | None
    spans: Mapping[str, slice]

    @staticmethod
    def of(objective: Objective, frame: Separable, curves: Curves) -> Gamble:
        """From curves and constraints."""
        scale, cost = objective.scale, objective.cost
        today = None
        split = curves.current if objective.kind != "gain" else todays_split(curves, frame.total)
        if split is not None:
            today = scale * curves.outcome_at(split) - cost * sum(split.values())
        base = scale * (np.zeros(curves.n_draws) + curves.baseline)
        limits = zip(curves.channels, frame.grids, frame.lower, frame.upper, strict=True)
        spans = {name: _span(grid, low, high) for name, grid, low, high in limits}
        return Gamble(objective, frame, curves, base, today, spans)

    def draws(self, x: Float[np.ndarray, " channel"]) -> Float[np.ndarray, " draw"]:
        """Worth per draw of a plan."""
        allocation = dict(zip(self.curves.channels, map(float, x), strict=True))
        outcome = self.objective.scale * self.curves.outcome_at(allocation)
        worth: np.ndarray = outcome - self.objective.cost * x.sum()
        return worth

    def value(self, x: Float[np.ndarray, " channel"]) -> float:
        """The objective of a plan."""
        return self.objective.value(self.draws(x), self.today)

    def weights(self, x: Float[np.ndarray, " channel"], width: float = 0.25) -> Float[np.ndarray, " draw"]:
        """Gradient of the objective with respect to the draws at a plan, smoothed where it has none.

        `width` is that of the smoothing: in standard deviations for ``beats_today``, and a tenth of
        it in ranks for ``quantile``.
        """
        return weights_of(self.objective, self.draws(x), self.today, width)

    def under(self, weights: Float[np.ndarray, " draw"]) -> Separable:
        """The problem whose objective is a weighted sum of the draws, without the base."""
        own, scale = replace(self.frame, values=self._worths(weights)), self.objective.scale
        return with_pairs(own, self.curves, lambda pair: scale * pair.weighted(weights))

    def worth_at(
        self, c: int, points: Int[np.ndarray, " at"], weights: Float[np.ndarray, " draw"]
    ) -> Float[np.ndarray, " at"]:
        """What `under` says of a channel at some points of its grid."""
        name, size = self.curves.channels[c], float(weights.sum())
        values = self.curves.contribution[name]
        mixed = size * values[points] if values.ndim == 1 else weights @ values[:, points]
        cost = self.objective.cost * size * self.frame.grids[c][points]
        worth: np.ndarray = self.objective.scale * mixed - cost
        return worth

    def on_draw(self, d: int) -> Separable:
        """The problem of one draw, without the base."""
        scale, cost = self.objective.scale, self.objective.cost
        values = [np.atleast_2d(self.curves.contribution[name]) for name in self.curves.channels]
        pairs = zip(values, self.frame.grids, strict=True)
        own = [scale * v[min(d, len(v) - 1)] - cost * grid for v, grid in pairs]
        return with_pairs(replace(self.frame, values=own), self.curves, lambda pair: scale * pair.on_draw(d))

    def around(self, x: Float[np.ndarray, " channel"]) -> Gamble:
        """The problem whose curves add up, and are these where one channel leaves a plan."""
        if not isinstance(self.frame, Coupled):
            return self
        curves = around(self.curves, dict(zip(self.curves.channels, map(float, x), strict=True)))
        base = np.asarray(self.objective.scale * curves.baseline)
        near = replace(self, curves=curves, base=base, frame=self.frame.alone())
        return replace(near, frame=near.under(np.full(base.size, 1.0 / base.size)))

    @property
    def offset(self) -> Float[np.ndarray, " draw"]:
        """What is added to the worth of what is planned before the draws are weighed."""
        return (
            self.base - self.today if self.objective.kind == "gain" and self.today is not None else self.base
        )

    @property
    def nothing(self) -> float:
        """The objective without any of what is planned."""
        return self.objective.value(self.base, self.today)

    def near(self, value: float, bound: float, tolerance: float) -> bool:
        """Whether a bound is within a relative gap of a value."""
        return bound - value <= tolerance * max(abs(value - self.nothing), self.frame.tiny())

    def _worths(self, weights: Float[np.ndarray, " draw"]) -> list[Float[np.ndarray, " point"]]:
        mixed, size = self.curves.weighted(weights, self.spans), float(weights.sum())
        scale, cost = self.objective.scale, self.objective.cost
        pairs = zip(self.curves.channels, self.frame.grids, strict=True)
        return [scale * mixed[name] - cost * size * grid for name, grid in pairs]


def _span(grid: Float[np.ndarray, " point"], low: float, high: float) -> slice:
    first, last = np.searchsorted(grid, low), np.searchsorted(grid, high)
    return slice(max(0, int(first) - AROUND), int(last) + AROUND)


def weights_of(
    objective: Objective,
    draws: Float[np.ndarray, " draw"],
    today: Float[np.ndarray, " draw"] | None,
    width: float,
) -> Float[np.ndarray, " draw"]:
    """Gradient of an objective with respect to draws, as `Gamble.weights` describes it."""
    size = draws.size
    level = 0.0 if objective.level is None else objective.level
    weights: np.ndarray = np.full(size, 1.0 / size)
    if objective.kind == "mean_sd":
        spread = float(draws.std())
        return weights * (1.0 - level * (draws - draws.mean()) / spread) if spread > 0 else weights
    if objective.kind == "cvar":
        weights[np.argsort(draws, kind="stable")] = tail(size, level)
        return weights
    if objective.kind == "gain":
        ahead = draws - (0.0 if today is None else today)
        # At today's split all draws tie: no part of them is the worst.
        if np.ptp(ahead) > 1e-12 * np.abs(draws).max():
            weights[np.argsort(ahead, kind="stable")] = tail(size, level)
        return weights
    if objective.kind == "quantile":
        rank = np.empty(size)
        rank[np.argsort(draws, kind="stable")] = np.arange(size)
        away = (rank - level * (size - 1)) / max(1.0, 0.1 * width * size)
    else:
        ahead = draws - (0.0 if today is None else today)
        away = ahead / (width * (float(ahead.std()) or 1.0))
    # Relative to the nearest draw, so that one at least is in sight.
    weights = np.exp(-0.5 * (away**2 - np.min(away**2)))
    weights /= weights.sum()
    return weights
