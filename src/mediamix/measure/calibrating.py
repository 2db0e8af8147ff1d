r"""Experiments beside the data: what either says without the other, and how well that goes together.

An experiment that the model doesn't know is predicted with its own noise,

.. math:: p(\text{lift}_e \mid \text{rest}) = \int N(\text{lift}_e;\, m_e, \text{error}_e^2)\,
          p(m_e \mid \text{rest})\,dm_e,

where the rest are the data alone (a short refit without experiments), or the data and all other experiments:
the fit's own draws, weighted by one over the experiment's density, where the weights can be trusted; else a
short refit without it. The chance is that of a lift at least as far off, on either side.

Source: Vehtari, Gelman & Gabry (2017); Box (1980), Sampling and Bayes' inference in scientific modelling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.core.errors import MediamixError
from mediamix.core.types import Experiment
from mediamix.data.dataset import Dataset
from mediamix.data.tested import rows_of, window_of_test, without_test
from mediamix.inference.psis import smooth
from mediamix.measure.contribution import measure_channels
from mediamix.measure.thinning import thinned, thinned_rows
from mediamix.models import bayes
from mediamix.models.base import Fit
from mediamix.models.calibration import Calibration, Compared, Predicted

#: Chains, draws kept and dropped of a refit; draws of a fit that lifts are computed for.
CHAINS, DRAWS, TUNE, COMPARED = 2, 300, 300, 1000
#: Weights will do up to this k-hat, from this part of independent draws on.
PARETO_K, ESS = 0.7, 0.05
#: Tells the seeds of these refits from those of fits and of other refits.
STREAM = 9


def calibrated(fit: Fit, on_step: Callable[[str], None] = lambda step: None) -> Calibration | None:
    """All experiments of a fit; None without any."""
    tests = fit.dataset.experiments
    if not tests:
        return None
    on_step("Comparing experiments and data")
    alone = _refit(fit, (), 0)
    own = thinned(fit, thinned_rows(fit.n_draws, COMPARED))
    return Calibration(
        tuple(_tested(own, alone, e) for e in range(len(tests))),
        {} if alone is None else _returns(alone),
    )


def lifts(fit: Fit, one: Experiment) -> Float[np.ndarray, " draw"]:
    """What a fit expects of an experiment, per draw, in outcome units."""
    data = fit.dataset
    c = data.channel_names.index(one.channel)
    effect, before_gt = fit.channels[c], data.before_gt(c)
    window = window_of_test(data, one.start, one.until)
    absent_gt = without_test(data, one)
    geos = rows_of(data, one.geos)
    total = np.zeros(fit.n_draws)
    for geo in [None] if len(geos) == len(data.geos) else geos:
        for sign, exposure_gt in ((1.0, data.exposure_gtc[:, :, c]), (-1.0, absent_gt)):
            total += sign * effect.contribution(exposure_gt, geo, before_gt)[:, window.slice].sum(axis=1)
    return total


def _tested(fit: Fit, alone: Fit | None, e: int) -> Compared:
    """One experiment beside the rest."""
    data, tests = fit.dataset, fit.dataset.experiments
    one = tests[e]
    known = lifts(fit, one)
    by_data = None if alone is None else predicted(one, lifts(alone, one))
    others = by_data
    if len(tests) > 1:
        weights = smooth(0.5 * ((one.lift - known) / one.error) ** 2)
        if weights.pareto_k <= PARETO_K and weights.ess >= ESS * len(known):
            others = predicted(one, known, weights.weights_s, weights.pareto_k)
        else:
            without = _refit(fit, tests[:e] + tests[e + 1 :], e + 1)
            others = None if without is None else predicted(one, lifts(without, one))
    worth = data.worth
    per = None if worth is None or not one.spend_change else worth / one.spend_change
    return Compared(one.label, one.channel, one.lift, one.error, per, predicted(one, known), by_data, others)


def predicted(
    one: Experiment,
    lift_d: Float[np.ndarray, " draw"],
    weight_d: Float[np.ndarray, " draw"] | None = None,
    pareto_k: float = 0.0,
) -> Predicted:
    """What draws say of an experiment's lift.

    Args:
        one: The experiment.
        lift_d: Expected lifts, as drawn without it.
        weight_d: Of the draws, with the sum 1; None: all alike.
        pareto_k: Of the weights.
    """
    from scipy.special import ndtr

    weight_d = np.full(len(lift_d), 1.0 / len(lift_d)) if weight_d is None else weight_d
    mean = float(weight_d @ lift_d)
    sd = float(weight_d @ (lift_d - mean) ** 2) ** 0.5
    away_d = (one.lift - lift_d) / one.error
    chance = 2.0 * min(float(weight_d @ ndtr(away_d)), float(weight_d @ ndtr(-away_d)))
    return Predicted(mean, sd, min(chance, 1.0), pareto_k)


def _refit(fit: Fit, tests: tuple[Experiment, ...], number: int) -> Fit | None:
    """A short fit of the same data with these experiments; None where it can't be sampled.

    Of a panel, whose fit takes long, it is a quick one.
    """
    seed = int(seeds.generator(fit.run.seed, STREAM, number).integers(2**63))
    sampler = fit.spec.sampler.model_copy(
        update={"chains": CHAINS, "draws": DRAWS, "tune": TUNE, "seed": seed, "heal": False}
    )
    spec = fit.spec.model_copy(update={"sampler": sampler, "calibration": None})
    data: Dataset = replace(fit.dataset, experiments=tests)
    try:
        return bayes.fit(data, spec, quick=len(data.geos) > 1)
    except MediamixError:
        return None


def _returns(fit: Fit) -> dict[str, dict[str, float]]:
    """Channel → its return, or its contribution where there is none."""
    return {m.name: (m.roi or m.contribution).to_dict() for m in measure_channels(fit)}
