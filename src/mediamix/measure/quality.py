"""How well a fit describes the outcome, in the window and on held-out periods."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core import seeds
from mediamix.core.numbers import percent
from mediamix.measure.interval import bands
from mediamix.measure.panel import present_gt
from mediamix.measure.survey import media_over_time, survey
from mediamix.models.base import Fit
from mediamix.models.shock import shock_of


@dataclass(frozen=True)
class Score:
    """Error of the posterior mean and coverage of the predictive 90 % interval.

    Args:
        r2: ``1 − SS(residual) / SS(outcome − mean)``.
        mape: Mean of |residual| / |outcome| over periods with a non-zero outcome.
        mape_left_out: Periods that it leaves out: their outcome is zero.
        wmape: Sum of |residual| / sum of |outcome|.
        coverage90: Share of periods inside the predictive 90 % interval.
        periods: How many were scored.
    """

    r2: float
    mape: float
    wmape: float
    coverage90: float
    periods: int
    mape_left_out: int = 0

    def to_dict(self) -> dict[str, float | None]:
        """For JSON: always the same keys; what doesn't exist is null."""
        names = ("r2", "mape", "wmape", "coverage90", "periods", "mape_left_out")
        values = {name: getattr(self, name) for name in names}
        return {name: value if math.isfinite(value) else None for name, value in values.items()}


def coverage_is_low(score: Score, surprise: float = 0.01) -> bool:
    """Whether so few hits of a true 90 % band would be a surprise: ``P(X ≤ hits) < surprise``."""
    hits, n = round(score.coverage90 * score.periods), score.periods
    # In logs: of a thousand periods the binomial coefficients are beyond a double.
    choices = (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(hits + 1))
    logs = (choice + k * math.log(0.9) + (n - k) * math.log(0.1) for k, choice in enumerate(choices))
    return sum(map(math.exp, logs)) < surprise


