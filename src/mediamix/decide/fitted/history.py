"""Today's split as evidence: budgets of the past were managed, so that it may be a good one.

A model's priors know nothing of that: they take channels for independent, so that most splits look
far from the best, and a plan's promise is too high where today's split is nearly the best. Of the best
split one thing is known: what the next unit brings is the same in all channels. So the planner
weighs a fit's draws by how alike the logs x_c of their marginal returns are today,

    w ∝ F(x) = ∫∫ Π_c ( ε + (1 − ε) K((x_c − μ) / τ) / Z_c ) p(μ) dμ d log τ,    τ from 5 % to 100 %

with K Student's t and Z_c its prior mean (`models.returns`). How alike they are, τ, is learned too: all
orders of size are equally likely before the data, and where returns clearly differ the weights are nearly
even. A channel may stand apart from the others, with probability ε: one clear loser isn't lifted by them,
nor one excellent channel lowered. This is a hierarchical prior on marginal returns.

Draws are picked by their weights. Where too few of a fit's draws have returns so alike, which is usual
for many channels, the fit is sampled again with the same factor in its density (`models.again`), from
draws of its own. What comes out must be near the fit (`near`): else it has fallen into another mode, and
counts for nothing. `benchmarks/planner/truth.py` and `alike.py` measure what this does to plans under
known truths, `seeds.py` that another seed gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mediamix.core.errors import MediamixError
from mediamix.core.types import Window
from mediamix.inference.progress import Progress
from mediamix.measure.convergence import convergence
from mediamix.measure.response import response_draws
from mediamix.measure.thinning import thinned, thinned_rows
from mediamix.models.again import sample_again
from mediamix.models.base import Fit
from mediamix.models.family import family_of
from mediamix.models.returns import NEXT, SPREADS, Alike, alike_of, elasticity_of

#: Even draws that the weighted ones are worth: from so many on they do; else the fit is sampled again.
ENOUGH = 300
#: Where that can't be, the smallest spreads are left out until they are worth so many.
LEAST = 100
#: The smallest spread that a fit is sampled again with, and where that doesn't mix. Chains of more channels
#: than `FEW` hardly find their way between returns that are all alike and others, and take long to try. They
#: are always sampled again: weights miss the few draws whose returns are all alike, and which way is taken
#: must not hang on a seed.
SAMPLED, SAMPLED_MANY, FEW = (0.0, 0.1), (0.1, 0.2), 5
#: Part of a posterior's draws that counts as outside of it, and how far two means of one may differ, in
#: standard deviations (with `LEAST` draws a tenth of one is their standard error).
OUTER, APART = 0.01, 1.0
#: A fit that took longer to sample isn't sampled again.
PATIENCE_S = 60.0
#: Draws × cells of the data whose marginal returns are computed at most.
EVALUATIONS = 5e8
#: What a plan says where there is no evidence.
NONE = (
    "today's split could not be counted as evidence, for lack of draws, channels or priors, or because "
    "sampling with it did not end near the fit: where it is a good one, probabilities are too high"
)


@dataclass(frozen=True)
class Evidence:
    """What today's split says about a fit's draws.

    Args:
        weight_d: Of the draws, sum 1.
        spread: Posterior mean of τ, a standard deviation of logs: about how much marginal returns differ.
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
            "today's split counts as evidence that it is a good one (--no-history leaves that out) for the "
            "choice of the plan and its odds, not for what the channels bring, which is the fit's: what the "
            f"next unit brings is taken to differ by about {self.spread:.0%} between channels"
        )
        few = f"; whether it is less than {self.least:.0%} could not be told"
        return text + (few if self.least > SPREADS[0] else "")

    def rows(self, size: int) -> Int[np.ndarray, " row"]:
        """So many draws, each as often as its weight says, up to one."""
        ticks = (np.arange(size) + 0.5) / size
        return np.asarray(
            np.minimum(np.searchsorted(np.cumsum(self.weight_d), ticks), len(self.weight_d) - 1)
        )


