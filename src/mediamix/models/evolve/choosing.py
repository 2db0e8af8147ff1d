"""From all candidates to one model: Pareto fronts, groups that are alike, and the best of them with a reason.

Robyn's rules: candidates in the worst tenth of NRMSE or DECOMP.RSSD aren't looked at, nor with experiments
those outside of the best tenth of MAPE.lift; fronts are of NRMSE and DECOMP.RSSD; of their models the one is
recommended whose errors, each from 0 to 1 over these models, are nearest to zero. Its NRMSE is that of the
periods that neither trained nor steered the search, where `train_size` leaves some.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.errors import DataError
from mediamix.core.numbers import percent
from mediamix.core.spec.evolve import Evolve
from mediamix.models.evolve.clusters import grouped
from mediamix.models.evolve.pareto import fronts
from mediamix.models.evolve.record import OBJECTIVES, Found

#: Quantiles of the objectives up to which candidates are looked at.
WORST, BEST_LIFT = 0.9, 0.1
#: A group that draws can be drawn from.
LEAST_MODELS = 3
NRMSE, RSSD, MAPE = range(3)


def choose(
    found: Found, spend_c: Float[np.ndarray, " channel"], keys: Evolve, rng: np.random.Generator
) -> Found:
    """The candidates with their fronts, groups and the recommended one.

    Args:
        found: All candidates.
        spend_c: Over the window; 0 of a channel that isn't paid.
        keys: Of the family.
        rng: For the groups.

    Raises:
        DataError: No candidate is admissible.
    """
    usable = np.isfinite(found.objectives).all(axis=1)
    if not usable.any():
        raise _none_usable(found)
    admissible = np.flatnonzero(_admissible(found.objectives, usable))
    front = np.zeros(len(usable), dtype=np.int64)
    front[admissible] = fronts(found.objectives[admissible, :MAPE], keys.models)
    models = np.flatnonzero(front > 0)
    cluster = np.full(len(front), -1)
    cluster[models] = grouped(_returns(found, spend_c)[models], keys.clusters, rng)
    score = _score(_judged(found)[models], np.array(keys.weights))
    sizes = np.bincount(cluster[models])
    if sizes.max() < LEAST_MODELS:
        cluster[models] = 0
        sizes = np.array([len(models)])
    allowed = sizes[cluster[models]] >= min(LEAST_MODELS, sizes.max())
    chosen = int(models[np.where(allowed, score, np.inf).argmin()])
    made = replace(found, front=front, cluster=cluster, chosen=chosen)
    return replace(made, reason=_reason(made))


def _admissible(
    objectives: Float[np.ndarray, "candidate objective"], usable: Bool[np.ndarray, " candidate"]
) -> Bool[np.ndarray, " candidate"]:
    kept = usable.copy()
    for i, limit in enumerate((WORST, WORST, BEST_LIFT)[: objectives.shape[1]]):
        kept &= objectives[:, i] <= np.quantile(objectives[usable, i], limit)
    if not kept.any():
        # The best tenth of the lifts may be the worst tenth of the rest.
        kept = usable & (objectives[:, -1] <= np.quantile(objectives[usable, -1], BEST_LIFT))
    return kept


def _judged(found: Found) -> Float[np.ndarray, "candidate objective"]:
    """The objectives, with the NRMSE of periods that weren't used, where there are some."""
    judged = found.objectives.copy()
    test = found.errors[:, 2]
    judged[:, NRMSE] = np.where(np.isfinite(test), test, judged[:, NRMSE])
    return judged


def _score(
    errors: Float[np.ndarray, "model objective"], weights: Float[np.ndarray, " 3"]
) -> Float[np.ndarray, " model"]:
    """Distance to zero of the errors, each from 0 to 1 over the models and weighed."""
    low, high = errors.min(axis=0), errors.max(axis=0)
    part = (errors - low) / np.where(high > low, high - low, 1.0)
    return np.asarray(np.sqrt(((part * weights[: errors.shape[1]] / weights.sum()) ** 2).sum(axis=1)))


def _returns(found: Found, spend_c: Float[np.ndarray, " channel"]) -> Float[np.ndarray, "candidate compared"]:
    """What models are compared by: outcome per money of each paid channel; effects where none is paid."""
    paid = spend_c > 0
    return np.asarray(found.effect[:, paid] / spend_c[paid]) if paid.any() else found.effect


def _reason(found: Found) -> str:
    models, own = int((found.front > 0).sum()), len(found.members)
    errors = ", ".join(
        f"{name} {value:.3g}"
        for name, value in zip(OBJECTIVES.values(), found.objectives[found.chosen], strict=False)
    )
    return (
        f"of {len(found.front):,} candidates {models:,} are on the first {found.front.max():,} Pareto "
        f"fronts; {own:,} of them ({percent(own / models)}) give returns like this one's; among all it has "
        f"the errors nearest to zero ({errors})"
    )


def _none_usable(found: Found) -> DataError:
    blind = int((~np.isfinite(found.objectives[:, NRMSE])).sum())
    idle = int((~np.isfinite(found.objectives[:, RSSD])).sum())
    return DataError(
        "no model is admissible: not one candidate of the search can be judged",
        expected="candidates in which paid media have an effect, and a validation in which the outcome moves",
        got=f"of {len(found.front):,} candidates {idle:,} without any effect of paid media, {blind:,} "
        "without a validation",
        next_step="check that media and the outcome are of the same market and the same dates, say "
        "`model: {evolve: {train_size: all}}`, or fit `model: {family: bayes}`",
    )