#: Of no periods.
NO_SCORE = Score(math.nan, math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Quality:
    """Scores of the trained periods and, where some were held out, of those."""

    trained: Score
    holdout: Score | None


#: Key of `Fit.memo`.
_FITTED = "fitted"


@dataclass(frozen=True)
class Fitted:
    """The outcome as the model sees it.

    Args:
        mean_t: Posterior mean of the expected outcome; after the last trained period with what lasts of its
            noise; of shocks that geos share nothing is expected.
        predictive_dt: Draws of the outcome with noise, and with a new shock per period where geos share them;
            of counts those below 0 are 0.
    """

    mean_t: Float[np.ndarray, " time"]
    predictive_dt: Float[np.ndarray, "draw time"]


def error_words(score: Score) -> str:
    """``R² 0.83, typical error 12%, weighted 11%; 89% of 156 periods inside the 90% band``."""
    inside = f"{percent(score.coverage90)} of {score.periods:,} periods inside the 90% band"
    return f"R² {score.r2:.2f}, typical {mape_words(score)}, weighted {percent(score.wmape)}; {inside}"


def mape_words(score: Score) -> str:
    """``error 39% (42 of 154 periods are zero and left out)``."""
    left = f" ({score.mape_left_out:,} of {score.periods:,} periods are zero and left out)"
    return f"error {percent(score.mape)}{left if score.mape_left_out else ''}"


def fitted(fit: Fit, geo: int | None = None) -> Fitted:
    """Expected and predictive outcome, over all geos made once; the noise is drawn from the fit's seed.

    Args:
        fit: A fit.
        geo: Position of a geo; None: the sum over geos, whose noise in a period is that of all
            geos that are present, ``sqrt(Σ_g σ_g²)``.
    """
    if geo is None:
        if _FITTED not in fit.memo:
            made = fitted_from(fit, survey(fit).media_dt, None)
            made.predictive_dt.flags.writeable = False  # it is everybody's
            fit.memo[_FITTED] = made
        found = fit.memo[_FITTED]
        assert isinstance(found, Fitted)
        return found
    media_dt = np.zeros((fit.n_draws, fit.dataset.n_periods))
    for c in range(len(fit.channels)):
        media_dt += media_over_time(fit, c, geo)
    return fitted_from(fit, media_dt, geo)


def fitted_from(fit: Fit, media_dt: Float[np.ndarray, "draw time"], geo: int | None) -> Fitted:
    """`fitted`, given what media did."""
    expected = expected_from(fit, media_dt, geo)
    mean = expected.mean(axis=0)
    stream = [] if geo is None else [geo]
    rng = seeds.generator(fit.run.seed, 2, *stream)
    sd_dt = noise_sd(fit.sigma_dg, present_gt(fit), geo)
    normal_dt = rng.standard_normal(expected.shape)
    noise_dt = fit.noise.shaped(normal_dt, rng)
    known = last_noise(fit, expected, sd_dt, geo)
    if known is not None:
        last, before_d = known
        ahead = slice(last + 1, None)
        mean[ahead] += (sd_dt[:, ahead] * fit.noise.lasting(before_d, 1, len(mean) - last - 1)).mean(axis=0)
        noise_dt[:, ahead] = fit.noise.shaped(normal_dt[:, ahead], rng, before_d)
    expected += sd_dt * noise_dt
    if (shock := shock_of(fit.baseline)) is not None:
        # Not the period's own shock: it was learned from the very outcome that is to be judged.
        expected += shock.new(rng.standard_normal(expected.shape), geo)
    if fit.dataset.unit == "count":
        np.maximum(expected, 0.0, out=expected)
    return Fitted(mean, expected)


def expected_from(
    fit: Fit, media_dt: Float[np.ndarray, "draw time"], geo: int | None = None
) -> Float[np.ndarray, "draw time"]:
    """The outcome without noise and shared shocks, given what media did, of one geo or summed over all."""
    expected, shock = np.array(media_dt), shock_of(fit.baseline)
    for term in fit.baseline:
        if term is not shock:
            expected += term.contribution(geo)
    return expected


def last_noise(
    fit: Fit,
    expected_dt: Float[np.ndarray, "draw time"],
    sd_dt: Float[np.ndarray, "draw time"],
    geo: int | None,
) -> tuple[int, Float[np.ndarray, " draw"]] | None:
    """The last trained period, and each draw's noise in it, in standard deviations.

    None where that says nothing of the periods after it.
    """
    known = seen(fit, geo)
    if fit.noise.rho_d is None or not known.trained_t.any():
        return None
    last = int(np.flatnonzero(known.trained_t)[-1])
    return last, np.asarray((known.outcome_t[last] - expected_dt[:, last]) / sd_dt[:, last])


def noise_sd(
    sigma_dg: Float[np.ndarray, "draw geo"],
    there_gt: Bool[np.ndarray, "geo time"],
    geo: int | None = None,
) -> Float[np.ndarray, "draw time"]:
    """Standard deviation of the outcome's noise per period, of one geo or of the sum of those present."""
    if geo is not None or len(there_gt) == 1:
        part = slice(0, 1) if geo is None else slice(geo, geo + 1)
        return np.asarray(sigma_dg[:, part] * there_gt[part])
    return np.asarray(np.sqrt(sigma_dg**2 @ there_gt))


@dataclass(frozen=True)
class Seen:
    """What an outcome is scored against.

    Args:
        outcome_t: Observed; NaN where it isn't known in full.
        trained_t: Where it entered the likelihood.
        held_out_t: Where it is known and didn't.
    """

    outcome_t: Float[np.ndarray, " time"]
    trained_t: Bool[np.ndarray, " time"]
    held_out_t: Bool[np.ndarray, " time"]


def seen(fit: Fit, geo: int | None = None) -> Seen:
    """The outcome of one geo, or the sum over geos in periods in which all that are present are known."""
    data = fit.dataset
    if geo is not None or len(data.geos) == 1:
        outcome_t, trained_t = data.outcome_gt[geo or 0], fit.trained_gt[geo or 0]
    else:
        outcome_t = data.national().outcome_gt[0]
        trained_t = np.isfinite(outcome_t) & (fit.trained_gt | ~present_gt(fit)).all(axis=0)
    return Seen(outcome_t, trained_t, np.isfinite(outcome_t) & ~trained_t)


def quality(fit: Fit, outcome: Fitted | None = None, geo: int | None = None) -> Quality:
    """Score a fit; held-out periods are those observed but not trained on.

    Args:
        fit: A fit.
        outcome: From `fitted` with the same `geo`, if it is there already.
        geo: Position of a geo; None: the sum over geos, scored where all geos present are known.
    """
    outcome = outcome or fitted(fit, geo)
    known = seen(fit, geo)
    return Quality(
        trained=_score(known.outcome_t, outcome, known.trained_t),
        holdout=_score(known.outcome_t, outcome, known.held_out_t) if known.held_out_t.any() else None,
    )


def _score(
    outcome_t: Float[np.ndarray, " time"], outcome: Fitted, rows_t: Bool[np.ndarray, " time"]
) -> Score:
    if not rows_t.any():
        return NO_SCORE
    y = outcome_t[rows_t]
    error = y - outcome.mean_t[rows_t]
    interval = bands(outcome.predictive_dt[:, rows_t])
    low, high = interval["p5"], interval["p95"]
    spread = float(((y - y.mean()) ** 2).sum())
    scored = y != 0
    return Score(
        r2=1.0 - float((error**2).sum()) / spread if spread > 0 else float("nan"),
        mape=float(np.mean(np.abs(error[scored] / y[scored]))) if scored.any() else float("nan"),
        wmape=float(np.abs(error).sum() / np.abs(y).sum()) if scored.any() else float("nan"),
        coverage90=float(np.mean((y >= low) & (y <= high))),
        periods=int(rows_t.sum()),
        mape_left_out=int((~scored).sum()),
    )
