"""What can't be compared: other outcomes, rows or units, and too little data to look ahead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from mediamix.core.errors import DataError, SpecError
from mediamix.data.dataset import Dataset
from mediamix.data.repeat import YEAR
from mediamix.measure.choosing.futures import Candidate, Origins

#: Origins, and quarters of a year that are forecast from each.
ORIGINS = 4


def refuse_incomparable(candidates: Sequence[Candidate]) -> None:
    """SpecError where candidates aren't about the same outcome of the same periods; all of it at once."""
    if len(candidates) < 2:
        raise SpecError(
            "there is nothing to compare",
            expected="two specs or more",
            got="one" if candidates else "none",
            next_step="give another: mediamix compare base.yml other.yml",
        )
    first, problems = candidates[0], []
    for n, one in enumerate(candidates):
        for earlier in candidates[:n]:
            if one.name == earlier.name:
                problems.append(f"{one.name} is there twice")
            elif (one.spec.hash, one.dataset.hash) == (earlier.spec.hash, earlier.dataset.hash):
                problems.append(f"{one.name} says the same as {earlier.name}, of the same data")
        if n:
            problems += [f"{one.name} {line}" for line in _unlike(one, first)]
    if problems:
        raise SpecError(
            "these specs can't be compared",
            details=list(dict.fromkeys(problems)),
            expected=f"different models of one outcome over the same periods, as {first.name} has it",
            next_step="compare specs that read the same outcome; those of other windows, units or geos "
            "answer another question",
        )


def _unlike(one: Candidate, first: Candidate) -> list[str]:
    """In what a candidate's outcome isn't the first one's."""
    data, base = one.dataset, first.dataset
    told = [
        f"is of {what} {got}, {first.name} of {wanted}"
        for what, got, wanted in (
            ("the outcome", repr(data.outcome_name), repr(base.outcome_name)),
            ("outcomes in", _unit(data), _unit(base)),
            ("periods of a", str(data.every), str(base.every)),
            ("the last periods held out,", str(one.spec.holdout.last), str(first.spec.holdout.last)),
        )
        if got != wanted
    ]
    if not np.array_equal(data.dates, base.dates):
        return [*told, f"has {_days(data)}, {first.name} {_days(base)}"]
    own_t, base_t = data.national().outcome_gt[0], base.national().outcome_gt[0]
    off = int(((own_t != base_t) & ~(np.isnan(own_t) & np.isnan(base_t))).sum())
    if data.outcome_name == base.outcome_name and off:
        told.append(f"has another outcome than {first.name} in {off:,} of {data.n_periods:,} periods")
    return told


def _unit(data: Dataset) -> str:
    return data.currency if data.unit == "revenue" else "a count"


def _days(data: Dataset) -> str:
    return f"{data.n_periods:,} periods from {data.dates[0]} to {data.dates[-1]}"


def origins_of(dataset: Dataset, count: int | None, horizon: int | None) -> Origins:
    """Where to cut: the last `count` stretches of `horizon` periods, each after a year at least.

    Args:
        dataset: What is compared.
        count: Origins; None: `ORIGINS`, or as many as the data have.
        horizon: Periods; None: a quarter of a year.

    Raises:
        SpecError: The numbers are no numbers of periods, or the data are too short.
    """
    n, year = dataset.n_periods, YEAR[dataset.every][0]
    horizon_of = max(year // 4, 1) if horizon is None else horizon
    wanted = ORIGINS if count is None else count
    word = dataset.every.label()
    if wanted < 1 or horizon_of < 1:
        raise SpecError(
            f"can't look ahead from {wanted} origins over {horizon_of} {word}",
            expected="at least one origin, and one period ahead",
            next_step="say --origins 4 --horizon 13, or leave both out",
        )
    room = (n - year) // horizon_of
    if room < (1 if count is None else wanted):
        raise SpecError(
            f"the data are too short to look ahead from {wanted} origins over {horizon_of} {word} each",
            expected=f"a year before the first origin: {year + wanted * horizon_of} {word}",
            got=f"{n} {word}",
            next_step=f"ask for fewer: --origins {room}" if room else "ask for a shorter --horizon",
        )
    used = min(wanted, room)
    return Origins(tuple(n - horizon_of * (used - k) for k in range(used)), horizon_of)


def refuse_unknown(days: Sequence[str], known_ot: Bool[np.ndarray, "origin time"]) -> None:
    """DataError where nothing is known of what came after an origin."""
    lost = [day for day, known_t in zip(days, known_ot, strict=True) if not known_t.any()]
    if lost:
        raise DataError(
            f"no outcome is known after {', '.join(lost)}, so that no forecast from there can be judged",
            expected="some known outcomes after each origin",
            next_step="ask for fewer --origins or a longer --horizon, or end the data where the outcome ends",
        )
