"""A national model whose effects vary over time, or whose channels work together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.models.density import MediaModel
from mediamix.models.likelihood import Packed
from mediamix.models.priors import Prior
from mediamix.models.varying import Course, Courses


@dataclass(frozen=True)
class StructuredModel(MediaModel):
    """A `MediaModel` with more media parameters, in u after the noise.

    Args:
        pairs: Positions of two channels each that work together.
        periods: The outcome over all periods, in model units.
    """

    pairs: tuple[tuple[int, int], ...] = ()
    periods: float = 0.0

    def packed(self) -> Packed:
        """The media's, then what comes on top: as `structure_kernel.structure_of` cuts it."""
        # Compiled when it is imported: only for who needs it.
        from mediamix.models.course_kernel import PER_COURSE
        from mediamix.models.structure_kernel import scratch_size

        integers, numbers, scratch = super().packed()
        t = self.exposure_ct.shape[1]
        courses, columns = self.courses.packed(t, PER_COURSE)
        integers += [len(self.pairs), self.synergy, sum(part.size for part in columns) // t, *courses]
        integers += [channel for pair in self.pairs for channel in pair]
        numbers += [np.array([self.periods]), *columns]
        return integers, numbers, scratch + scratch_size(len(self.transforms), t, len(self.pairs))

    def _kernel(self) -> Any:
        """That of all media and all kinds of noise."""
        from mediamix.models.structured_density import log_posterior

        return log_posterior

    @property
    def synergy(self) -> int:
        """Index of the size of synergies in u; their weights follow it."""
        return self.courses.end

    def shares(self, theta_dk: Float[np.ndarray, "draw parameter"]) -> Float[np.ndarray, "draw pair"]:
        """γ: the share of the outcome that each pair brings."""
        if not self.pairs:
            return np.empty((len(theta_dk), 0))
        first = self.synergy + 1
        return np.asarray(theta_dk[:, self.synergy, None] * theta_dk[:, first : first + len(self.pairs)])

    def responses(
        self, theta_dk: Float[np.ndarray, "draw parameter"]
    ) -> Iterator[tuple[Float[np.ndarray, " draw"], Float[np.ndarray, "draw time"]]]:
        """β and r = f h of every channel over all periods; then b and r_a r_b of every pair.

        A channel's effect holds the halves of its pairs: β is what is left of it.
        """
        kept: list[np.ndarray] = []
        share_dp = self.shares(theta_dk)
        t = self.exposure_ct.shape[1]
        for (beta_d, response_dt), course, weight_dk in zip(
            super().responses(theta_dk), self.courses.each, self.courses.weights(theta_dk), strict=True
        ):
            if course is not None and weight_dk is not None:
                total_d = response_dt.sum(axis=1)
                response_dt = response_dt * course.factor(weight_dk, t)
                beta_d = beta_d * total_d / response_dt.sum(axis=1)
            half_d = np.zeros(len(theta_dk))
            for p, pair in enumerate(self.pairs):
                if len(kept) in pair:
                    half_d += 0.5 * self.periods * share_dp[:, p]
            kept.append(response_dt)
            yield beta_d - half_d / response_dt.sum(axis=1), response_dt
        for p, (one, other) in enumerate(self.pairs):
            product_dt = kept[one] * kept[other]
            yield share_dp[:, p] * self.periods / product_dt.sum(axis=1), product_dt


def structured(
    model: MediaModel,
    courses: tuple[Course | None, ...],
    pairs: tuple[tuple[int, int], ...],
    more: Sequence[Prior],
    periods: float,
) -> MediaModel:
    """The model with courses and pairs; itself where there are none.

    Args:
        model: Without them.
        courses: Per channel.
        pairs: Of channels.
        more: Priors of the pairs' size and weights.
        periods: The outcome over all periods, in model units.
    """
    if not pairs and not any(courses):
        return model
    own = Courses(courses, len(model.priors))
    whole = replace(model, courses=own, priors=(*model.priors, *own.priors, *more))
    return StructuredModel(**vars(whole), pairs=pairs, periods=periods)
