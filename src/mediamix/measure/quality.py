"""How well a fit describes the outcome, in the window and on held-out periods."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from mediamix.measure.contribution import decompose
from mediamix.models.base import Fit


@dataclass(frozen=True)
class Score:
    """Error of the posterior mean and coverage of the predictive 90 % interval.

    Args:
        r2: ``1 − SS(residual) / SS(outcome − mean)``.
        mape: Mean of |residual| / |outcome| over periods with a non-zero outcome.
        wmape: Sum of |residual| / sum of |outcome|.
        coverage90: Share of periods inside the predictive 90 % interval.
        periods: How many were scored.
    """

    r2: float
    mape: float
    wmape: float
    coverage90: float
    periods: int

    def to_dict(self) -> dict[str, float | None]:
        """For JSON: always the same keys; what doesn't exist is null."""
        values = {name: getattr(self, name) for name in ("r2", "mape", "wmape", "coverage90", "periods")}
        return {name: value if math.isfinite(value) else None for name, value in values.items()}


#: Of no periods.
NO_SCORE = Score(math.nan, math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Quality:
    """Scores of the trained periods and, where some were held out, of those."""

    trained: Score
    holdout: Score | None


@dataclass(frozen=True)
class Fitted:
    """The outcome as the model sees it.

    Args:
        mean_t: Posterior mean of the expected outcome.
        predictive_dt: Draws of the outcome with noise.
    """

    mean_t: Float[np.ndarray, " time"]
    predictive_dt: Float[np.ndarray, "draw time"]


def fitted(fit: Fit) -> Fitted:
    """Expected and predictive outcome; the noise is drawn from the fit's seed."""
    expected = np.zeros((fit.n_draws, fit.dataset.n_periods))
    for component in decompose(fit):
        expected += component.draws_dt
    mean = expected.mean(axis=0)
    rng = np.random.default_rng([fit.run.seed, 2])
    expected += fit.sigma_d[:, None] * rng.standard_normal(expected.shape)
    return Fitted(mean, expected)


def quality(fit: Fit, outcome: Fitted | None = None) -> Quality:
    """Score a fit; held-out periods are those observed but not trained on."""
    outcome = outcome or fitted(fit)
    observed = fit.dataset.observed_gt[0]
    held_out = observed & ~fit.trained_t
    return Quality(
        trained=_score(fit, outcome, fit.trained_t),
        holdout=_score(fit, outcome, held_out) if held_out.any() else None,
    )


def _score(fit: Fit, outcome: Fitted, rows_t: Bool[np.ndarray, " time"]) -> Score:
    y = fit.dataset.outcome_gt[0, rows_t]
    error = y - outcome.mean_t[rows_t]
    low, high = np.quantile(outcome.predictive_dt[:, rows_t], (0.05, 0.95), axis=0)
    spread = float(((y - y.mean()) ** 2).sum())
    scored = y != 0
    return Score(
        r2=1.0 - float((error**2).sum()) / spread if spread > 0 else float("nan"),
        mape=float(np.mean(np.abs(error[scored] / y[scored]))) if scored.any() else float("nan"),
        wmape=float(np.abs(error).sum() / np.abs(y).sum()) if scored.any() else float("nan"),
        coverage90=float(np.mean((y >= low) & (y <= high))),
        periods=int(rows_t.sum()),
    )
