"""From a fit to the planner's curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from mediamix.core.errors import BudgetError
from mediamix.core.types import Window
from mediamix.decide.fitted.history import NONE, with_history
from mediamix.decide.fitted.often import at_frequencies
from mediamix.decide.fitted.pairs import NOTE, paired
from mediamix.decide.fitted.staged import Cell, Staged, cells_of, staged
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.idle import settled
from mediamix.decide.problem.levels import Lever
from mediamix.decide.problem.limits import highest_of
from mediamix.decide.problem.origin import Origin
from mediamix.decide.problem.problem import DEFAULT_HIGH, Budget
from mediamix.inference.progress import Progress
from mediamix.measure.contribution import total_baseline
from mediamix.measure.panel import by_geo
from mediamix.measure.response import observed_multipliers, response_draws
from mediamix.measure.thinning import FEWEST_DRAWS, thinned, thinned_rows
from mediamix.models.base import Fit

#: Draws that a plan is made on, evenly thinned from the fit's; of large panels fewer, down to the second
#: number, as cells times draws say.
DRAWS, FEWEST, CELLS = 1000, 500, 5e6
#: Points per curve that are computed, up to twice today's spend and beyond.
POINTS, POINTS_BEYOND = 41, 24
USUAL_LIMIT = 2.0
#: Numbers that the curves of all cells may hold (1.6 GB).
NUMBERS = 2e8
#: Points between two computed ones, by shape-preserving cubics: the planner's curves are piecewise
#: linear, and its answers fall on points.
BETWEEN = 10


def curves_of(
    fit: Fit,
    budget: Budget | None = None,
    *,
    window: Window | tuple[str, str] | None = None,
    draws: int | None = None,
    by: str | None = None,
    history: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
) -> Curves:
    """Response curves of the paid channels over a window of the fit's data.

    A channel's spend is scaled alike in all periods of the window, and in all geos unless cells of
    channel and geo are asked for. Carry-over into the window belongs to the baseline; carry-over
    out of it counts for the channel. What has no spend stays as it is, in the baseline, unless the
    budget's bounds give it a cost per unit or a restart (`Bound`).

    Args:
        fit: A fit.
        budget: What will be asked: curves reach as far as its total and bounds need.
        window: Periods that are planned: first and last day, or a `Window`; absent: all of the fit's.
        draws: Draws that are used at most; absent: 1,000, of large panels down to 500. Risk in the tails
            may want more. Where cells are many, fewer are used.
        by: ``"geo"`` for a curve per cell of channel and geo, named ``tv/north``.
        history: Whether today's split counts as evidence that it is a good one: draws are picked by how
            alike the channels' marginal returns are (`mediamix.decide.fitted.history`), else evenly. The
            fit may be sampled again for that, once per window.
        on_progress: Called while it is.

    Raises:
        BudgetError: No channel has spend in the window, cells are more than memory should hold, or a
            limit, a cost or a restart can't be.
        SpecError: `by` is something else.
    """
    data, budget = fit.dataset, budget or Budget()
    window = data.window(window)
    every = cells_of(data, by_geo(by))
    stage = staged(data, every, window, budget.bounds)
    stage = at_frequencies(fit, every, window, budget.bounds, stage)
    cells = _spending(every, stage, window)
    if not cells:
        raise BudgetError(
            "no channel has spend in the planned window",
            expected="at least one channel with spend",
            next_step="plan a longer window, give spend beside the exposure, or a cost_per_unit",
        )
    current = {cell.name: 0.0 if cell.name in stage.restarted else cell.spend for cell in cells}
    idle = tuple(cell.name for cell in every if cell.name not in current)
    # Before anything is computed: limits that an idle channel can't keep.
    settled(list(current), idle, budget, data.currency)
    needed = reach_needed({cell.name: cell.spend for cell in cells}, current, budget)
    multiplier = _grid(reached(needed) * (1 + 1e-9))
    usual = int(np.clip(CELLS / data.exposure_gtc.size, FEWEST, DRAWS))
    most = min(usual if draws is None else draws, _most_draws(len(cells), len(multiplier)))
    asked = _Asked(cells, stage, window, multiplier, current, idle, Origin.of(fit, window))
    even = thinned_rows(fit.n_draws, most)
    if not history:
        return _curves(fit, asked, even)[0]
    pool, picked, evidence = with_history(fit, most, window, on_progress)
    asked = replace(asked, notes=(str(evidence or NONE),) if len(cells) > 1 else ())
    if evidence is None:
        return _curves(fit, asked, even)[0]
    if pool is fit:
        own, weighted = _curves(fit, asked, even, picked)
    else:
        (own,), (weighted,) = _curves(fit, asked, even), _curves(pool, asked, picked)
    return replace(weighted, history=True, fitted=own)


@dataclass(frozen=True)
class _Asked:
    """What curves are wanted: see `curves_of` and `Curves`."""

    cells: Sequence[_Cell]
    stage: Staged
    window: Window
    multiplier: Float[np.ndarray, " point"]
    current: Mapping[str, float]
    idle: tuple[str, ...]
    origin: Origin
    notes: tuple[str, ...] = ()


def _curves(fit: Fit, asked: _Asked, *picks: Int[np.ndarray, " row"]) -> list[Curves]:
    """The curves on each of the picks of a fit's draws; what several have is computed once."""
    rows, place = np.unique(np.concatenate(picks), return_inverse=True)
    places = np.split(place, np.cumsum([len(pick) for pick in picks])[:-1])
    data, cells, window, multiplier = fit.dataset, asked.cells, asked.window, asked.multiplier
    unseen_c = _untrained_c(fit)
    fit = asked.stage.of(thinned(fit, rows))
    # Channels by themselves; what pairs bring is beside them.
    alone = replace(fit, together=None) if fit.together is not None else fit
    coarse_g = {
        geo: response_draws(alone, multiplier, window=window, carry_out=True, geo=geo)
        for geo in dict.fromkeys(cell.geo for cell in cells)
    }
    baseline_d, levers = _rest(fit, window, cells), _levers(fit, window)
    joint = paired(fit, multiplier, window, frozenset(cell.channel for cell in cells))
    if joint is not None:
        baseline_d = baseline_d + joint.rest_d
        for cell in cells:
            if cell.channel in joint.along_c:
                coarse_g[cell.geo][cell.channel] += joint.along_c[cell.channel]
    found = []
    for of in places:
        fine_g = {geo: _refine(multiplier, coarse[:, of]) for geo, coarse in coarse_g.items()}
        curves = Curves(
            spend={cell.name: fine_g[cell.geo][0] * cell.spend for cell in cells},
            contribution={cell.name: fine_g[cell.geo][1][cell.channel] for cell in cells},
            current=asked.current,
            observed=_observed(fit, cells, asked.current),
            baseline=baseline_d[of],
            currency=data.currency,
            outcome=data.outcome_name,
            unit=data.outcome_unit,
            value_per_unit=data.value_per_unit if data.unit == "count" else None,
            origin=asked.origin,
            levers={name: lever.of(of) for name, lever in levers.items()},
            notes=(*asked.notes, *asked.stage.notes, *((NOTE,) if joint is not None else ())),
            idle=asked.idle,
            only_prior=tuple(cell.name for cell in cells if unseen_c[cell.channel]),
            frequencies=asked.stage.frequencies,
            pairs=() if joint is None else joint.pairs({c.channel: (c.name, c.spend) for c in cells}, of),
        )
        found.append(curves)
    return found


