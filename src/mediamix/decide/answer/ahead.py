"""A forecast for machines, with where its numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mediamix.decide.problem.origin import FitId, Origin, origin_dict
from mediamix.measure.forecast import Forecast
from mediamix.measure.summary import verdict_of
from mediamix.models.base import Fit

if TYPE_CHECKING:
    import pandas as pd


def as_record(made: Forecast, rows: pd.DataFrame, fit: Fit) -> dict[str, Any]:
    """Totals over the horizon, and a row per period.

    Args:
        made: The forecast.
        rows: Its table.
        fit: Whose.
    """
    return {
        "outcome": {"name": fit.dataset.outcome_name, "unit": made.unit},
        "currency": fit.dataset.currency,
        **origin_dict(Origin(FitId.of(fit), verdict_of(fit), made.window)),
        "totals": made.totals().to_dict("records"),
        "periods": rows.assign(date=rows["date"].dt.strftime("%Y-%m-%d")).to_dict("records"),
        "findings": [finding.to_dict() for finding in made.findings],
    }
