"""The log posterior density of the media model with its gradient, in one native pass.

    y = Σ_c β_c h_c(θ) + D v + ε

The media and the chain rule through them are `media_kernel`'s; v is integrated out by `inference.linear`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np
from jaxtyping import Bool, Float, Inexact

from mediamix.core.delivery import joined
from mediamix.core.spec import NoiseKind
from mediamix.inference.density import DENSITY_SIGNATURE, Density
from mediamix.inference.linear import LinearBlock, log_marginal
from mediamix.models.experiments import Trial
from mediamix.models.likelihood import Likelihood, Packed, likelihood_of
from mediamix.models.media_kernel import backward, forward, media_of, parameters, scratch_size, to_coordinates
from mediamix.models.priors import Prior
from mediamix.models.varying import STEADY, Courses
from mediamix.transforms.base import address
from mediamix.transforms.media import ChannelTransform
from mediamix.transforms.native import REORDERED
from mediamix.transforms.order import codes_of, frequency_rows

#: Draws per block when a linear block is drawn, to bound memory.
BLOCK = 500


@dataclass(frozen=True)
class Completed:
    """What follows from draws of θ, in model units.

    Args:
        beta_dgc: The effect of each channel at full saturation, per unit of its size.
        coefficient_dp: Of the baseline's columns, in their order.
        deviation_dgp: Of the by-geo columns, in their order; empty for a national model.
        shock_dt: Shocks that geos share, over the series; None: the model has none.
    """

    beta_dgc: Float[np.ndarray, "draw geo channel"]
    coefficient_dp: Float[np.ndarray, "draw column"]
    deviation_dgp: Float[np.ndarray, "draw geo column"]
    shock_dt: Float[np.ndarray, "draw time"] | None = None


@dataclass(frozen=True)
class MediaModel:
    """Everything that the density needs, in model units.

    Args:
        transforms: One per channel.
        exposure_ct: Exposure over its reference, all periods, those before the window first; then the
            frequencies of the channels of reach & frequency (`order.frequency_rows`).
        effect_scale_c: Factor from an effect to the channel's summed contribution.
        outcome_n: Scaled outcome of the observed periods.
        observed_t: Which of the periods of the exposure those are.
        linear: The factorised baseline on the observed periods.
        priors: In the order of u: per channel effect, adstock, saturation; then sigma and what else the noise
            has; then what else there is. Coordinates of coefficients come last, where those are sampled.
        noise: Kind of the noise.
        courses: Of the channels' effects.
        trials: Experiments.
    """

    transforms: tuple[ChannelTransform, ...]
    exposure_ct: Float[np.ndarray, "row time"]
    effect_scale_c: Float[np.ndarray, " channel"]
    outcome_n: Float[np.ndarray, " row"]
    observed_t: Bool[np.ndarray, " time"]
    linear: LinearBlock
    priors: tuple[Prior, ...]
    noise: NoiseKind = "normal"
    courses: Courses = STEADY
    trials: tuple[Trial, ...] = ()

    @property
    def starts(self) -> list[int]:
        """Index of each channel's effect in u."""
        sizes = [1 + len(t.parameters) for t in self.transforms]
        return [int(start) for start in np.concatenate([[0], np.cumsum(sizes)])]

    def delivery(self, channel: int) -> Inexact[np.ndarray, " time"]:
        """What a channel's transform works on."""
        row = frequency_rows(self.transforms).get(channel)
        exposure_t = self.exposure_ct[channel]
        return exposure_t if row is None else joined(exposure_t, self.exposure_ct[row])

    @property
    def sigma(self) -> int:
        """Index of the noise in u."""
        return self.starts[-1]

    def likelihood(self) -> Likelihood:
        """Of the observed rows, given what media do."""
        return likelihood_of(self.noise, self.linear, self.observed_t)

    def blind(self) -> MediaModel:
        """The same where nothing is observed, of outcome or experiments: its posterior is its prior.

        The noise is normal: of other kinds the coefficients have the same prior, too.
        """
        linear = replace(self.linear, u_pn=self.linear.u_pn[:0, :0], s_p=np.zeros_like(self.linear.s_p))
        nothing = np.zeros_like(self.observed_t)
        return replace(
            self, outcome_n=np.empty(0), observed_t=nothing, linear=linear, noise="normal", trials=()
        )

    def packed(self) -> Packed:
        """The media's integers, numbers and scratch size, as `media_kernel.media_of` cuts them."""
        c, (rows, t) = len(self.transforms), self.exposure_ct.shape
        n, k = len(self.outcome_n), len(self.priors)
        integers = [c, t, n, k, rows]
        for start, media, code in zip(self.starts, self.transforms, codes_of(self.transforms), strict=False):
            integers += [
                start,
                address(media.adstock.kernel),
                len(media.adstock.parameters),
                code,
                address(media.saturation.kernel),
                len(media.saturation.parameters),
            ]
        integers += [prior.link for prior in self.priors]
        integers += np.flatnonzero(self.observed_t).tolist()
        numbers = [
            np.array([prior.location for prior in self.priors]),
            np.array([prior.scale for prior in self.priors]),
            self.effect_scale_c,
            self.outcome_n,
            self.exposure_ct.ravel(),
        ]
        return integers, numbers, scratch_size(c, t, n, k)

    def density(self) -> Density:
        """Pack the model for its native kernels."""
        likelihood = self.likelihood()
        parts = self.packed(), likelihood.packed(self.sigma)
        found = assembled(self._kernel(), parts, len(self.priors) + likelihood.coordinates)
        if not self.trials:
            return found
        # Compiled when it is imported: only for who has experiments.
        from mediamix.models.experiment_density import with_trials

        return with_trials(self, found)

    def _kernel(self) -> Any:
        """The plain one, or the one of all kinds of noise, which is compiled when it is imported."""
        if self.noise == "normal":
            return log_posterior
        from mediamix.models import noise_density

        return noise_density.log_posterior

    def responses(
        self, theta_dk: Float[np.ndarray, "draw parameter"]
    ) -> Iterator[tuple[Float[np.ndarray, " draw"], Float[np.ndarray, "draw time"]]]:
        """β and the response of every channel over all periods; then what else media do, likewise.

        Args:
            theta_dk: Parameters in model units, in the order of the priors.
        """
        for c, (start, transform) in enumerate(zip(self.starts, self.transforms, strict=False)):
            own = np.ascontiguousarray(theta_dk[:, start + 1 : start + 1 + len(transform.parameters)])
            response = transform.respond(self.delivery(c), own)
            yield theta_dk[:, start] * self.effect_scale_c[c] / response.sum(axis=1), response

    def complete(self, u_dk: Float[np.ndarray, "draw parameter"], rng: np.random.Generator) -> Completed:
        """β, and one exact draw of the linear coefficients, per draw of u, block by block."""
        theta = np.column_stack([prior.natural(u_dk[:, i]) for i, prior in enumerate(self.priors)])
        beta = np.empty((len(theta), 1, len(self.transforms)))
        v = np.empty((len(theta), len(self.linear.s_p)))
        likelihood = self.likelihood()
        noise = theta[:, self.sigma : self.sigma + likelihood.parameters]
        for begin in range(0, len(theta), BLOCK):
            part = slice(begin, begin + BLOCK)
            residual = np.tile(self.outcome_n, (len(theta[part]), 1))
            for c, (beta_d, response_dt) in enumerate(self.responses(theta[part])):
                if c < beta.shape[2]:
                    beta[part, 0, c] = beta_d
                residual -= beta_d[:, None] * response_dt[:, self.observed_t]
            v[part] = likelihood.draw(residual, noise[part], u_dk[part, len(self.priors) :], rng)
        return Completed(beta, v, np.empty((len(theta), 1, 0)))


def assembled(function: Callable[..., float], parts: Sequence[Packed], dimension: int) -> Density:
    """A density from the parts that its kernel cuts its data and its scratch memory into, in their order."""
    integers = [number for part in parts for number in part[0]]
    numbers = [array for part in parts for array in part[1]]
    return Density(
        function,
        np.array(integers, dtype=np.int64),
        np.concatenate(numbers).astype(np.float64),
        dimension,
        scratch=sum(part[2] for part in parts),
    )


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_posterior(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    media, after, at, into = media_of(integers, numbers, scratch)
    rank, sigma, n = integers[after + 1], integers[after + 2], media.outcome.size
    singular = numbers[at : at + rank]
    left = numbers[at + rank : at + rank + n * rank].reshape((rank, n))

    value = parameters(u, media)
    forward(media)
    marginal, d_sigma = log_marginal(
        media.residual, left, singular, media.theta[sigma], scratch[into:], media.slope_rows
    )
    backward(media, gradient)
    gradient[sigma] = d_sigma
    to_coordinates(u, media, gradient)
    return value + marginal
