"""From a fit to the `Evidence` that checks look at. Made once per fit, from what its measures need anyhow."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Kind
from mediamix.data.mediators import known_ahead
from mediamix.measure.checking import Belief, ChannelEvidence, Evidence
from mediamix.measure.contribution import outcome_total, total_baseline
from mediamix.measure.mediation import PriorOfPaths, total_effect
from mediamix.measure.overlap import before, belief
from mediamix.measure.panel import mean_baseline
from mediamix.measure.preceded import Preceded, preceded
from mediamix.measure.quality import Fitted, fitted, quality, seen
from mediamix.measure.sensitivity import halving
from mediamix.measure.survey import survey
from mediamix.measure.tangent import tangent
from mediamix.models.base import ChannelEffect, Fit
from mediamix.models.coordinates import coordinates
from mediamix.models.density import MediaModel
from mediamix.models.design import baseline_blocks
from mediamix.models.family import family_of
from mediamix.models.priors import Prior
from mediamix.models.problem import Problem, pose
from mediamix.models.shock import shock_of

#: Components of the baseline that are the calendar.
CALENDAR = ("intercept", "trend", "seasonality", "weekday")
Vector = Float[np.ndarray, " draw"]


def gather(fit: Fit, outcome: Fitted | None = None) -> Evidence:
    """The evidence of a fit, made once.

    Args:
        fit: A fit.
        outcome: From `fitted`, if it is there already.
    """
    if "evidence" not in fit.memo:
        fit.memo["evidence"] = _made(fit, outcome or fitted(fit))
    found = fit.memo["evidence"]
    assert isinstance(found, Evidence)
    return found


def posed(fit: Fit) -> Problem:
    """The problem that a fit is of: of a national fit made once, of a panel not kept, as it may be large."""
    if "problem" not in fit.memo:
        problem = pose(fit.dataset, fit.spec)
        if not isinstance(problem.model, MediaModel):
            return problem
        fit.memo["problem"] = problem
    found = fit.memo["problem"]
    assert isinstance(found, Problem)
    return found


def parameters(fit: Fit) -> Float[np.ndarray, "draw coordinate"]:
    """A national fit's draws in the coordinates of its model's density."""
    return coordinates(posed(fit), fit, np.arange(fit.n_draws))


def _effect(fit: Fit, c: int, prior: Prior) -> Vector:
    name = prior.name
    (dim,) = fit.posterior.dims[name]
    at = list(fit.posterior.coords[dim]).index(fit.channels[c].channel.name)
    return np.asarray(fit.posterior.stacked(name)[:, at])


def _shape(fit: Fit, problem: Problem, c: int) -> list[Vector]:
    """Draws of a channel's transform parameters in model units."""
    effect = fit.channels[c]
    per = [problem.unit_c[c] if p.scale == "exposure" else 1.0 for p in effect.transform.parameters]
    return [effect.theta_dk[:, i] / unit for i, unit in enumerate(per)]


def _made(fit: Fit, outcome: Fitted) -> Evidence:
    data = fit.dataset
    media_d = survey(fit).total_dc.sum(axis=1)
    value = 1.0 if data.unit == "revenue" else data.value_per_unit
    total = outcome_total(fit)
    spend = float(data.spend_c.sum())
    shock = shock_of(fit.baseline)
    return Evidence(
        every=data.every,
        outcome=total,
        media_d=media_d,
        baseline_d=total_baseline(fit),
        residual_gt=_residual_gt(fit, outcome),
        total_t=_total_t(fit, outcome),
        quality=quality(fit, outcome),
        naive=_naive(fit, outcome),
        channels=_channels(fit, total),
        columns=sum(
            len(t.names) for t in fit.baseline if t.component in ("controls", "events", "treatments")
        ),
        spend_ratio=spend / (total * value) if value and total > 0 and spend > 0 else None,
        refits=fit.run.refits,
        preceded=_preceded(fit),
        shock_t=None if shock is None else shock.coefficient_dp.mean(axis=0) / shock.spread_d.mean(),
    )


def _preceded(fit: Fit) -> tuple[Preceded, ...]:
    """Of the controls, mediators left out: of a panel those of all geos together."""
    data = known_ahead(fit.dataset, fit.spec).national()
    if not data.control_names:
        return ()
    names = data.control_names, data.channel_names
    return preceded(data.controls_gtk[0], data.exposure_gtc[0], _calendar(fit), names)


def _total_t(fit: Fit, outcome: Fitted) -> Float[np.ndarray, " time"]:
    known = seen(fit)
    weight_gt = fit.baseline[0].weight_gt > 0
    off_t = np.where(known.trained_t, known.outcome_t - outcome.mean_t, np.nan)
    if len(weight_gt) == 1:
        return fit.noise.scores(off_t, fit.sigma_dg[:, 0])
    sigma_t = np.sqrt((fit.sigma_dg.mean(axis=0)[:, None] ** 2 * weight_gt).sum(axis=0))
    if (shock := shock_of(fit.baseline)) is not None:
        sigma_t = np.hypot(sigma_t, shock.spread_d.mean() * shock.weight_gt.sum(axis=0))
    with np.errstate(divide="ignore"):
        return fit.noise.scores(off_t / sigma_t, np.ones(fit.n_draws))


def _residual_gt(fit: Fit, outcome: Fitted) -> Float[np.ndarray, "geo time"]:
    if len(fit.dataset.geos) == 1:
        return _total_t(fit, outcome)[None]
    means, found = mean_baseline(fit), survey(fit)
    rows = []
    for g in range(len(fit.dataset.geos)):
        mean_t = found.media_rt(g).mean(axis=0) + means(g)
        off_t = np.where(fit.trained_gt[g], fit.dataset.outcome_gt[g] - mean_t, np.nan)
        rows.append(fit.noise.scores(off_t, fit.sigma_dg[:, g]))
    return np.stack(rows)


