"""A fitted line of the table's columns, with draws: predictions of a row of features, what-ifs, its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.errors import DataError, FolderError
from mediamix.core.registry import suggestion
from mediamix.measure.coefficients import direction
from mediamix.measure.interval import Interval


@dataclass(frozen=True)
class FittedLine:
    """Revenue = intercept + Σ slope × feature.

    Args:
        features: Names.
        intercept: The estimate.
        slope_k: The same, revenue per unit of the feature.
        slope_dk: Refits to blocks drawn anew; none: intervals aren't known.
        intercept_d: The same.
        rmse: Standard deviation of what isn't explained, in `unit` a day; NaN where it isn't known.
        unit: Of revenue.
    """

    features: tuple[str, ...]
    intercept: float
    slope_k: Float[np.ndarray, " feature"]
    slope_dk: Float[np.ndarray, "draw feature"]
    intercept_d: Float[np.ndarray, " draw"]
    rmse: float
    unit: str

    def predicted(self, x_nk: Float[np.ndarray, "row feature"]) -> Float[np.ndarray, " row"]:
        """Revenue of rows."""
        return np.asarray(self.intercept + x_nk @ self.slope_k)

    def predict(self, row: Mapping[str, float]) -> dict[str, float]:
        """Revenue of one day, given all of its features (absent spend and clicks are none).

        Returns:
            ``predicted_revenue``, and ``p5, p95`` of the expected revenue.

        Raises:
            DataError: A feature isn't known, or is no number, or the calendar is missing.
        """
        given = {str(name).lower(): value for name, value in row.items()}
        strange = [name for name in given if name not in self.features]
        absent = [n for n in self.features if n not in given and not n.endswith(("_spend", "_clicks"))]
        wrong = [n for n, v in given.items() if not isinstance(v, int | float) or not np.isfinite(v)]
        if strange or absent or wrong:
            details = [f"{n}: {suggestion(n, self.features) or 'no feature of this line'}" for n in strange]
            details += [f"{n} is missing" for n in absent]
            details += [f"{n} is no number: {given[n]!r}" for n in wrong if n not in strange]
            raise DataError(
                "that row can't be predicted",
                details=details,
                expected=", ".join(self.features),
                next_step="name the features as the line does",
            )
        x_k = np.array([float(given.get(name, 0.0)) for name in self.features])
        seen = Interval.of(self.intercept_d + self.slope_dk @ x_k)
        value = float(self.predicted(x_k[None])[0])
        return {"predicted_revenue": value, "p5": seen.p5, "p95": seen.p95}

    def what_if(self, feature: str, factor: float, x_nk: Float[np.ndarray, "row feature"]) -> Interval:
        """By which part revenue changes, over some rows, if a feature were a multiple of what it was."""
        k = self.features.index(feature)
        moved_d = (factor - 1.0) * self.slope_dk[:, k] * x_nk[:, k].sum()
        total_d = self.intercept_d * len(x_nk) + self.slope_dk @ x_nk.sum(axis=0)
        seen = Interval.of(moved_d / total_d)
        moved = (factor - 1.0) * float(self.slope_k[k] * x_nk[:, k].sum())
        return Interval(moved / float(self.predicted(x_nk).sum()), seen.p5, seen.p50, seen.p95)

    def coefficients(self) -> dict[str, dict[str, Any]]:
        """Feature → estimate, 90 % interval and direction."""
        found = {}
        for k, name in enumerate(self.features):
            seen = Interval.of(self.slope_dk[:, k])
            value = float(self.slope_k[k])
            found[name] = {"value": value, "p5": seen.p5, "p95": seen.p95, "direction": direction(seen)}
        return found

    def table(self) -> pd.DataFrame:
        """The same as a table."""
        return pd.DataFrame([{"feature": name, **one} for name, one in self.coefficients().items()])

    def to_dict(self) -> dict[str, Any]:
        """For JSON; `of` is the way back."""
        return {
            "features": list(self.features),
            "intercept": self.intercept,
            "slope": self.slope_k.tolist(),
            "slope_draws": self.slope_dk.tolist(),
            "intercept_draws": self.intercept_d.tolist(),
            "rmse": self.rmse,
            "unit": self.unit,
        }

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> FittedLine:
        """The way back from `to_dict`."""
        return cls(
            tuple(raw["features"]),
            float(raw["intercept"]),
            np.array(raw["slope"], dtype=float),
            np.array(raw["slope_draws"], dtype=float).reshape(-1, len(raw["features"])),
            np.array(raw["intercept_draws"], dtype=float),
            float("nan") if raw["rmse"] is None else float(raw["rmse"]),
            str(raw["unit"]),
        )


def load_line(path: str | Path) -> FittedLine:
    """A line that `mediamix baseline` wrote (``pooled.json``).

    Raises:
        FolderError: It isn't there or isn't one.
    """
    try:
        return FittedLine.of(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FolderError(
            f"{path} is no line that can be read",
            expected="a pooled.json that `mediamix baseline` wrote",
            got=str(error).splitlines()[0] if str(error) else type(error).__name__,
            next_step="mediamix baseline TABLE --out DIR",
        ) from error