@dataclass(frozen=True)
class _Cell(Cell):
    """A cell with a curve.

    Args:
        spend: At a multiple of 1, in the window; today's, unless the cell restarts.
    """

    spend: float


def _spending(every: Sequence[Cell], stage: Staged, window: Window) -> list[_Cell]:
    """Cells with spend in the window."""
    spend_gc = stage.spend_gtc[:, window.slice].sum(axis=1)
    found = [
        _Cell(part.name, part.channel, part.geo, float(spend_gc[part.place[0], part.channel].sum()))
        for part in every
    ]
    return [cell for cell in found if cell.spend > 0]


def _untrained_c(fit: Fit) -> Bool[np.ndarray, " channel"]:
    """Channels without any exposure until the last trained period [channel]."""
    data, trained_t = fit.dataset, fit.trained_gt.any(axis=0)
    until = data.n_before + int(np.flatnonzero(trained_t)[-1]) + 1
    return np.asarray(~(data.series_gtc[:, :until] != 0).any(axis=(0, 1)))


def _most_draws(cells: int, points: int) -> int:
    """Draws for which the curves fit a share of memory."""
    most = int(NUMBERS / (cells * (BETWEEN * (points - 1) + 1)))
    if most < FEWEST_DRAWS:
        raise BudgetError(
            f"{cells:,} cells of channel and geo are too many for curves of {FEWEST_DRAWS} draws each",
            expected=f"at most {int(NUMBERS / (FEWEST_DRAWS * (BETWEEN * (points - 1) + 1))):,} cells",
            next_step="plan per channel, or make `mm.Curves` of the cells that matter",
        )
    return most


