"""Several specs of one outcome: compared, and averaged into one fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.core.blas import alone
from mediamix.core.construct import refuse_other
from mediamix.core.errors import DataError
from mediamix.core.extras import extras_of
from mediamix.core.spec import Spec, load_spec
from mediamix.data.dataset import Dataset
from mediamix.pipeline import OnProgress, OnStep, dataset_of, fit_model

if TYPE_CHECKING:
    from mediamix.measure.choosing.comparison import Comparison
    from mediamix.measure.choosing.futures import Candidate
    from mediamix.models.base import Fit

#: Where finished refits of a comparison are kept, beside the first spec.
REFITS = Path(".mediamix", "refits")


def candidates(paths: Sequence[Path], *, quick: bool = False) -> list[Candidate]:
    """Specs and what they read, to be compared.

    Raises:
        FolderError: A file is absent or can't be read.
        SpecError: A spec is wrong.
        DataError: Rows are wrong.
    """
    from mediamix.measure.choosing.futures import Candidate
    from mediamix.measure.choosing.names import names_of

    specs = [load_spec(path) for path in paths]
    return [
        Candidate(name, dataset_of(spec, path.parent), spec, quick)
        for name, spec, path in zip(names_of(paths), specs, paths, strict=True)
    ]


@extras_of("mediamix.compare")
@alone()
def compare(
    what: Sequence[Candidate] | Mapping[str, Spec],
    dataset: Dataset | None = None,
    *,
    origins: int | None = None,
    horizon: int | None = None,
    quick: bool = False,
    kept: str | Path | None = None,
    on_step: OnStep = lambda step: None,
) -> Comparison:
    """Compare models of one outcome by what they say of periods they haven't seen (`mediamix.compare`).

    Args:
        what: Name → spec.
        dataset: What all of them are fitted to.
        origins: Where the data are cut; absent: four, fewer where they are short.
        horizon: Periods ahead of each; absent: a quarter of a year.
        quick: Approximate every refit instead of sampling it.
        kept: Folder of finished refits, so that an interrupted comparison goes on; absent: none is kept.
        on_step: Told what is being fitted.

    Raises:
        SpecError: They can't be compared, or the data are too short; all findings at once.
        DataError: `dataset` isn't one, or a refit is refused.
    """
    from mediamix.measure.choosing import compare as comparing
    from mediamix.measure.choosing.futures import Candidate

    if isinstance(what, Mapping):
        refuse_other(dataset, Dataset, DataError, "say mm.compare({'base': spec, 'other': other}, data)")
        assert dataset is not None
        what = [Candidate(name, dataset, spec, quick) for name, spec in what.items()]
    folder = None if kept is None else Path(kept)
    return comparing.compare(what, origins=origins, horizon=horizon, kept=folder, on_step=on_step)


@extras_of("mediamix.stack")
@alone()
def stack(fits: Mapping[str, Fit], weights: Mapping[str, float]) -> Fit:
    """One fit from several of the same data: draws of each in proportion to its weight (`mediamix.stack`).

    Args:
        fits: Name → fit.
        weights: Name → share of the draws, together 1, such as `Comparison.weights`; those of zero are
            left out.

    Raises:
        SpecError: The fits can't be stacked; all findings at once.
    """
    from mediamix.models.stack import stacked

    return stacked(fits, weights)


def fit_stack(
    what: Sequence[Candidate],
    weights: Mapping[str, float],
    on_progress: OnProgress | None = None,
    *,
    checks: bool = True,
    on_step: OnStep = lambda step: None,
) -> Fit:
    """Fit candidates that have a weight and stack them; where only one has, its fit.

    Raises:
        SpecError: The fits can't be stacked, or a spec doesn't fit the data.
    """
    fits = {}
    for one in what:
        if weights[one.name] > 0:
            on_step(f"{one.name}: fitting the model")
            fits[one.name] = fit_model(
                one.dataset, one.spec, on_progress, quick=one.quick, checks=checks, on_step=on_step
            )
    if len(fits) == 1:
        return next(iter(fits.values()))
    return stack(fits, {name: weights[name] for name in fits})
