"""What channels do directly and through mediators: the table, and what the priors say of their sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.extras import extras_of
from mediamix.core.types import Kind
from mediamix.measure.interval import Interval
from mediamix.models.base import ChannelEffect, Fit
from mediamix.models.funnel import MEDIATORS
from mediamix.models.mediators import stage
from mediamix.models.priors import linear_sd
from mediamix.models.problem import Problem, pose

#: Draws from the priors, and their seed.
PRIOR_DRAWS, PRIOR_SEED = 4000, 0


@dataclass(frozen=True)
class Way:
    """What a channel does over one way to the outcome.

    Args:
        channel: Name.
        path: ``direct``, ``via awareness``, ``mediated`` (all ways but the direct one), ``total``.
        contribution: Outcome units over the window.
        share: Of the channel's total.
        roi: Value per unit of spend; None without spend or without a value.
    """

    channel: str
    path: str
    contribution: Interval
    share: Interval
    roi: Interval | None


@extras_of("mediamix.mediation")
def mediation(fit: Fit) -> pd.DataFrame:
    """Direct, mediated and total effect of every channel that drives a mediator.

    Returns:
        ``channel, path`` and ``mean, p5, p50, p95`` of ``contribution`` (outcome units over the window),
        ``share`` (of the channel's total) and ``roi`` (NaN where there is none). Intervals are 90 %.

    Raises:
        SpecError: The fit has no mediators.
    """
    if not fit.mediators:
        raise SpecError(
            "the fit has no mediators: all effects are direct",
            expected="a spec with `mediators`",
            got="none",
            next_step="declare them, mediators: {awareness: {driven_by: [tv, video]}}, and fit again",
        )
    rows = []
    for way in ways(fit):
        row: dict[str, object] = {"channel": way.channel, "path": way.path}
        for name, interval in (("contribution", way.contribution), ("share", way.share), ("roi", way.roi)):
            for part in ("mean", "p5", "p50", "p95"):
                row[f"{name}_{part}"] = np.nan if interval is None else getattr(interval, part)
        rows.append(row)
    return pd.DataFrame(rows)


def ways(fit: Fit) -> Iterator[Way]:
    """Every way of every channel that drives a mediator: direct, each path, mediated, total."""
    data = fit.dataset
    for c, effect in enumerate(fit.channels):
        if not effect.through:
            continue
        spend, paid = float(data.spend_c[c]), effect.channel.kind is not Kind.ORGANIC
        worth = data.worth if paid and spend > 0 else None
        made = [_over_window(fit, c, path) for path in effect.paths]
        parts = [("direct", *made[0])]
        parts += [
            (f"via {', '.join(p.via)}", *both) for p, both in zip(effect.through, made[1:], strict=True)
        ]
        if len(made) > 2:
            parts.append(("mediated", *np.sum(made[1:], axis=0)))
        total_d, own_d = np.sum(made, axis=0)
        for path, all_d, new_d in [*parts, ("total", total_d, own_d)]:
            yield Way(
                effect.channel.name,
                path,
                Interval.of(all_d),
                Interval.of(all_d / np.where(total_d == 0, 1.0, total_d)),
                None if worth is None else Interval.of(new_d * worth / spend),
            )


def _over_window(fit: Fit, channel: int, path: ChannelEffect) -> Float[np.ndarray, "2 draw"]:
    """What a path did over the window, and that without what was carried into it."""
    data = fit.dataset
    exposure_gt, before_gt = data.exposure_gtc[:, :, channel], data.before_gt(channel)
    total_d = path.contribution(exposure_gt, None, before_gt).sum(axis=1)
    carried_d = path.contribution(np.zeros_like(exposure_gt), None, before_gt).sum(axis=1)
    return np.stack([total_d, total_d - carried_d])


def total_effect(
    fit: Fit, problem: Problem, channel: int, direct_d: Float[np.ndarray, " draw"]
) -> Float[np.ndarray, " draw"]:
    """What a channel does over all ways in the unit of its direct effect's parameter, a ROI or a share.

    Args:
        fit: A fit.
        problem: Its own.
        channel: Position.
        direct_d: The parameter's draws.
    """
    series_gt = fit.dataset.series_gtc[:, :, channel]
    unit = problem.model.effect_scale_c[channel] * problem.outcome.mean
    paths = fit.channels[channel].through
    return np.asarray(direct_d + sum(path.contribution(series_gt).sum(axis=1) for path in paths) / unit)


@dataclass(frozen=True)
class PriorOfPaths:
    """The priors of what channels do, over all ways, before any data.

    Args:
        problem: The outcome's.
        stages: Mediator → its problem.
        z: Standard normals of each coefficient and effect, made when they are first asked for.
    """

    problem: Problem
    stages: dict[str, Problem]

    @classmethod
    def of(cls, fit: Fit) -> PriorOfPaths:
        """The problems that a fit is of."""
        names = [one.dataset.outcome_name for one in fit.mediators]
        return cls(
            pose(fit.dataset, fit.spec),
            {name: pose(*stage(fit.dataset, fit.spec, name)) for name in names},
        )

    def total(self, effect: ChannelEffect) -> Float[np.ndarray, " draw"]:
        """Draws of what a channel does, all ways together: its ROI, or its share of the outcome."""
        rng = np.random.default_rng(PRIOR_SEED)
        own, c = self.problem, _place(self.problem, effect)
        prior = own.model.priors[own.model.starts[c]]
        found = prior.natural(rng.standard_normal(PRIOR_DRAWS))
        unit = own.model.effect_scale_c[c] * own.outcome.mean
        for path in effect.through:
            found = found + self._path(path, rng) / unit
        return np.asarray(found)

    def _path(self, path: ChannelEffect, rng: np.random.Generator) -> Float[np.ndarray, " draw"]:
        """Outcome units, over all that the effect is about, per unit of size."""
        first = self.stages[path.via[0]]
        at = _place(first, path)
        prior = first.model.priors[first.model.starts[at]]
        moved = prior.natural(rng.standard_normal(PRIOR_DRAWS))
        moved = moved * first.model.effect_scale_c[at] * first.outcome.mean
        after = [self.stages[name] for name in path.via[1:]] + [self.problem]
        for name, problem in zip(path.via, after, strict=True):
            moved = moved * _coefficient_sd(problem, name) * rng.standard_normal(PRIOR_DRAWS)
        return np.asarray(moved)


def _place(problem: Problem, effect: ChannelEffect) -> int:
    return problem.dataset.channel_names.index(effect.channel.name)


def _coefficient_sd(problem: Problem, name: str) -> float:
    """Prior standard deviation of a mediator's coefficient, in units of what it acts on."""
    years = problem.dataset.n_periods / problem.dataset.every.per_year
    block = next(block for block in problem.blocks if block.component == MEDIATORS)
    return float(linear_sd(block, years)[block.names.index(name)]) * problem.outcome.mean
