"""What is searched: hyperparameters with their ranges, and their way to the transforms' own parameters.

A candidate is a point u of the unit cube, one axis per hyperparameter. Per channel, in Robyn's words:

    theta (geometric), shape and scale (Weibull), gamma and alpha (Hill); then penalty and train_size

    half_life = log ½ / log θ per period, θ per period = theta^(days of a period / 7)
    Weibull's scale in periods = 1 + scale (n − 1);  fade of `weibull_cdf` = ((k + 1) scale^k)^(1 / (k + 1))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.transforms.media import ChannelTransform

DAYS_PER_WEEK = 7.0
#: Hyperparameters of the adstocks that have a rule, in the order of their parameters.
KEYS: Mapping[str, tuple[str, ...]] = {
    "geometric": ("theta",),
    "weibull_cdf": ("shape", "scale"),
    "weibull_pdf": ("shape", "scale"),
    "none": (),
}
SATURATION = "hill"
#: A retention of zero has no half-life.
LEAST_THETA = 1e-6
PENALTY, TRAIN = "penalty", "train_size"


@dataclass(frozen=True)
class Ranges:
    """All hyperparameters.

    Args:
        names: ``tv.theta``, …, ``penalty``, ``train_size``.
        low: Where they begin.
        high: Where they end.
        kinds: Per channel the name of its adstock.
        days: Of a period.
        periods: Of the window.
    """

    names: tuple[str, ...]
    low: Float[np.ndarray, " hyperparameter"]
    high: Float[np.ndarray, " hyperparameter"]
    kinds: tuple[str, ...]
    days: float
    periods: int

    @classmethod
    def of(cls, dataset: Dataset, spec: Spec, transforms: Sequence[ChannelTransform]) -> Ranges:
        """As the spec says."""
        keys, found = spec.model.evolve, {}
        for name, transform in zip(dataset.channel_names, transforms, strict=True):
            for key in (*KEYS[transform.adstock.name], "gamma", "alpha"):
                found[f"{name}.{key}"] = keys.of_channel(name, key)
        found[PENALTY] = keys.penalty
        found[TRAIN] = (1.0, 1.0) if keys.train_size == "all" else keys.train_size
        low, high = np.array(list(found.values()), dtype=np.float64).T
        kinds = tuple(transform.adstock.name for transform in transforms)
        return cls(tuple(found), low, high, kinds, dataset.every.days, dataset.n_periods)

    def values(
        self, cube: Float[np.ndarray, "candidate axis"]
    ) -> Float[np.ndarray, "candidate hyperparameter"]:
        """Points of the unit cube as hyperparameters."""
        return np.asarray(self.low + cube * (self.high - self.low))

    def narrowed(self, around: Mapping[str, float], freedom: float) -> Ranges:
        """Ranges around known values, no wider than before: ``value ± freedom × range``.

        A hyperparameter that isn't known keeps its range.
        """
        low, high = self.low.copy(), self.high.copy()
        for i, name in enumerate(self.names):
            if name in around:
                reach = freedom * (high[i] - low[i])
                value = min(max(around[name], low[i]), high[i])
                low[i], high[i] = max(low[i], value - reach), min(high[i], value + reach)
        return replace(self, low=low, high=high)

    def theta(
        self, values: Float[np.ndarray, "candidate hyperparameter"]
    ) -> Float[np.ndarray, "candidate parameter"]:
        """What the native code takes: per channel the adstock's parameters, γ and α."""
        columns, at = [], 0
        for kind in self.kinds:
            if kind == "geometric":
                theta = np.maximum(values[:, at], LEAST_THETA) ** (self.days / DAYS_PER_WEEK)
                columns.append(np.log(0.5) / np.log(theta))
            elif kind != "none":
                shape, scale = values[:, at], 1.0 + values[:, at + 1] * (self.periods - 1)
                fade = ((shape + 1.0) * scale**shape) ** (1.0 / (shape + 1.0))
                columns += [shape, fade if kind == "weibull_cdf" else scale]
            at += len(KEYS[kind])
            columns += [values[:, at], values[:, at + 1]]
            at += 2
        return np.column_stack(columns)

    def column(self, name: str) -> int:
        """Where a hyperparameter is."""
        return self.names.index(name)