def _naive(fit: Fit, outcome: Fitted) -> float | None:
    """Error of last year's values of the same periods over the model's error, on held-out periods.

    Last year's values are moved by what the last trained half year differs from the one a year before.
    """
    known = seen(fit)
    year = round(fit.dataset.every.per_year)
    held = np.flatnonzero(known.held_out_t)
    if not len(held) or held[0] < 2 * year:
        return None
    y = np.where(known.trained_t, known.outcome_t, np.nan)
    first, half = int(held[0]), max(year // 2, 1)
    moved = np.nanmean(y[first - half : first]) - np.nanmean(y[first - half - year : first - year])
    naive = y[held - year] + moved
    usable = np.isfinite(naive)
    if not usable.any():
        return None
    held, naive = held[usable], naive[usable]
    error = np.sqrt(np.mean((known.outcome_t[held] - outcome.mean_t[held]) ** 2))
    return float(np.sqrt(np.mean((known.outcome_t[held] - naive) ** 2)) / error)


def _channels(fit: Fit, total: float) -> tuple[ChannelEvidence, ...]:
    """Of every channel; of none where data or draws aren't those of the fit (`measure.thinning`)."""
    drawn = fit.posterior.stacked("sigma")
    if fit.dataset.hash != fit.run.data_hash or len(drawn) != fit.n_draws:
        return ()
    return _with_priors(fit, total) if family_of(fit).density else _without_priors(fit, total)


def _without_priors(fit: Fit, total: float) -> tuple[ChannelEvidence, ...]:
    """Of a fit whose draws are from no density: what they say is the data's alone."""
    data, spend_c = fit.dataset, fit.dataset.spend_c
    total_dc = survey(fit).total_dc
    contribution_c, spread_c = total_dc.mean(axis=0), total_dc.std(axis=0)
    size_c = np.maximum(np.abs(contribution_c), 1e-300)
    calendar = _calendar(fit)
    return tuple(
        ChannelEvidence(
            name=effect.channel.name,
            spend_share=_spend_share(effect, spend_c, c),
            share=float(contribution_c[c] / total) if total else 0.0,
            overlap=0.0,
            calendar_r2=_explained(calendar, data.exposure_gtc[..., c].sum(axis=0)),
            # No prior held its sign.
            free=(float(contribution_c[c] / size_c[c]), float(spread_c[c] / size_c[c])),
        )
        for c, effect in enumerate(fit.channels)
    )


def _spend_share(effect: ChannelEffect, spend_c: Float[np.ndarray, " channel"], c: int) -> float:
    """Of all spend; 0 of what isn't paid."""
    paid = effect.channel.kind is not Kind.ORGANIC and spend_c[c] > 0
    return float(spend_c[c] / spend_c.sum()) if paid else 0.0


def _with_priors(fit: Fit, total: float) -> tuple[ChannelEvidence, ...]:
    """Of a fit whose draws are from a density with priors."""
    problem, data = posed(fit), fit.dataset
    model = problem.model
    calendar = _calendar(fit)
    total_dc = survey(fit).total_dc
    contribution_c = total_dc.mean(axis=0)
    spread_c = total_dc.std(axis=0) / np.maximum(np.abs(contribution_c), 1e-300)
    spend_c = data.spend_c
    local = None
    if isinstance(model, MediaModel):
        local = tangent(model, parameters(fit))
    paths = PriorOfPaths.of(fit) if fit.mediators else None
    found = []
    priors_n = before(problem)
    for c, effect in enumerate(fit.channels):
        at = model.starts[c]
        prior = model.priors[at]
        draws = _effect(fit, c, prior)
        effect_belief = belief(prior, draws, 1.0, priors_n[at])
        shape: list[Belief] = []
        for i, own in enumerate(_shape(fit, problem, c)):
            scale = effect.transform.parameters[i].scale
            unit = problem.unit_c[c] if scale == "exposure" else 1.0
            shape.append(belief(model.priors[at + 1 + i], own, unit, priors_n[at + 1 + i]))
        if paths is not None and effect.through:
            # What is judged is all that the channel does.
            totals = total_effect(fit, problem, c, draws)
            effect_belief = belief(prior, totals, 1.0, np.sort(paths.total(effect)))
        found.append(
            ChannelEvidence(
                name=effect.channel.name,
                spend_share=_spend_share(effect, spend_c, c),
                share=float(contribution_c[c] / total) if total else 0.0,
                overlap=effect_belief.overlap,
                effect=effect_belief,
                shape=tuple(shape),
                calendar_r2=_explained(calendar, data.exposure_gtc[..., c].sum(axis=0)),
                free=None if local is None or effect.through else local.free(c),
                drift=None if local is None else local.drift(c),
                halving=None if local is None else halving(local, c, spread_c[c]),
            )
        )
    return tuple(found)


def _calendar(fit: Fit) -> Float[np.ndarray, "time column"]:
    """Columns of trend, season and weekdays."""
    blocks = baseline_blocks(fit.dataset.national(), fit.spec)
    return np.column_stack([block.matrix for block in blocks if block.component in CALENDAR])


def _explained(columns_tp: Float[np.ndarray, "time column"], series_t: Float[np.ndarray, " time"]) -> float:
    """Adjusted R² of a series on columns; 0 where there are too few periods to tell."""
    n, p = columns_tp.shape
    spread = float(((series_t - series_t.mean()) ** 2).sum())
    if n <= 2 * p or spread <= 0:
        return 0.0
    left = series_t - columns_tp @ np.linalg.lstsq(columns_tp, series_t, rcond=None)[0]
    return float(max(0.0, 1.0 - float((left**2).sum()) / spread * (n - 1) / (n - p)))
