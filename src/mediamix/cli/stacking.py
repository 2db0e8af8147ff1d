"""`mediamix fit --stack`: weights from a comparison, or as they are given, and the averaged fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.cli.console import note
from mediamix.cli.words import print_warnings
from mediamix.core.errors import SpecError
from mediamix.core.numbers import percent

if TYPE_CHECKING:
    from mediamix.cli.progress import Steps
    from mediamix.models.base import Fit


def stacked_fit(specs: Sequence[Path], given: str | None, steps: Steps, *, quick: bool, checks: bool) -> Fit:
    """Fit several specs and average them.

    Args:
        specs: Their files.
        given: Weights in the order of the specs, ``0.6,0.4``; None: those of a comparison, whose refits are
            kept beside the first spec.
        steps: Told what is being done.
        quick: Approximate every fit.
        checks: Also the cheap refits of every fit.

    Raises:
        SpecError: They can't be compared or stacked, or `given` are no weights.
    """
    from mediamix import choosing
    from mediamix.measure.choosing.refusing import refuse_incomparable

    steps.step("Reading and checking the data")
    what = choosing.candidates(specs, quick=quick)
    for one in what:
        print_warnings(one.dataset.findings)
    refuse_incomparable(what)
    if given is None:
        found = choosing.compare(what, kept=specs[0].parent / choosing.REFITS, on_step=steps.step)
        note(found.sentence)
        weights = found.weights
    else:
        weights = dict(zip([one.name for one in what], weights_of(given, len(what)), strict=True))
    note("weights: " + ", ".join(f"{name} {percent(weight)}" for name, weight in weights.items()))
    made = choosing.fit_stack(what, weights, steps.sampling, checks=checks, on_step=steps.step)
    if made.stacked is None:
        note("all weight is on one spec: what is written is its fit, not a stack")
    return made


def weights_of(text: str, count: int) -> list[float]:
    """``0.6,0.4`` as shares that sum to one.

    Raises:
        SpecError: They aren't as many numbers of zero or more, or all of them are zero.
    """
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    total = sum(found)
    if len(found) != count or not all(0 <= one < float("inf") for one in found) or total <= 0:
        raise SpecError(
            "--weights are no weights of these specs",
            expected=f"{count} numbers of zero or more, in the order of the specs: 0.6,0.4",
            got=text,
            next_step="leave --weights away: a comparison learns them",
        )
    return [one / total for one in found]
