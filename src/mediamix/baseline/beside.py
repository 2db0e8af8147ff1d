"""The Bayesian model of the same brands: what each channel returns with carry-over, saturation and priors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mediamix.baseline.acting import bought
from mediamix.baseline.fitting import Fitted
from mediamix.baseline.table import Table
from mediamix.core.errors import MediamixError
from mediamix.core.spec import parse_spec
from mediamix.data.read import read

if TYPE_CHECKING:
    from mediamix.measure.interval import Interval

#: Sampler of each brand's fit.
SAMPLER = {"chains": 2, "draws": 500, "tune": 400}


@dataclass(frozen=True)
class Beside:
    """A channel of a brand, as both models have it.

    Args:
        brand: Name.
        channel: Name.
        linear: Revenue per unit of spend of the brand's own line: value, p5, p95.
        bayes: The same of the Bayesian model, by its mean.
        verdict: Of that fit.
    """

    brand: str
    channel: str
    linear: tuple[float, float, float]
    bayes: tuple[float, float, float]
    verdict: str

    @property
    def artefact(self) -> str:
        """Why the line's number can't be what the channel brings; empty: the intervals meet."""
        if self.linear[2] < 0:
            return "below zero"
        if self.linear[1] > self.bayes[2]:
            return "higher: what others or demand did is its"
        if self.linear[2] < self.bayes[1]:
            return "lower: what comes after the day isn't counted"
        return ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        names = ("value", "p5", "p95")
        return {
            "brand": self.brand,
            "channel": self.channel,
            "linear": dict(zip(names, self.linear, strict=True)),
            "bayes": dict(zip(names, self.bayes, strict=True)),
            "bayes_verdict": self.verdict,
            "artefact": self.artefact,
        }


def beside(
    table: Table, brands: Sequence[Fitted], count: int, on_step: Callable[[str], None] = lambda step: None
) -> list[Beside]:
    """The Bayesian model on the `count` brands with the most revenue, week by week, bought channels only.

    A brand that it can't fit is left out, and told.
    """
    sums = {name: float(table.y_n[table.rows(b)].sum()) for b, name in enumerate(table.brands)}
    chosen = sorted(brands, key=lambda one: -sums[one.name])[:count]
    found: list[Beside] = []
    for number, one in enumerate(chosen, start=1):
        on_step(f"The Bayesian model of {one.name} ({number} of {len(chosen)})")
        try:
            found += _of_brand(table, one)
        except MediamixError as error:
            on_step(f"{one.name}: {str(error).splitlines()[0]}")
    return found


def _of_brand(table: Table, one: Fitted) -> list[Beside]:
    from mediamix import pipeline
    from mediamix.measure.contribution import measure_channels
    from mediamix.measure.summary import verdict_of

    rows = table.rows(table.brands.index(one.name))
    channels = [k for k in table.spend_k if table.x_nk[rows, k].any()]
    days = pd.DataFrame({"date": pd.to_datetime(table.day_n[rows]), "revenue": table.y_n[rows]})
    for k in channels:
        days[bought(table.features[k])] = table.x_nk[rows, k]
    # Whole weeks, so that no day weighs more than another.
    monday = days["date"] - pd.to_timedelta(days["date"].dt.day_of_week, unit="D")
    weeks = days.drop(columns="date").groupby(monday)
    weekly = weeks.sum()[weeks.size() == 7].rename_axis("date").reset_index()
    names = [bought(table.features[k]) for k in channels]
    media = weekly.melt("date", names, "channel", "spend")
    spec = parse_spec({"outcome": {"column": "revenue", "unit": "revenue"}, "sampler": SAMPLER})
    data = read(media=media, outcome=weekly[["date", "revenue"]], spec=spec)
    fit = pipeline.fit_model(data, spec, checks=False)
    verdict, coefficients = verdict_of(fit).level, one.line.coefficients()
    found = []
    for k, measure in zip(channels, measure_channels(fit), strict=True):
        own = coefficients[table.features[k]]
        if measure.roi is None:
            continue
        assert measure.name == bought(table.features[k])
        linear = (own["value"], own["p5"], own["p95"])
        found.append(Beside(one.name, measure.name, linear, _three(measure.roi), verdict))
    return found


def _three(seen: Interval) -> tuple[float, float, float]:
    return (seen.mean, seen.p5, seen.p95)


def shares_of_artefacts(found: Sequence[Beside]) -> dict[str, float]:
    """Part of the compared channels by what is wrong with the line's number."""
    words = [one.artefact or "intervals meet" for one in found]
    return {word: float(np.mean([one == word for one in words])) for word in dict.fromkeys(words)}