def _observed(
    fit: Fit, cells: Sequence[_Cell], current: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """Range of spend that the data have seen, per cell; a restart's begins at nothing, which is today's."""
    ranges = {geo: observed_multipliers(fit, geo) for geo in {cell.geo for cell in cells}}
    return {
        cell.name: (
            min(ranges[cell.geo][cell.channel][0] * cell.spend, current[cell.name]),
            ranges[cell.geo][cell.channel][1] * cell.spend,
        )
        for cell in cells
    }


def _levers(fit: Fit, window: Window) -> dict[str, Lever]:
    """What the level of every control and treatment does over a window."""
    found = {}
    for term in fit.baseline:
        if term.component not in ("controls", "treatments"):
            continue
        size_gt = term.weight_gt[:, window.slice]
        # Where a geo isn't there its controls may be missing.
        level_gtk = np.where(size_gt[..., None] > 0, fit.dataset.controls_gtk[:, window.slice], 0.0)
        for column, name in enumerate(term.names):
            k = fit.dataset.control_names.index(name)
            effect_dg = np.repeat(term.coefficient_dp[:, column, None], len(size_gt), axis=1)
            if term.deviation_dgp is not None:
                effect_dg = effect_dg + term.deviation_dgp[:, :, column]
            level_g = (size_gt * level_gtk[:, :, k]).sum(axis=1)
            found[name] = Lever(effect_dg @ size_gt.sum(axis=1), effect_dg @ level_g)
    return found


def reach_needed(spend: Mapping[str, float], current: Mapping[str, float], budget: Budget) -> float:
    """The largest multiple of a cell's spend that a problem can ask for.

    Args:
        spend: Per cell, at a multiple of 1.
        current: Today's, which is 0 for a cell that restarts.
        budget: What is asked.
    """
    today = sum(current.values())
    needed = [USUAL_LIMIT]
    if today > 0:
        needed.append(DEFAULT_HIGH * (budget.highest or today) / today)
    highest = highest_of(current, budget.bounds)
    needed += [highest[name] / own for name, own in spend.items() if name in highest]
    return max(needed)


def reached(limit: float) -> float:
    """How far curves are computed that are asked for up to a multiple of today's spend.

    Beyond the usual in whole multiples, so that budgets near each other are planned on the same curves.
    """
    return USUAL_LIMIT if limit <= USUAL_LIMIT else float(math.ceil(limit - 1e-6))


def _grid(limit: float) -> Float[np.ndarray, " point"]:
    usual = np.linspace(0.0, USUAL_LIMIT, POINTS)
    if limit <= USUAL_LIMIT * (1 + 1e-6):
        return usual
    return np.concatenate([usual, np.linspace(USUAL_LIMIT, limit, POINTS_BEYOND + 1)[1:]])


def _refine(
    multiplier: Float[np.ndarray, " point"], curves: Float[np.ndarray, "channel draw point"]
) -> tuple[Float[np.ndarray, " fine"], Float[np.ndarray, "channel draw fine"]]:
    """Points between the computed ones, by cubics that keep a monotone curve monotone.

    Source: Fritsch & Butland (1984), A method for constructing local monotone piecewise cubic
    interpolants. (SciPy's PchipInterpolator costs over a second of imports.)
    """
    width = np.diff(multiplier)
    secant = np.diff(curves, axis=-1) / width
    slope = np.empty_like(curves)
    slope[..., 0], slope[..., -1] = secant[..., 0], secant[..., -1]
    before, after = secant[..., :-1], secant[..., 1:]
    left, right = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    same = before * after > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        harmonic = (left + right) / (left / before + right / after)
    slope[..., 1:-1] = np.where(same, harmonic, 0.0)
    u = np.arange(BETWEEN) / BETWEEN
    hermite = np.stack([(1 + 2 * u) * (1 - u) ** 2, u**2 * (3 - 2 * u), u * (1 - u) ** 2, -(u**2) * (1 - u)])
    fine = np.append((multiplier[:-1, None] + width[:, None] * u).ravel(), multiplier[-1])
    values = np.empty((*curves.shape[:2], fine.size))
    values[..., -1] = curves[..., -1]
    for c, curve in enumerate(curves):
        ends = (curve[:, :-1], curve[:, 1:], slope[c, :, :-1] * width, slope[c, :, 1:] * width)
        values[c, :, :-1] = (np.stack(ends, axis=-1) @ hermite).reshape(len(curve), -1)
    return fine, values


def _rest(fit: Fit, window: Window, cells: Sequence[_Cell]) -> Float[np.ndarray, " draw"]:
    """Outcome of the window with the planned spend at zero: baseline, organic, carry-over into it."""
    total = total_baseline(fit, window=window.slice)
    for c, effect in enumerate(fit.channels):
        exposure_gt, before_gt = fit.dataset.delivery_gt(c).copy(), fit.dataset.before_gt(c)
        for cell in cells:
            if cell.channel == c:
                exposure_gt[slice(None) if cell.geo is None else cell.geo, window.start :] = 0.0
        if not exposure_gt.any() and not before_gt.any():
            continue
        draws = effect.contribution(exposure_gt, before_gt=before_gt)
        total += draws[:, window.slice].sum(axis=1)
    return total
