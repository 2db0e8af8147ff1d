"""What `mlflow.pyfunc` loads: a fit that answers a table of planned media with a forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from mediamix.models.base import Fit

#: Columns of planned media: those of the long table.
TEXTS, NUMBERS = ("date", "channel", "geo"), ("spend", "impressions", "clicks", "reach", "frequency")
ANSWER = ("date", "mean", "p5", "p95", "baseline", "media", "verdict")


@dataclass(frozen=True)
class Served:
    """A fit behind MLflow's interface.

    Args:
        fit: The fit.
    """

    fit: Fit

    def predict(self, model_input: pd.DataFrame, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The outcome of the periods after the fit's data, each with its 90 % interval and the fit's verdict.

        Args:
            model_input: Planned media, a row per date and channel: ``date, channel, spend``, the exposure
                that the fit uses, ``geo`` if it has geos. Without rows the same periods of the year before
                are repeated, as many as `params` say.
            params: ``periods`` (0: as far as the rows go), ``anyway`` (though the verdict is failed).

        Raises:
            DataError: The rows can't be what follows the fit's data; all findings at once.
            VerdictError: The fit's verdict is failed.
        """
        from mediamix.data.future import read_future
        from mediamix.measure.forecast import look_ahead
        from mediamix.measure.summary import verdict_of
        from mediamix.measure.verdict import refuse_failed

        asked = params or {}
        verdict = verdict_of(self.fit)
        refuse_failed(verdict, "forecast", anyway=bool(asked.get("anyway")))
        media = None if model_input.empty else model_input.dropna(axis="columns", how="all")
        periods = int(asked.get("periods") or 0) or None
        future = read_future(self.fit.dataset, media, periods=periods, spec=self.fit.spec)
        rows = look_ahead(self.fit, future).table()
        dated = rows.assign(date=rows["date"].dt.strftime("%Y-%m-%d"), verdict=verdict.level)
        return dated[list(ANSWER)]


def _load_pyfunc(data_path: str) -> Served:
    """MLflow's entry: the folder of a fit."""
    from mediamix import pipeline

    return Served(pipeline.load(Path(data_path)))
