"""Models of one outcome side by side: what each says of periods that it hasn't seen.

A spec is judged by leave-future-out forecasts against naive ones (`choosing.futures`), and where it has a
density by leave-one-out (`choosing.loo`). Stacking weights are those of the mixture of forecasts that would
have scored best; what stacking is worth is told of each origin with weights from the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Finding
from mediamix.measure.choosing.comparison import STACK, Comparison, Row, Score
from mediamix.measure.choosing.crps import Distances, crps
from mediamix.measure.choosing.futures import (
    Candidate,
    Forecasts,
    OnStep,
    forecasts,
    naive,
    outcomes,
)
from mediamix.measure.choosing.kept import Kept
from mediamix.measure.choosing.loo import REFIT_K, REFITS, LeaveOneOut, leave_one_out_of, why_not
from mediamix.measure.choosing.naive import NAIVE
from mediamix.measure.choosing.refusing import origins_of, refuse_incomparable, refuse_unknown
from mediamix.measure.choosing.weights import stacking_weights
from mediamix.measure.interval import bands
from mediamix.models.mixed import shares

#: Stretches of the horizon that are told apart.
STRETCHES = 3


def compare(
    candidates: Sequence[Candidate],
    *,
    origins: int | None = None,
    horizon: int | None = None,
    kept: Path | None = None,
    on_step: OnStep = lambda step: None,
) -> Comparison:
    """Compare candidates; see `Comparison`.

    Args:
        candidates: Two or more.
        origins: Where the outcome is cut; None: four, fewer where the data are short.
        horizon: Periods ahead of each; None: a quarter of a year.
        kept: Folder of finished refits; None: they are not kept.
        on_step: Told what is being fitted.

    Raises:
        SpecError: They can't be compared, or the data are too short; all findings at once.
        UserError: A refit is refused.
    """
    refuse_incomparable(candidates)
    data, folder = candidates[0].dataset, Kept(kept)
    cuts = origins_of(data, origins, horizon)
    seen_ot, known_ot = outcomes(data, cuts)
    refuse_unknown([str(data.dates[start]) for start in cuts.starts], known_ot)
    made = {one.name: forecasts(one, cuts, folder, on_step) for one in candidates}
    reasons = {one.name: why for one in candidates if (why := why_not(one)) is not None}
    alone = {
        one.name: leave_one_out_of(one, folder, on_step) for one in candidates if one.name not in reasons
    }
    on_step("Scoring")
    plain = naive(data, cuts, candidates[0].spec.sampler.seed)
    names = [one.name for one in candidates]
    distances = [_distances([made[name][o] for name in names], seen_ot[o]) for o in range(len(seen_ot))]
    weight_m = stacking_weights(_joined(distances, known_ot))
    rows = [
        Row(name, "model", score_of(made[name], seen_ot, known_ot), float(weight), alone.get(name))
        for name, weight in zip(names, weight_m, strict=True)
    ]
    findings = [Finding("loo", "info", name, f"no leave-one-out: {why}") for name, why in reasons.items()]
    findings += [
        Finding("naive", "info", name, "left out: the first origin has too little past for it")
        for name in NAIVE
        if name not in plain
    ]
    weights_om = _learned_elsewhere(distances, known_ot)
    if weights_om is not None:
        mixed = tuple(_mixed([made[name][o] for name in names], w) for o, w in enumerate(weights_om))
        rows.append(Row(STACK, "stack", score_of(mixed, seen_ot, known_ot)))
    rows += [Row(name, "naive", score_of(found, seen_ot, known_ot)) for name, found in plain.items()]
    return Comparison(
        rows=tuple(rows),
        origins=tuple(str(data.dates[start]) for start in cuts.starts),
        horizon=cuts.horizon,
        stretches=_stretches(cuts.horizon),
        every=data.every,
        unit=data.outcome_unit,
        weights_om=weights_om,
        findings=(*findings, *_untrusted(alone)),
    )


def _distances(made: Sequence[Float[np.ndarray, "draw time"]], seen_t: np.ndarray) -> Distances:
    """Of one origin; where the outcome isn't known they say nothing and are left out by `_joined`."""
    return Distances.of(made, np.nan_to_num(seen_t))


def _joined(distances: Sequence[Distances], known_ot: np.ndarray) -> Distances:
    """Of the known periods of several origins."""
    return Distances(
        np.concatenate([d.to_outcome_tm[known] for d, known in zip(distances, known_ot, strict=True)]),
        np.concatenate([d.between_tmm[known] for d, known in zip(distances, known_ot, strict=True)]),
    )


def _learned_elsewhere(
    distances: Sequence[Distances], known_ot: np.ndarray
) -> Float[np.ndarray, "origin model"] | None:
    """Weights for each origin that were learned from the others; None with one origin."""
    if len(distances) < 2:
        return None
    found = []
    for o in range(len(distances)):
        others = [k for k in range(len(distances)) if k != o]
        found.append(stacking_weights(_joined([distances[k] for k in others], known_ot[others])))
    return np.array(found)


def _mixed(made: Sequence[Float[np.ndarray, "draw time"]], weight_m: np.ndarray) -> np.ndarray:
    """Draws of a mixture of forecasts."""
    rows = shares(weight_m, [len(draws_dt) for draws_dt in made])
    return np.concatenate([draws_dt[own] for draws_dt, own in zip(made, rows, strict=True)])


def score_of(made: Forecasts, seen_ot: np.ndarray, known_ot: np.ndarray) -> Score:
    """Scores of one model's forecasts; NaN in periods whose outcome isn't known."""
    filled_ot = np.nan_to_num(seen_ot)
    crps_ot = np.stack([crps(draws_dt, seen_t) for draws_dt, seen_t in zip(made, filled_ot, strict=True)])
    seen = [bands(draws_dt) for draws_dt in made]
    mean_ot, low_ot, high_ot = (np.stack([one[name] for one in seen]) for name in ("mean", "p5", "p95"))
    with np.errstate(divide="ignore", invalid="ignore"):
        off_ot = np.where(seen_ot != 0, np.abs(mean_ot - seen_ot) / np.abs(seen_ot), np.nan)
    inside_ot = np.where(known_ot, (seen_ot >= low_ot) & (seen_ot <= high_ot), np.nan)
    return Score(np.where(known_ot, crps_ot, np.nan), off_ot, inside_ot)


def _stretches(horizon: int) -> tuple[tuple[int, int], ...]:
    """Parts of the horizon, as first and one after the last period."""
    edges = np.linspace(0, horizon, min(STRETCHES, horizon) + 1).round().astype(int).tolist()
    return tuple(pairwise(edges))


def _untrusted(alone: Mapping[str, LeaveOneOut]) -> list[Finding]:
    """Leave-one-out sums with periods that no weights and no refit vouch for."""
    return [
        Finding(
            "loo",
            "warning",
            name,
            f"{found.untrusted} of {len(found.log_p_n)} periods have a k-hat above {REFIT_K} beyond the "
            f"{REFITS} that were refitted",
            "their densities are too high by an unknown amount",
            "judge by leave-future-out",
        )
        for name, found in alone.items()
        if found.untrusted
    ]
