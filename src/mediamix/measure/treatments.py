"""What treatments (a price, a discount) brought, against their reference levels.

    contribution = Σ_t size_gt · γ · (x_gt − reference)

The baseline of a decomposition holds the treatments at their references; that part is here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.measure.contribution import outcome_total
from mediamix.measure.interval import Interval
from mediamix.measure.panel import by_geo, outcome_of_geos, with_geos
from mediamix.models.base import BaselineTerm, Fit
from mediamix.models.treatments import COMPONENT, Treatment
from mediamix.models.treatments import treatments as declared

#: A sum of differences below this part of their sizes is rounding.
ROUNDING = 1e-9
INTERVALS = ("contribution", "share", "per_unit")


@dataclass(frozen=True)
class TreatmentMeasure:
    """A treatment in numbers, over the window of the dataset.

    Args:
        name: Of its column.
        reference: At this level it contributes nothing.
        level: Its mean over the periods (and geos, by size).
        contribution: In outcome units, against the reference.
        share: Of the outcome.
        per_unit: Outcome per period of one unit more, in all geos.
    """

    name: str
    reference: float
    level: float
    contribution: Interval
    share: Interval
    per_unit: Interval

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        intervals = {name: getattr(self, name).to_dict() for name in INTERVALS}
        return {"reference": self.reference, "level": self.level, **intervals}


def treatments(fit: Fit, *, by: str | None = None) -> pd.DataFrame:
    """One row per treatment: reference, mean level, contribution against the reference, share, per unit.

    Intervals are 90 %. Without treatments the table is empty.

    Args:
        fit: A fit.
        by: ``"geo"`` for a row per geo and treatment, with the column ``geo`` in front; shares are of
            the geo's outcome then.

    Raises:
        SpecError: `by` is something else.
    """
    if not by_geo(by):
        return _table(measure_treatments(fit))
    rows = [one for g in range(len(fit.dataset.geos)) for one in measure_treatments(fit, g)]
    return with_geos(fit.dataset.geos, _table(rows), "")


def measure_treatments(fit: Fit, geo: int | None = None) -> list[TreatmentMeasure]:
    """All treatments in the order of the controls, of one geo or over all."""
    term = next((term for term in fit.baseline if term.component == COMPONENT), None)
    if term is None:
        return []
    outcome = outcome_total(fit) if geo is None else float(outcome_of_geos(fit)[geo])
    return [
        _measured(term, column, one, outcome, geo)
        for column, one in enumerate(declared(fit.dataset, fit.spec))
    ]


def _measured(
    term: BaselineTerm, column: int, one: Treatment, outcome: float, geo: int | None
) -> TreatmentMeasure:
    part = slice(None) if geo is None else slice(geo, geo + 1)
    weight_gt: Float[np.ndarray, "geo time"] = term.weight_gt[part]
    differences_gt = weight_gt * term.block.matrix_gtp[part, :, column]
    difference = float(differences_gt.sum())
    if abs(difference) <= ROUNDING * float(np.abs(differences_gt).sum()):
        difference = 0.0  # against its own mean a treatment adds up to nothing
    periods = max(int((weight_gt > 0).any(axis=0).sum()), 1)
    effect_d = term.coefficient_dp[:, column]
    contribution = Interval.of(effect_d * difference)
    return TreatmentMeasure(
        name=one.name,
        reference=one.reference,
        level=one.reference + difference / float(weight_gt.sum() or 1.0),
        contribution=contribution,
        share=contribution.times(1.0 / outcome if outcome > 0 else np.nan),
        per_unit=Interval.of(effect_d * float(weight_gt.sum()) / periods),
    )


def _table(measures: list[TreatmentMeasure]) -> pd.DataFrame:
    columns = ["treatment", "reference", "level"]
    rows = []
    for m in measures:
        row: dict[str, object] = {"treatment": m.name, "reference": m.reference, "level": m.level}
        row |= {
            f"{n}_{p}": getattr(getattr(m, n), p) for n in INTERVALS for p in ("mean", "p5", "p50", "p95")
        }
        rows.append(row)
    columns += [f"{n}_{p}" for n in INTERVALS for p in ("mean", "p5", "p50", "p95")]
    return pd.DataFrame(rows, columns=columns)
