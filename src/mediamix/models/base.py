"""The contract of a model family: ``fit(dataset, spec) -> Fit``. Nothing after it asks which.

A `Fit` is data: the draws, and per channel and baseline term the little that measures need to
turn draws into contributions. Everything in it is in natural units.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.spec import Spec
from mediamix.core.types import Channel
from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.inference.laplace import Importance
from mediamix.transforms.media import ChannelTransform


@dataclass(frozen=True)
class ChannelEffect:
    """One channel's part of a fit, over D draws (all chains stacked).

    Contribution per period = ``beta · saturation(adstock(exposure))``.

    Args:
        channel: Which.
        transform: Its components.
        theta_dk: Their parameters in natural units (periods, exposure units).
        beta_d: Outcome units at full saturation.
    """

    channel: Channel
    transform: ChannelTransform
    theta_dk: Float[np.ndarray, "draw parameter"]
    beta_d: Float[np.ndarray, " draw"]

    def contribution(self, exposure_t: Float[np.ndarray, " time"]) -> Float[np.ndarray, "draw time"]:
        """Outcome units per draw and period."""
        return np.asarray(self.transform.respond(exposure_t, self.theta_dk) * self.beta_d[:, None])


@dataclass(frozen=True)
class BaselineTerm:
    """One additive part of the baseline.

    Args:
        component: intercept, trend, seasonality, weekday, events or controls.
        names: One per column.
        matrix: Columns over the periods.
        coefficient_dp: Outcome units per unit of a column.
    """

    component: str
    names: tuple[str, ...]
    matrix: Float[np.ndarray, "time column"]
    coefficient_dp: Float[np.ndarray, "draw column"]

    def contribution(self) -> Float[np.ndarray, "draw time"]:
        """Outcome units per draw and period."""
        return np.asarray(self.coefficient_dp @ self.matrix.T)


@dataclass(frozen=True)
class RunInfo:
    """What made a fit: enough to make it again.

    Args:
        data_hash: Of the dataset.
        spec_hash: Of the spec with its defaults.
        seed: Of the sampler.
        seconds: Stage → seconds (import_s, compile_s, sample_s, total_s …).
        quick: How far the draws of quick mode can be trusted; None: sampled by NUTS.
    """

    data_hash: str
    spec_hash: str
    seed: int
    seconds: dict[str, float] = field(default_factory=dict)
    quick: Importance | None = None


@dataclass(frozen=True)
class Fit:
    """A fitted model with its draws.

    Args:
        dataset: What was fitted (national: one geo).
        spec: As used, complete with defaults.
        family: Name of the model family, for people.
        posterior: All parameters in natural units, named.
        stats: The sampler's statistics (empty for families without a sampler).
        channels: In the dataset's order.
        baseline: Additive terms; their sum is the outcome with all media at zero.
        sigma_d: Standard deviation of the noise, outcome units.
        trained_t: Periods whose outcome entered the likelihood.
        run: Provenance.
    """

    dataset: Dataset
    spec: Spec
    family: str
    posterior: Draws
    stats: Draws | None
    channels: tuple[ChannelEffect, ...]
    baseline: tuple[BaselineTerm, ...]
    sigma_d: Float[np.ndarray, " draw"]
    trained_t: Bool[np.ndarray, " time"]
    run: RunInfo

    @property
    def n_draws(self) -> int:
        """Draws over all chains."""
        return len(self.sigma_d)
