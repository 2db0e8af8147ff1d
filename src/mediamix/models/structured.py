"""A national model whose effects vary over time, or whose channels work together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import PriorSpec
from mediamix.models.density import MediaModel
from mediamix.models.likelihood import Packed
from mediamix.models.priors import Prior
from mediamix.models.varying import WIDER, Course

#: Names of sampled parameters: weights of a course's columns, and its size.
WEIGHT, COURSE_SIZE = "course", "course_spread"


@dataclass(frozen=True)
class StructuredModel(MediaModel):
    """A `MediaModel` with more media parameters, in u after the noise.

    Args:
        courses: Of the channels' effects; None: it stays the same.
        after: Index of the first parameter of the courses: per course its size, if that is sampled, and its
            weights.
        pairs: Positions of two channels each that work together.
        periods: The outcome over all periods, in model units.
    """

    courses: tuple[Course | None, ...] = ()
    after: int = 0
    pairs: tuple[tuple[int, int], ...] = ()
    periods: float = 0.0

    def packed(self) -> Packed:
        """The media's, then what comes on top: as `structure_kernel.structure_of` cuts it."""
        # Compiled when it is imported: only for who needs it.
        from mediamix.models.structure_kernel import PER_COURSE, scratch_size

        integers, numbers, scratch = super().packed()
        t = self.exposure_ct.shape[1]
        columns = [course.matrix_sk.T.ravel() for course in self.courses if course is not None]
        waves = sum(part.size for part in columns) // t
        integers += [len(self.pairs), self.synergy, waves]
        column = 0
        for course, (first, size) in zip(self.courses, self.course_parameters, strict=True):
            n = 0 if course is None else len(course.names)
            courses = [n, first, size, column]
            if len(courses) != PER_COURSE:
                raise AssertionError("a course doesn't match the kernel's")
            integers += courses
            column += n
        integers += [channel for pair in self.pairs for channel in pair]
        numbers += [np.array([self.periods]), *columns]
        return integers, numbers, scratch + scratch_size(len(self.courses), t, len(self.pairs))

    def _kernel(self) -> Any:
        """That of all media and all kinds of noise."""
        from mediamix.models.structured_density import log_posterior

        return log_posterior

    @property
    def synergy(self) -> int:
        """Index of the size of synergies in u; their weights follow it."""
        return self.after + sum(
            len(course.names) + course.sampled for course in self.courses if course is not None
        )

    @property
    def course_parameters(self) -> list[tuple[int, int]]:
        """Index of each course's first weight, and of its size (−1: not sampled)."""
        found, at = [], self.after
        for course in self.courses:
            if course is None:
                found.append((0, -1))
                continue
            found.append((at + course.sampled, at if course.sampled else -1))
            at += course.sampled + len(course.names)
        return found

    def weights(
        self, theta_dk: Float[np.ndarray, "draw parameter"]
    ) -> list[Float[np.ndarray, "draw column"] | None]:
        """Per channel the weights of its course's columns, times their size."""
        found: list[Float[np.ndarray, "draw column"] | None] = []
        for course, (first, size) in zip(self.courses, self.course_parameters, strict=True):
            if course is None:
                found.append(None)
                continue
            own = theta_dk[:, first : first + len(course.names)]
            found.append(own * theta_dk[:, size, None] if size >= 0 else own)
        return found

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
            super().responses(theta_dk), self.courses, self.weights(theta_dk), strict=True
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


def course_priors(courses: Sequence[Course | None]) -> list[Prior]:
    """Of the courses' sizes and weights, in the order of u."""
    found = []
    for course in courses:
        if course is None:
            continue
        if course.spread is not None:
            belief = PriorSpec(median=course.spread, p95=WIDER * course.spread)
            found.append(Prior.of(COURSE_SIZE, "positive", belief))
        found += [Prior.normal(WEIGHT)] * len(course.names)
    return found


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
    after = len(model.priors)
    whole = replace(model, priors=(*model.priors, *course_priors(courses), *more))
    return StructuredModel(**vars(whole), courses=courses, after=after, pairs=pairs, periods=periods)
