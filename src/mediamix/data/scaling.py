"""Changes of scale, each with its way back: `invert(apply(x)) == x`.

No scaled number leaves `models/`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class OutcomeScale:
    """Outcome ↔ deviation from its mean, in units of its mean: ``y / mean − 1``."""

    mean: float

    @classmethod
    def of(cls, outcome: Float[np.ndarray, "..."]) -> OutcomeScale:
        """From the observed values (NaN ignored); the mean of absolute values if they cancel."""
        mean = float(np.nanmean(outcome))
        size = float(np.nanmean(np.abs(outcome)))
        return cls(mean if abs(mean) > 1e-6 * size else size)

    @classmethod
    def of_sum(cls, outcome: Float[np.ndarray, " row"], size: Float[np.ndarray, " row"]) -> OutcomeScale:
        """The outcome per unit of size over all rows; as `of` where all sizes are one."""
        mean, total = cls.of(outcome).mean, float(size.sum())
        return cls(mean * len(size) / total)

    def apply(self, outcome: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """To model units."""
        return np.asarray(outcome / self.mean - 1.0)

    def invert(self, scaled: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Back to outcome units."""
        return np.asarray((scaled + 1.0) * self.mean)


@dataclass(frozen=True)
class ExposureScale:
    """Exposure ↔ multiples of its mean over active periods, per channel."""

    reference_c: Float[np.ndarray, " channel"]

    @classmethod
    def of(cls, exposure: Float[np.ndarray, "... channel"]) -> ExposureScale:
        """The mean of each channel's positive values; 1 for a channel without any."""
        exposure_tc = exposure.reshape(-1, exposure.shape[-1])
        active = (exposure_tc > 0).sum(axis=0)
        total = exposure_tc.sum(axis=0)
        return cls(np.where(active > 0, total / np.maximum(active, 1), 1.0))

    def apply(self, exposure: Float[np.ndarray, "... channel"]) -> Float[np.ndarray, "... channel"]:
        """To model units."""
        return np.asarray(exposure / self.reference_c)

    def invert(self, scaled: Float[np.ndarray, "... channel"]) -> Float[np.ndarray, "... channel"]:
        """Back to exposure units."""
        return np.asarray(scaled * self.reference_c)
