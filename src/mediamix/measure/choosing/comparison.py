"""What a comparison says: a row a model, its scores by how far ahead, and the weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.card import Shown
from mediamix.core.types import Every, Finding
from mediamix.measure.choosing.loo import LeaveOneOut

#: Name of the row of the stacked forecasts.
STACK = "stacked"

Cells = Float[np.ndarray, "origin time"]


@dataclass(frozen=True)
class Score:
    """Of each origin and period ahead; NaN where the outcome isn't known.

    Args:
        crps_ot: Continuous ranked probability score, outcome units; smaller is better.
        off_ot: |mean − outcome| / |outcome|; NaN at zero.
        inside_ot: 1 inside the 90 % interval, else 0.
    """

    crps_ot: Cells
    off_ot: Cells
    inside_ot: Cells

    def means(self, first: int = 0, stop: int | None = None) -> dict[str, float | None]:
        """CRPS, MAPE and coverage over a stretch of the horizon; null where nothing is known."""
        parts = {"crps": self.crps_ot, "mape": self.off_ot, "coverage90": self.inside_ot}
        return {name: _mean(part[:, first:stop]) for name, part in parts.items()}

    @property
    def crps_o(self) -> list[float | None]:
        """Mean score of each origin."""
        return [_mean(row) for row in self.crps_ot]


def _mean(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Args:
        name: Of the spec, or of the naive forecast.
        kind: ``model``, ``stack`` or ``naive``.
        score: Leave-future-out.
        weight: In the stack; None: not part of it.
        loo: Leave-one-out; None: it has none.
    """

    name: str
    kind: str
    score: Score
    weight: float | None = None
    loo: LeaveOneOut | None = None

    @property
    def crps(self) -> float:
        """Mean over origins and periods, outcome units; infinite where nothing was known."""
        found = self.score.means()["crps"]
        return math.inf if found is None else found


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Models of one outcome side by side.

    Args:
        rows: Models, the stack of them, naive forecasts.
        origins: First day after each cut.
        horizon: Periods ahead.
        stretches: Parts of the horizon that are told apart: first and one after the last period.
        every: Length of a period.
        unit: Of the outcome.
        weights_om: What the stacked row of each origin was mixed with: learned from the other origins.
        findings: What there isn't, and what can't be trusted.
    """

    rows: tuple[Row, ...]
    origins: tuple[str, ...]
    horizon: int
    stretches: tuple[tuple[int, int], ...]
    every: Every
    unit: str
    weights_om: Float[np.ndarray, "origin model"] | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def models(self) -> tuple[Row, ...]:
        """The specs."""
        return tuple(row for row in self.rows if row.kind == "model")

    @property
    def weights(self) -> dict[str, float]:
        """Spec → stacking weight, learned from all origins."""
        return {row.name: float(row.weight or 0.0) for row in self.models}

    @property
    def best(self) -> Row:
        """The spec with the smallest CRPS."""
        return min(self.models, key=lambda row: row.crps)

    @property
    def ranked(self) -> list[Row]:
        """All rows, the smallest CRPS first."""
        return sorted(self.rows, key=lambda row: row.crps)

    def behind(self, row: Row) -> tuple[float, float]:
        """How many nats of leave-one-out a model is behind the best, and the standard error of that."""
        alone = [one.loo for one in self.models if one.loo is not None]
        if row.loo is None or not alone:
            return 0.0, 0.0
        less_n = max(alone, key=lambda loo: loo.total).log_p_n - row.loo.log_p_n
        return float(less_n.sum()), float(np.sqrt(len(less_n)) * less_n.std())

    @property
    def sentence(self) -> str:
        """What it comes to, in words."""
        plain = next((row for row in self.ranked if row.kind == "naive"), None)
        words = f"{self.best.name} forecasts best"
        if plain is not None:
            gain = 1.0 - self.best.crps / plain.crps
            side = "better" if gain > 0 else "worse"
            words += f", {abs(gain):.0%} {side} than the best naive forecast ({plain.name})"
        if self.gain is not None and self.gain > 0:
            words += f"; stacked they are {self.gain:.1%} better, by weights from the other origins"
        elif self.gain is not None:
            words += "; stacking them gains nothing"
        return words + "."

    @property
    def gain(self) -> float | None:
        """By which part the stacked forecasts, with weights from the other origins, beat the best spec's."""
        stack = next((row for row in self.rows if row.kind == "stack"), None)
        return None if stack is None else 1.0 - stack.crps / self.best.crps

    def table(self) -> pd.DataFrame:
        """A row a model: ``name, kind, weight, crps, mape, coverage90, elpd, elpd_behind, …``.

        `elpd` is the sum of the log densities of all periods, each given the others; `elpd_behind` how much
        it is behind the best, with the standard error of that; `elpd_error` the Monte Carlo error.
        """
        return pd.DataFrame([{k: v for k, v in row.items() if k != "ahead"} for row in self._rows()])

    def ahead(self) -> pd.DataFrame:
        """A row a model and stretch of the horizon: ``name, kind, first, last, crps, mape, coverage90``."""
        return pd.DataFrame(
            [{"name": r["name"], "kind": r["kind"], **part} for r in self._rows() for part in r["ahead"]]
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "sentence": self.sentence,
            "best": self.best.name,
            "weights": self.weights,
            "models": self._rows(),
            "origins": list(self.origins),
            "horizon": self.horizon,
            "every": str(self.every),
            "unit": self.unit,
            "weights_by_origin": None if self.weights_om is None else self.weights_om.tolist(),
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "name": row.name,
                "kind": row.kind,
                "weight": row.weight,
                **row.score.means(),
                **_of_loo(row.loo, self.behind(row)),
                "crps_by_origin": row.score.crps_o,
                "ahead": [
                    {"first": first + 1, "last": stop, **row.score.means(first, stop)}
                    for first, stop in self.stretches
                ],
            }
            for row in self.rows
        ]


def _of_loo(loo: LeaveOneOut | None, behind: tuple[float, float]) -> Mapping[str, float | int | None]:
    """Of one model; what it is behind the best."""
    if loo is None:
        names = ("elpd", "elpd_se", "elpd_error", "elpd_behind", "elpd_behind_se", "pareto_k", "refitted")
        return dict.fromkeys(names)
    worst = float(loo.pareto_k_n.max(initial=0.0))
    return {
        "elpd": loo.total,
        "elpd_se": loo.spread,
        "elpd_error": loo.error,
        "elpd_behind": behind[0],
        "elpd_behind_se": behind[1],
        "pareto_k": worst if math.isfinite(worst) else None,
        "refitted": loo.refitted,
    }
