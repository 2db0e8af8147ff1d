"""All of the baseline in one call, and its files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mediamix.baseline.acting import Action, actions, doubts
from mediamix.baseline.beside import Beside, beside
from mediamix.baseline.fitting import Failed, Fitted, by_brand, pooled
from mediamix.baseline.published import COEFFICIENTS, R2, WHAT_IF, rmse
from mediamix.baseline.table import MISSING, REVENUE, Table, read_table
from mediamix.core.blas import alone
from mediamix.core.errors import DataError
from mediamix.core.extras import extras_of
from mediamix.core.files import json_text, write_text
from mediamix.core.folders import whole_folder
from mediamix.core.registry import suggestion
from mediamix.core.spec.linear import Estimator
from mediamix.data.csv_text import csv_text
from mediamix.measure.interval import Interval

UNTIL = date(2023, 12, 31)
#: The what-if that is always asked.
ASKED, FACTOR = "google_paid_search_spend", 1.3


@dataclass(frozen=True)
class Baseline:
    """What `mediamix baseline` found.

    Args:
        table: As cleaned.
        until: Last day that was learned from.
        estimator: Of all lines.
        pooled: The line of all brands.
        brands: Each by itself, or why not.
        what_if: By which part revenue changes, all days; None: the channel isn't in the table.
        asked: Of that: the feature, and the factor on it.
        actions: Per bought channel.
        beside: The Bayesian model of some brands.
        seconds: Stage → seconds.
    """

    table: Table
    until: date
    estimator: Estimator
    pooled: Fitted
    brands: tuple[Fitted | Failed, ...]
    what_if: Interval | None
    asked: tuple[str, float]
    actions: tuple[Action, ...]
    beside: tuple[Beside, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def fitted(self) -> tuple[Fitted, ...]:
        """The brands that have a line."""
        return tuple(one for one in self.brands if isinstance(one, Fitted))

    @property
    def failed(self) -> tuple[Failed, ...]:
        """The others."""
        return tuple(one for one in self.brands if isinstance(one, Failed))

    def coefficients(self) -> pd.DataFrame:
        """The pooled line's, with the published ones and the brands' own beside."""
        found = self.pooled.line.table()
        still = np.array(
            [[name in one.still for name in found["feature"]] for one in self.fitted], dtype=bool
        )
        own = np.array([one.line.slope_k for one in self.fitted]).reshape(-1, len(found))
        own = np.where(still.reshape(own.shape), np.nan, own)
        found["vif"] = [self.pooled.vif.get(name, np.nan) for name in found["feature"]]
        there = np.isfinite(own).any(axis=0)
        found["median_of_brands"] = np.nan
        found.loc[there, "median_of_brands"] = np.nanmedian(own[:, there], axis=0)
        found["brands_below_zero"] = np.nan
        found.loc[there, "brands_below_zero"] = np.nanmean(
            np.where(np.isfinite(own), own < 0, np.nan)[:, there], axis=0
        )
        found["published"] = [COEFFICIENTS.get(name, np.nan) for name in found["feature"]]
        return found

    def by_brand(self) -> pd.DataFrame:
        """A row per brand: scores, or the reason why there is no line."""
        rows: list[dict[str, Any]] = []
        for one in self.brands:
            if isinstance(one, Failed):
                rows.append({"brand": one.name, "reason": one.reason})
                continue
            tested = one.tested
            rows.append(
                {
                    "brand": one.name,
                    "unit": one.line.unit,
                    "days": one.trained.days,
                    "r2": one.trained.r2,
                    "rmse": one.trained.rmse,
                    "test_days": 0 if tested is None else tested.days,
                    "test_r2": np.nan if tested is None else tested.r2,
                    "test_rmse": np.nan if tested is None else tested.rmse,
                    "residual_correlation": one.lasting,
                    "reason": "",
                    **{name: float(v) for name, v in zip(one.line.features, one.line.slope_k, strict=True)},
                }
            )
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        table, asked = self.table, self.asked
        return {
            "rows": len(table.y_n),
            "brands": len(table.brands),
            "fitted_brands": len(self.fitted),
            "features": list(table.features),
            "rules": {
                "revenue": "all_purchases_original_price - all_purchases_gross_discount",
                "dropped": dict(table.dropped),
                "counted_as_zero": dict(table.filled),
                "trained_until": self.until.isoformat(),
            },
            "estimator": self.estimator,
            "pooled": self.pooled.to_dict(),
            "what_if": None
            if self.what_if is None
            else {"feature": asked[0], "factor": asked[1], "revenue": self.what_if.to_dict()},
            "actions": [one.to_dict() for one in self.actions],
            "doubts": list(doubts(self.pooled)),
            "by_brand": [one.to_dict() for one in self.brands],
            "beside": [one.to_dict() for one in self.beside],
            "published": {"r2": R2, "rmse": rmse(), "what_if": WHAT_IF, "coefficients": dict(COEFFICIENTS)},
            "seconds": self.seconds,
        }

    def save(self, folder: str | Path, *, force: bool = False) -> None:
        """``baseline.json``, ``pooled.json`` (the line, for `load_line`), and the tables as CSV.

        Raises:
            FolderError: The folder is used and `force` is False, or can't be written.
        """
        with whole_folder(Path(folder), force=force) as aside:
            write_text(aside / "baseline.json", json_text(_plain(self.to_dict())))
            write_text(aside / "pooled.json", json_text(_plain(self.pooled.line.to_dict())))
            write_text(aside / "coefficients.csv", csv_text(self.coefficients()))
            write_text(aside / "brands.csv", csv_text(self.by_brand()))
            write_text(aside / "actions.csv", csv_text(pd.DataFrame([_flat(one) for one in self.actions])))


@extras_of("mediamix.baseline")
@alone()
def baseline(
    source: str | Path | pd.DataFrame,
    *,
    until: date = UNTIL,
    missing: float = MISSING,
    estimator: Estimator = "ols",
    outcome: str = REVENUE,
    asked: tuple[str, float] = (ASKED, FACTOR),
    bayes: int = 0,
    seed: int = 1,
    on_step: Callable[[str], None] = lambda step: None,
) -> Baseline:
    """A linear baseline of a table of many brands (`mediamix.baseline.run`).

    Args:
        source: A file or a frame in the Conjura schema.
        until: Last day that lines are fitted to; later days judge them.
        missing: Channels with a larger part of missing rows are dropped.
        estimator: ``ols``, ``ridge``, ``lasso`` or ``elastic_net``; penalties by time-ordered folds.
        outcome: ``revenue``, or a column of money.
        asked: Feature and factor of the what-if.
        bayes: So many brands, those with the most revenue, are fitted by the Bayesian model, too.
        seed: Of the bootstrap.
        on_step: Told what is done.

    Raises:
        DataError: See `read_table` and `pooled`; or the what-if's feature isn't one.
        FolderError: The file can't be read.
    """
    began = time.perf_counter()
    on_step("Reading and cleaning")
    table = read_table(source, missing=missing, outcome=outcome)
    feature, factor = asked
    if feature not in table.features and asked != (ASKED, FACTOR):
        raise DataError(
            f"the table has no feature {feature}",
            expected=", ".join(table.features),
            got=feature,
            next_step=suggestion(feature, table.features) or "name one of them",
        )
    read_s = time.perf_counter() - began
    on_step(f"Fitting {len(table.brands):,} brands, together and one by one")
    together = pooled(table, until, estimator, seed)
    brands = tuple(by_brand(table, until, estimator, seed))
    fitted = [one for one in brands if isinstance(one, Fitted)]
    known = feature in table.features
    what_if = together.line.what_if(feature, factor, table.x_nk) if known else None
    acts = tuple(actions(table, together, fitted))
    fit_s = time.perf_counter() - began - read_s
    others = tuple(beside(table, fitted, bayes, on_step)) if bayes else ()
    seconds = {"read_s": read_s, "fit_s": fit_s, "total_s": time.perf_counter() - began}
    return Baseline(table, until, estimator, together, brands, what_if, asked, acts, others, seconds)


def _flat(one: Action) -> dict[str, Any]:
    raw = one.to_dict()
    value = raw.pop("return")
    return {**raw, **{f"return_{k}": v for k, v in value.items()}, "doubts": "; ".join(raw["doubts"])}


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
