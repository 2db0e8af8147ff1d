"""What was tried without sampling anew: beliefs about all channels as weights, and two curves averaged.

Weights are truncated as by Ionides (2008): a candidate that moves the posterior far is only screened here.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from scipy.stats import norm, weibull_min

from mediamix.core.spec import PriorSpec
from mediamix.measure.survey import survey
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.models.priors import Prior
from worlds.candidates import CANDIDATES, DEFAULT, priors, spec_of
from worlds.make import World
from worlds.score import Scored, draws_of, scored

Array = np.ndarray
Z95 = 1.6448536269514722
#: Centre of log ROI of all channels: what is learned in pooling, and its prior.
CENTRES = np.linspace(-1.2, 1.2, 13)
CENTRE_SD = 0.5
SPREADS, SHAPES = (0.3, 0.5, 0.8, 1.2), (0.8, 1.0, 1.4, 2.0)

SHARE = "media share of the outcome: median 25 %, 95 % below 50 %"
POOLED = "pooled returns: log ROI ~ N(μ, τ²), both learned"
POOLED_WEIBULL = "pooled returns: Weibull, median and shape learned"
STACKED = "Hill and logistic curves, stacked by LOO"
BMA = "Hill and logistic curves, pseudo-BMA"


def _truncated(log_d: Array) -> Array:
    log_d = log_d - logsumexp(log_d)
    log_d = np.minimum(log_d, -0.5 * np.log(len(log_d)))
    return np.asarray(np.exp(log_d - logsumexp(log_d)))


def shared(world: World, drawn_dc: Array) -> dict[str, Array]:
    """Candidate → weight per draw of a fit with the default priors."""
    belief = CANDIDATES[DEFAULT]["prior"]["roi"]
    own = Prior.of("roi", "positive", PriorSpec(**belief))
    roi_dc = drawn_dc / world.dataset.spend_gtc.sum(axis=(0, 1))
    before_d = weibull_min(1.0 / own.scale, scale=np.exp(own.location)).logpdf(roi_dc).sum(axis=1)
    share_d = drawn_dc.sum(axis=1) / world.dataset.outcome_gt.sum()
    normal, weibull = [], []
    for centre in CENTRES:
        belief_of_centre = norm.logpdf(centre, 0.0, CENTRE_SD)
        for spread in SPREADS:
            each = norm.logpdf(np.log(roi_dc), centre, spread) - np.log(roi_dc)
            normal.append(each.sum(axis=1) + belief_of_centre)
        for shape in SHAPES:
            scale = np.exp(centre) / np.log(2.0) ** (1.0 / shape)
            each = weibull_min(shape, scale=scale).logpdf(roi_dc)
            weibull.append(each.sum(axis=1) + belief_of_centre)
    return {
        SHARE: _truncated(norm.logpdf(np.log(share_d), np.log(0.25), np.log(2.0) / Z95)),
        POOLED: _truncated(logsumexp(normal, axis=0) - before_d),
        POOLED_WEIBULL: _truncated(logsumexp(weibull, axis=0) - before_d),
    }


def left_out(result: Fit) -> Array:
    """Log density of every outcome, the fit without it: truncated importance sampling."""
    mean_dt = survey(result).media_dt + sum(term.contribution() for term in result.baseline)
    sigma_d = result.sigma_dg[:, :1]
    log_dt = norm.logpdf(result.dataset.outcome_gt[0], mean_dt, sigma_d)
    weight_dt = -log_dt - logsumexp(-log_dt, axis=0)
    weight_dt = np.minimum(weight_dt, -0.5 * np.log(len(weight_dt)))
    return np.asarray(logsumexp(weight_dt + log_dt, axis=0) - logsumexp(weight_dt, axis=0))


def screen(world: World) -> dict[str, Scored]:
    """All candidates of this module in one world."""
    hill = fit(world.dataset, spec_of(world, CANDIDATES[DEFAULT]))
    logistic = fit(world.dataset, spec_of(world, priors((1.0, 5.0), None)))
    drawn_dc, other_dc = draws_of(hill), draws_of(logistic)
    found = {
        name: scored(world, drawn_dc, 0, 1.0, 0.0, weight_d)
        for name, weight_d in shared(world, drawn_dc).items()
    }
    a_t, b_t = left_out(hill), left_out(logistic)
    best = minimize_scalar(
        lambda q: -np.logaddexp(np.log(q) + a_t, np.log1p(-q) + b_t).sum(),
        bounds=(1e-3, 1.0 - 1e-3),
        method="bounded",
    )
    both = np.concatenate([drawn_dc, other_dc])
    for name, part in {STACKED: best.x, BMA: 1.0 / (1.0 + np.exp(b_t.sum() - a_t.sum()))}.items():
        weights = np.array([part, 1.0 - part]) / len(drawn_dc)
        weight_d = np.repeat(weights, [len(drawn_dc), len(other_dc)])
        found[name] = scored(world, both, 0, 1.0, 0.0, weight_d)
    return found
