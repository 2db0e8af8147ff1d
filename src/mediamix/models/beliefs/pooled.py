"""Returns of paid channels that resemble each other: how much is learned from the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from mediamix.inference.density import Density
from mediamix.models.beliefs.layout import on_top
from mediamix.models.priors import Prior

if TYPE_CHECKING:
    from mediamix.models.problem import Problem

#: Standard deviation of μ, the log of the common return. With the middle τ a single return is as wide as the
#: default prior of a ROI.
COMMON_SD = 0.8
#: Log-normal prior of τ, how much returns differ, in logs: median and the standard deviation of its log.
SPREAD_MEDIAN, SPREAD_LOG_SD = 0.4, 0.67
#: Nodes of the sum over τ, and how far they reach, in standard deviations of log τ. With ten channels log τ
#: is known to 0.2 at best; nodes are 0.12 apart.
NODES, REACH = 41, 3.5


@dataclass(frozen=True)
class Pooled:
    """``x_c = log return_c ~ N(μ, τ²)``, ``μ ~ N(middle, COMMON_SD²)``, τ on a grid.

    Args:
        channels: Positions.
        effects: Their effects' indices in u.
        constant_c: From the log of an effect to that of the return: money (or units, for counts without a
            value) per unit of spend.
        middle: Of μ, before the data.
    """

    channels: tuple[int, ...]
    effects: tuple[int, ...]
    constant_c: Float[np.ndarray, " channel"]
    middle: float

    @classmethod
    def of(cls, problem: Problem, channels: list[int]) -> Pooled:
        """Of the channels at these positions; around the medians of their default priors."""
        model, data = problem.model, problem.dataset
        effects = [model.starts[c] for c in channels]
        money_c = model.effect_scale_c[channels] * problem.outcome.mean * (data.worth or 1.0)
        constant = np.log(money_c / (data.spend_c + data.before_spend_c)[channels])
        medians = np.array([float(model.priors[i].natural(np.zeros(()))) for i in effects])
        middle = float(np.mean(np.log(medians) + constant))
        return cls(tuple(channels), tuple(effects), constant, middle)

    @property
    def spread_k(self) -> Float[np.ndarray, " node"]:
        """τ_k."""
        return np.asarray(SPREAD_MEDIAN * np.exp(SPREAD_LOG_SD * np.linspace(-REACH, REACH, NODES)))

    @property
    def weight_k(self) -> Float[np.ndarray, " node"]:
        """How likely τ_k is before the data."""
        weight = np.exp(-0.5 * np.linspace(-REACH, REACH, NODES) ** 2)
        return np.asarray(weight / weight.sum())

    def implied(self, problem: Problem) -> dict[int, Prior]:
        """Per index in u a log-normal prior of the effect, as wide as what the belief implies."""
        width = float(np.sqrt(COMMON_SD**2 + self.weight_k @ self.spread_k**2))
        return {
            i: Prior(problem.model.priors[i].name, "positive", self.middle - float(constant), width)
            for i, constant in zip(self.effects, self.constant_c, strict=True)
        }

    def density(self, inner: Density, priors: tuple[Prior, ...]) -> Density:
        """The belief on top of `inner`."""
        # Kernels are compiled when they are imported: only for who needs them.
        from mediamix.models.beliefs.pooled_density import log_pooled

        numbers = [
            np.array([self.middle, COMMON_SD**2]),
            self.constant_c,
            self.spread_k,
            np.log(self.weight_k),
        ]
        scratch = 2 * len(self.effects) + NODES
        return on_top(inner, log_pooled, priors, [NODES, *self.effects], numbers, scratch)

    def place(
        self, problem: Problem, u_dk: Float[np.ndarray, "draw parameter"], rng: np.random.Generator
    ) -> None:
        """Draw the effects' coordinates from the belief; in place."""
        n = len(u_dk)
        spread_d = rng.choice(self.spread_k, n, p=self.weight_k)
        centre_d = self.middle + COMMON_SD * rng.standard_normal(n)
        for i, constant in zip(self.effects, self.constant_c, strict=True):
            x = centre_d + spread_d * rng.standard_normal(n) - constant
            prior = problem.model.priors[i]
            u_dk[:, i] = (x - prior.location) / prior.scale

    def learned(
        self, u_dk: Float[np.ndarray, "draw parameter"], priors: tuple[Prior, ...], rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, " draw"], Float[np.ndarray, " draw"]]:
        """Exact draws of the common return exp μ, and of τ, given draws of u."""
        x = np.column_stack([priors[i].location + priors[i].scale * u_dk[:, i] for i in self.effects])
        away_dc = x + self.constant_c - self.middle
        c, s2, own_k = away_dc.shape[1], COMMON_SD**2, self.spread_k**2
        first, second = away_dc.sum(axis=1)[:, None], (away_dc**2).sum(axis=1)[:, None]
        square = (second - s2 / (own_k + c * s2) * first**2) / own_k
        log_dk = np.log(self.weight_k) - 0.5 * (square + (c - 1) * np.log(own_k) + np.log(own_k + c * s2))
        part = np.exp(log_dk - log_dk.max(axis=1, keepdims=True)).cumsum(axis=1)
        at = (part < rng.random((len(x), 1)) * part[:, -1:]).sum(axis=1)
        spread = self.spread_k[at]
        variance = 1.0 / (c / spread**2 + 1.0 / s2)
        centre = self.middle + variance * first[:, 0] / spread**2
        return np.exp(centre + np.sqrt(variance) * rng.standard_normal(len(x))), spread
