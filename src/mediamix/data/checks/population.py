"""Populations that are no number of people, and geos that nothing gives a size.

Effects are compared per head. Without a population the mean outcome of a geo stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.dataset import Dataset
from mediamix.data.population import population_faults

SHOWN = 20  # geos that are named


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error per kind of wrong population (warning: national data), info where there is none."""
    tables, dataset, spec = evidence.tables, evidence.dataset, evidence.spec
    if tables is None or dataset is None:
        return
    geos = tuple(str(geo) for geo in tables.outcome["geo"].unique())
    panel = spec.geo is not None and len(geos) > 1
    faults = population_faults(tables.outcome, geos)
    kinds = [("no population", faults.unknown), ("a population of zero or less", faults.not_positive)]
    if panel:
        kinds.append(("a population that changes", faults.varying))
    wrong = False
    for what, names in kinds:
        if names:
            wrong = True
            yield found(
                "error" if panel else "warning",
                f"population of {some(names, SHOWN)}",
                f"{len(names)} of {len(geos)} geos have {what}",
            )
    if panel and not wrong and dataset.population_g is None:
        yield from _without(dataset)


def _without(dataset: Dataset) -> Iterator[Finding]:
    if not dataset.observed_gt.any():
        return
    total_g = np.nansum(dataset.outcome_gt, axis=1)
    unknown = [geo for geo, total in zip(dataset.geos, total_g, strict=True) if not total > 0]
    if unknown:
        yield found(
            "error",
            f"outcome of {some(unknown, SHOWN)}",
            f"{len(unknown)} of {len(dataset.geos)} geos have neither a population nor an outcome above zero",
            advice="give a `population` column, or remove these geos",
        )
        return
    yield found(
        "info",
        "population",
        "no population: geos are scaled by their mean outcome",
        advice="nothing, or give inhabitants in a column `population`",
    )


CHECK = Check(
    name="population",
    title="Geos without a usable population",
    why="geos of different size are compared per head",
    advice="give inhabitants, one number per geo, or say `geo: {population: null}`",
    find=find,
)
