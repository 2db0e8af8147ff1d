"""Names for the draws of courses, and the way back from named draws to the channels of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.models.base import ChannelEffect, Fit
from mediamix.models.posterior import SAMPLED, Named
from mediamix.models.stacked_effect import StackedEffect
from mediamix.models.varying import COURSE_SIZE, WEIGHT, Courses, continued
from mediamix.models.varying_effect import VaryingEffect

Channels = Sequence[ChannelEffect]


def with_courses(
    channels: Channels, courses: Courses, weights: Sequence[np.ndarray | None]
) -> list[ChannelEffect]:
    """The channels, with their courses where they have one."""
    found: list[ChannelEffect] = []
    for effect, course, weight_dk in zip(channels, courses.each, weights, strict=True):
        if course is None or weight_dk is None:
            found.append(effect)
        else:
            found.append(VaryingEffect(**vars(effect), course=course, weight_dk=weight_dk))
    return found


def course_draws(
    posterior: Draws,
    channels: Channels,
    courses: Courses,
    theta_dk: Float[np.ndarray, "draw parameter"],
) -> Draws:
    """`posterior` with the courses' weights, times their size, and the sizes."""
    varying = [effect for effect in channels if isinstance(effect, VaryingEffect)]
    if not varying:
        return posterior
    named = Named((posterior.n_chains, posterior.n_draws), {k: tuple(v) for k, v in posterior.coords.items()})
    named.coords[f"{WEIGHT}_term"] = tuple(
        f"{effect.channel.name}: {name}" for effect in varying for name in effect.course.names
    )
    columns = np.concatenate([effect.weight_dk for effect in varying], axis=1)
    named.add(WEIGHT, columns, (f"{WEIGHT}_term",), "log of the effect's factor", SAMPLED)
    sized = [effect.channel.name for effect in varying if effect.course.sampled]
    if sized:
        at = [size for _, size in courses.places if size >= 0]
        named.coords[f"{COURSE_SIZE}_channel"] = tuple(sized)
        named.add(
            COURSE_SIZE, theta_dk[:, at], (f"{COURSE_SIZE}_channel",), "of the log of the effect", SAMPLED
        )
    return posterior.joined(named.draws())


def read_courses(posterior: Draws, channels: Channels, courses: Courses) -> list[ChannelEffect]:
    """The way back from `course_draws`."""
    if not courses:
        return list(channels)
    columns, at = posterior.stacked(WEIGHT), 0
    weights: list[np.ndarray | None] = []
    for course in courses.each:
        n = 0 if course is None else len(course.names)
        weights.append(columns[:, at : at + n] if n else None)
        at += n
    return with_courses(channels, courses, weights)


def course_columns(posterior: Draws, courses: Courses) -> list[Float[np.ndarray, " draw"]]:
    """The courses' sampled parameters in the order of the model's priors."""
    if not courses:
        return []
    weight_dk, at = posterior.stacked(WEIGHT), 0
    sizes = list(posterior.stacked(COURSE_SIZE).T) if COURSE_SIZE in posterior else []
    found: list[np.ndarray] = []
    for course in courses.each:
        if course is None:
            continue
        own = weight_dk[:, at : at + len(course.names)]
        at += len(course.names)
        if course.sampled:
            size = sizes.pop(0)
            found.append(size)
            own = own / size[:, None]
        found += list(own.T)
    return found


def ahead_of(effect: ChannelEffect, fit: Fit, future: Dataset | None) -> ChannelEffect:
    """A channel's effect that goes on over the periods that follow the fit's."""
    if future is not None and isinstance(effect, StackedEffect):
        assert fit.stacked is not None
        both = zip(effect.parts, fit.stacked.members, strict=True)
        return replace(effect, parts=tuple(ahead_of(part, one, future) for part, one in both))
    if future is None or not isinstance(effect, VaryingEffect):
        return effect
    return replace(
        effect, course=continued(effect.course, fit.dataset, fit.spec, effect.channel.name, future)
    )