def with_history(
    fit: Fit,
    most: int,
    window: Window | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> tuple[Fit, Int[np.ndarray, " row"], Evidence | None]:
    """A fit and which of its draws, `most` of them at most, count what today's split says; and what that is.

    The fit is the given one unless it was sampled again. None, and draws thinned evenly, where it says
    nothing: with spend in fewer than two channels there is nothing to compare, and hardly any draws tell
    nothing.

    Args:
        fit: A fit.
        most: Draws.
        window: Periods whose split counts; absent: all.
        on_progress: Called while the fit is sampled again.
    """
    window = window or Window(0, fit.dataset.n_periods)
    data = fit.dataset
    # Money without exposure has no return to compare.
    seen_c = (data.spend_gtc[:, window.slice].sum(axis=(0, 1)) > 0) & (
        data.exposure_gtc[:, window.slice].sum(axis=(0, 1)) > 0
    )
    # What a channel with mediators returns has no prior of its own: it isn't compared.
    channels = [int(c) for c in np.flatnonzero(seen_c) if not fit.channels[int(c)].through]
    if len(channels) < 2 or not family_of(fit).density:
        return fit, thinned_rows(fit.n_draws, most), None
    alike = alike_of(fit, channels)
    even = thinned_rows(fit.n_draws, max(most, int(EVALUATIONS / data.exposure_gtc.size)))
    pool = thinned(fit, even)
    found = evidence(marginal_returns(pool, channels, window), alike)
    scarce = found is None or found.effective < ENOUGH or found.least > SPREADS[0]
    if scarce or len(channels) > FEW:
        again = _again(fit, pool, found, (channels, alike, window), on_progress)
        if again is not None:
            sampled, used = again
            term_dk = used.terms(marginal_returns(sampled, channels, window))
            spread = float((term_dk @ used.spread_k / term_dk.sum(axis=1)).mean())
            count = sampled.n_draws
            found = Evidence(np.full(count, 1.0 / count), spread, float(used.spread_k[0]))
            return sampled, found.rows(min(most, count)), found
    if found is None:
        return fit, thinned_rows(fit.n_draws, most), None
    return fit, even[found.rows(min(most, len(even)))], found


def marginal_returns(fit: Fit, channels: list[int], window: Window) -> Float[np.ndarray, "draw channel"]:
    """Logs of what the next unit of money brings today, outcome units per unit of spend."""
    response_cdp = response_draws(fit, NEXT, window=window, carry_out=True)[channels]
    spend_c = fit.dataset.spend_gtc[:, window.slice].sum(axis=(0, 1))[channels]
    now_cd, then_cd = response_cdp[..., 0], response_cdp[..., 1]
    elasticity_cd = np.stack([elasticity_of(*ends) for ends in zip(now_cd, then_cd, strict=True)])
    # What a channel brings may be below zero in some draws, with any elasticity: a return of nothing.
    with np.errstate(over="ignore"):
        return_cd = np.maximum(elasticity_cd * now_cd / spend_c[:, None], 1e-300)
    return np.asarray(np.log(return_cd).T)


def evidence(log_return_dc: Float[np.ndarray, "draw channel"], alike: Alike) -> Evidence | None:
    """Weights of draws by how alike their marginal returns are.

    The smallest spreads may ask for draws that are hardly there. Then they are left out, the smallest
    first, until the weighted draws are worth `LEAST` even ones; None where that never happens.
    """
    term_dk, spread_k = alike.terms(log_return_dc), alike.spread_k
    for k in range(len(spread_k)):
        part_dk = term_dk[:, k:] / term_dk[:, k:].sum()
        found = Evidence(part_dk.sum(axis=1), float(part_dk.sum(axis=0) @ spread_k[k:]), float(spread_k[k]))
        if found.effective >= LEAST:
            return found
    return None


def near(
    first_dq: Float[np.ndarray, "draw quantity"], second_dq: Float[np.ndarray, "other_draw quantity"]
) -> bool:
    """Whether draws of a second posterior lie where a first one has looked, quantity by quantity.

    The belief says which of the returns that the data allow are likely; it can't find others. Each
    quantity's median must lie within the first's central 99 %, and may be as certain as it likes.
    """
    low_q, high_q = np.quantile(first_dq, (OUTER / 2, 1 - OUTER / 2), axis=0)
    middle_q = np.median(second_dq, axis=0)
    return bool(((middle_q >= low_q) & (middle_q <= high_q)).all())


def agree(
    first: tuple[Float[np.ndarray, "draw quantity"], Float[np.ndarray, " draw"]],
    second: tuple[Float[np.ndarray, "other_draw quantity"], Float[np.ndarray, " other_draw"]],
) -> bool:
    """Whether two weighted samples can be of one posterior: means within `APART` standard deviations.

    Both are weighted towards a belief between the two that they were drawn with. Where either has hardly
    any draws there, nothing can be said, and that is no objection.
    """
    moments = []
    for draws_dq, weight_d in (first, second):
        share_d = weight_d / weight_d.sum()
        if 1.0 / (share_d**2).sum() < LEAST:
            return True
        mean_q = share_d @ draws_dq
        moments.append((mean_q, np.sqrt(share_d @ (draws_dq - mean_q) ** 2)))
    (mean_q, sd_q), (other_q, other_sd_q) = moments
    return bool((np.abs(mean_q - other_q) <= APART * np.maximum(sd_q, other_sd_q)).all())


def _again(
    fit: Fit,
    pool: Fit,
    found: Evidence | None,
    belief: tuple[list[int], Alike, Window],
    on_progress: Callable[[Progress], None] | None,
) -> tuple[Fit, Alike] | None:
    """The fit sampled with the evidence, and how much of it; None where that can't be, or takes long."""
    window = belief[2]
    if window.stop < fit.dataset.n_periods or fit.run.seconds.get("sample_s", 0.0) > PATIENCE_S:
        return None
    # Who plans once plans again: another budget, another bound.
    key = ("sampled again", window)
    if key not in fit.memo:
        fit.memo[key] = next(_tried(fit, pool, found, belief, on_progress), None)
    again: tuple[Fit, Alike] | None = fit.memo[key]
    return again


def _tried(
    fit: Fit,
    pool: Fit,
    found: Evidence | None,
    belief: tuple[list[int], Alike, Window],
    on_progress: Callable[[Progress], None] | None,
) -> Iterator[tuple[Fit, Alike]]:
    """The fit sampled with less and less of the evidence, where the chains agree and end near the fit."""
    channels, alike, window = belief
    starts = thinned_rows(fit.n_draws, pool.n_draws)
    if found is not None:
        starts = starts[found.rows(pool.n_draws)]
    first = _quantities(pool, channels, window)
    for least in SAMPLED if len(channels) <= FEW else SAMPLED_MANY:
        used = alike.without(least)
        try:
            again = sample_again(fit, channels, used, window, on_progress, starts=starts)
        except MediamixError:
            continue
        if convergence(again).verdict == "failed":
            continue
        second = _quantities(again, channels, window)
        if near(first, second) and _agrees(first, second, used, found):
            yield again, used


def _quantities(fit: Fit, channels: list[int], window: Window) -> Float[np.ndarray, "draw quantity"]:
    """Logs of marginal returns, and of what all channels bring."""
    total_d = response_draws(fit, NEXT[:1], window=window, carry_out=True)[channels, :, 0].sum(axis=0)
    logs_d = np.log(np.maximum(total_d, 1e-300))
    return np.column_stack([marginal_returns(fit, channels, window), logs_d])


def _agrees(first_dq: np.ndarray, second_dq: np.ndarray, used: Alike, found: Evidence | None) -> bool:
    """Whether the fit's draws and those sampled again meet at a belief that the former can be weighed by."""
    if found is None:
        return True
    between = used.without(found.least)
    first_d, second_d = (between.terms(part[:, :-1]).sum(axis=1) for part in (first_dq, second_dq))
    return agree((first_dq, first_d), (second_dq, second_d / used.terms(second_dq[:, :-1]).sum(axis=1)))
