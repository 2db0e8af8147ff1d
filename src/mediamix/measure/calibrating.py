r"""Experiments beside the data: what either says without the other, and how well that goes together.

An experiment that the model doesn't know is predicted with its own noise,

.. math:: p(\text{lift}_e \mid \text{rest}) = \int N(\text{lift}_e;\, m_e, \text{error}_e^2)\,
          p(m_e \mid \text{rest})\,dm_e,

where the rest are the data alone (a short refit without experiments), or the data and all other experiments:
the fit's own draws, weighted by one over the experiment's density, where the weights can be trusted; else a
short refit without it. The chance is that of a lift at least as far off, on either side.

All experiments of a channel together say more than each by itself: what the data believe of their lifts
hangs together (all too high, or the curve too steep), and the differences between them are known much
better than any of them. With y their lifts, m and S mean and covariance of what draws of the data alone
expect of them and E their errors, how far they are off is

.. math:: T(y) = (y - m)^\top (S + E^2)^{-1} (y - m),

and the chance that of a T as large for lifts that are drawn as the data expect them.

Source: Vehtari, Gelman & Gabry (2017); Box (1980), Sampling and Bayes' inference in scientific modelling;
Gelman, Meng & Stern (1996) for the discrepancy T.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
#: Lifts that are drawn to compare all tests of a channel with.
ALIKE = 20_000
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
    compared = tuple(_tested(own, alone, e) for e in range(len(tests)))
    if alone is None:
        return Calibration(compared, {})
    return Calibration(compared, _returns(alone), _by_channel(alone, tests))


def _by_channel(alone: Fit, tests: tuple[Experiment, ...]) -> dict[str, float]:
    """Channel with several experiments → chance of all of them at once."""
    found = {}
    for name in dict.fromkeys(one.channel for one in tests):
        own = [one for one in tests if one.channel == name]
        if len(own) > 1:
            lift_de = np.column_stack([lifts(alone, one) for one in own])
            rng = seeds.generator(alone.run.seed, STREAM)
            found[name] = together(own, lift_de, rng)
    return found


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


def together(
    tests: Sequence[Experiment], lift_de: Float[np.ndarray, "draw test"], rng: np.random.Generator
) -> float:
    """Chance that draws expect lifts which together are at least as far off as those that were measured.

    Args:
        tests: Of one channel.
        lift_de: Their expected lifts, as drawn without any of them.
        rng: For lifts to compare with.
    """
    error_e = np.array([one.error for one in tests])
    mean_e = lift_de.mean(axis=0)
    # Scaled by their errors, so that tests of any size weigh as they should in the factor.
    spread_ee = np.cov((lift_de - mean_e) / error_e, rowvar=False) + np.eye(len(tests))
    factor_ee = np.linalg.cholesky(spread_ee)

    def away(lift_ne: np.ndarray) -> np.ndarray:
        return np.asarray((np.linalg.solve(factor_ee, ((lift_ne - mean_e) / error_e).T) ** 2).sum(axis=0))

    drawn_ne = np.tile(lift_de, (-(-ALIKE // len(lift_de)), 1))
    drawn_ne = drawn_ne + error_e * rng.standard_normal(drawn_ne.shape)
    measured = away(np.array([[one.lift for one in tests]]))[0]
    return float((away(drawn_ne) >= measured).mean())


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
