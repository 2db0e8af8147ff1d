"""Today's split as evidence: budgets of the past were managed, so that it may be a good one.

A model's priors know nothing of that: they take channels for independent, so that most splits look
far from the best, and a plan's promise is too high where today's split is nearly the best. Of the best
split one thing is known: what the next unit brings is the same in all channels. So the planner
weighs a fit's draws by how alike the logs x_c of their marginal returns are today,

    w ∝ ∫ exp( −Σ_c (x_c − x̄)² / (2 τ²) ) / Z(τ)  d log τ,    τ from 5 % to 100 %

where Z(τ) is the mean of the numerator under the priors. How alike they are, τ, is learned too: all
orders of size are equally likely before the data, and where returns clearly differ the weights
are nearly even. This is a hierarchical prior on marginal returns, by importance sampling.

`benchmarks/planner_truth.py` measures what it does to plans under known truths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mediamix.core.types import Window
from mediamix.measure.response import response_draws
from mediamix.measure.thinning import thinned, thinned_rows
from mediamix.models.base import Fit
from mediamix.models.returns import AROUND, ReturnPrior, elasticity_of, return_prior

#: How different the marginal returns may be: standard deviations of their logs.
SPREADS = np.geomspace(0.05, 1.0, 24)
#: Draws that the weighted ones are worth, at least; else the smallest spreads are left out.
EFFECTIVE = 100
#: What a plan says where there is none.
NONE = (
    "today's split could not be counted as evidence, for lack of draws or of channels: where it is a good "
    "one, probabilities are too high"
)
#: Draws × cells of the data whose marginal returns are computed at most.
EVALUATIONS = 5e8


@dataclass(frozen=True)
class Evidence:
    """What today's split says about a fit's draws.

    Args:
        weight_d: Of the draws, sum 1.
        spread: Posterior mean of τ: about how much marginal returns differ.
        least: Smallest τ that the draws could be weighed by.
    """

    weight_d: Float[np.ndarray, " draw"]
    spread: float
    least: float

    @property
    def effective(self) -> float:
        """Draws that the weighted ones are worth, ``1 / Σ w²``."""
        return float(1.0 / (self.weight_d**2).sum())

    def __str__(self) -> str:
        text = (
            "today's split counts as evidence that it is a good one (--no-history leaves that out): what the "
            f"next unit brings is taken to differ by about {self.spread:.0%} between channels"
        )
        few = f"; that it is less than {self.least:.0%} needs more draws than the fit has"
        return text + (few if self.least > SPREADS[0] else "")

    def rows(self, size: int) -> Int[np.ndarray, " row"]:
        """So many draws, each as often as its weight says, up to one."""
        ticks = (np.arange(size) + 0.5) / size
        return np.asarray(
            np.minimum(np.searchsorted(np.cumsum(self.weight_d), ticks), len(self.weight_d) - 1)
        )


def with_history(fit: Fit, most: int, window: Window | None = None) -> tuple[Fit, Evidence | None]:
    """A fit of at most `most` draws, picked by what today's split says, and what that is.

    None, and draws thinned evenly, where it says nothing: with spend in fewer than two channels there is
    nothing to compare, and hardly any draws tell nothing.

    Args:
        fit: A fit.
        most: Draws.
        window: Periods whose split counts; absent: all.
    """
    spend_c = fit.dataset.spend_gtc[:, (window or Window(0, fit.dataset.n_periods)).slice].sum(axis=(0, 1))
    channels = [c for c, spend in enumerate(spend_c) if spend > 0]
    if len(channels) < 2:
        return thinned(fit, thinned_rows(fit.n_draws, most)), None
    pool = max(most, int(EVALUATIONS / fit.dataset.exposure_gtc.size))
    fit = thinned(fit, thinned_rows(fit.n_draws, pool))
    found = evidence(marginal_returns(fit, channels, window), return_prior(fit, channels))
    rows = thinned_rows(fit.n_draws, most) if found is None else found.rows(min(most, fit.n_draws))
    return thinned(fit, rows), found


def marginal_returns(
    fit: Fit, channels: list[int], window: Window | None = None
) -> Float[np.ndarray, "draw channel"]:
    """Logs of what the next unit of money brings today, outcome units, per draw."""
    window = window or Window(0, fit.dataset.n_periods)
    response_cdp = response_draws(fit, AROUND, window=window, carry_out=True)[channels]
    spend_c = fit.dataset.spend_gtc[:, window.slice].sum(axis=(0, 1))[channels]
    low_cd, high_cd = response_cdp[..., 0], response_cdp[..., 1]
    average_cd = 0.5 * (low_cd + high_cd) / spend_c[:, None]
    elasticity_cd = np.stack([elasticity_of(*ends) for ends in zip(low_cd, high_cd, strict=True)])
    return np.asarray(np.log(np.maximum(average_cd * elasticity_cd, 1e-300)).T)


def evidence(log_return_dc: Float[np.ndarray, "draw channel"], prior: ReturnPrior) -> Evidence | None:
    """Weights of draws by how alike their marginal returns are.

    The smallest spreads may ask for draws that are hardly there. Then they are left out, the smallest
    first, until the weighted draws are worth `EFFECTIVE` even ones; None where that never happens.
    """
    apart_d = ((log_return_dc - log_return_dc.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    log_kd = -0.5 * apart_d / SPREADS[:, None] ** 2 - log_alike(prior)[:, None]
    for least in range(len(SPREADS)):
        part_kd = np.exp(log_kd[least:] - log_kd[least:].max())
        weight_d = part_kd.sum(axis=0) / part_kd.sum()
        found = Evidence(
            weight_d, float(part_kd.sum(axis=1) @ SPREADS[least:] / part_kd.sum()), float(SPREADS[least])
        )
        if found.effective >= EFFECTIVE:
            return found
    return None


def log_alike(prior: ReturnPrior) -> Float[np.ndarray, " spread"]:
    """``log Z(τ)``: log of the prior mean of ``exp(−Σ (x_c − x̄)² / (2 τ²))``.

    With B an orthonormal basis of what differs between channels, ``y = Bᵀx ~ N(m, S)`` and
    ``Z = |I + S/τ²|^(−½) exp(−½ mᵀ (S + τ² I)⁻¹ m)``.
    """
    n = len(prior.location_c)
    # Columns that sum to zero, orthonormal: the centring matrix without its null space.
    basis = np.linalg.svd(np.eye(n) - 1.0 / n)[0][:, : n - 1]
    mean = basis.T @ prior.location_c
    size, turned = np.linalg.eigh(basis.T @ (prior.scale_c[:, None] ** 2 * basis))
    along = (turned.T @ mean) ** 2
    square_k = SPREADS[:, None] ** 2
    log_kj = -0.5 * np.log1p(size / square_k) - 0.5 * along / (size + square_k)
    return np.asarray(log_kj.sum(axis=1))
