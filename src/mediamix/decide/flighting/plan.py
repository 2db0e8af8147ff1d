"""`FlightPlan`: spend per channel and period, what it brings, and how good that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from mediamix.core.card import Shown
from mediamix.decide.answer.plan import Certificate, Uplift
from mediamix.decide.problem.origin import Origin, origin_dict, signed
from mediamix.measure.interval import Interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """Another way to spend the same money, and what the plan brings more than it.

    Args:
        meaning: What it is, in words.
        spend: Money per channel over the window.
        outcome: Expected outcome, baseline included.
        uplift: The plan minus it, on the same draws.
        allowed: Whether it keeps the limits and rules of the plan.
    """

    meaning: str
    spend: Mapping[str, float]
    outcome: Interval
    uplift: Uplift
    allowed: bool


@dataclass(frozen=True)
class FlightChannel:
    """One channel of a plan, over the window.

    Args:
        spend: Money.
        contribution: Outcome units, carry-over out of the window included.
        roi: Value of the contribution per unit of spend; None where nothing is spent or an outcome
            has no value in money.
        cost_per_unit: Spend per unit of a count; None for money, or where nothing is bought.
        on: Periods with spend.
        bursts: Runs of such periods.
        cost: Money per unit of exposure, mean over what is spent; None where nothing is.
        total: Lowest and highest spend that was allowed.
    """

    spend: float
    contribution: Interval
    roi: Interval | None
    cost_per_unit: Interval | None
    on: int
    bursts: int
    cost: float | None
    total: tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class FlightPlan(Shown):
    """A budget over channels and periods.

    Args:
        budget: Money that may be spent.
        dates: First day of each period.
        names: Channels.
        spend_ct: Money per channel and period.
        exposure_ct: The same in each channel's exposure unit.
        exposures: What these units are, per channel.
        contribution_ct: Mean contribution of the window's spend by the period in which it acts.
        outcome: Expected outcome over the window, plus what is carried out of it, baseline included.
        contribution: What the planned spend brings, carry-over out of the window included.
        carry_out: The part of it that comes after the window.
        outcome_t: Expected outcome in each period, baseline and carry-over into the window included.
        baseline_t: Mean of it without the planned spend.
        comparisons: ``last_year`` (its pattern, scaled to the plan's spend; absent without such a
            year), ``even`` (the same for all channels and periods), ``flat`` (the plan's channel
            totals, each spread evenly over time).
        certificate: Bound and gap.
        rules_cost: What the best plan found without burst rules would bring more; 0 without such rules.
        channels: Details per channel.
        binding: What holds the plan, in words.
        warnings: What to know before signing.
        notes: What was assumed.
        draws: Draws that the expectation was taken over.
        currency: Of the spend.
        outcome_name: What is maximised.
        unit: Of the outcome.
        value_per_unit: Money per unit of a count, if known.
        origin: Fit and verdict, and the window that is planned.
    """

    budget: float
    dates: np.ndarray
    names: tuple[str, ...]
    spend_ct: Float[np.ndarray, "channel time"]
    exposure_ct: Float[np.ndarray, "channel time"]
    exposures: tuple[str, ...]
    contribution_ct: Float[np.ndarray, "channel time"]
    outcome: Interval
    contribution: Interval
    carry_out: Interval
    outcome_t: Mapping[str, Float[np.ndarray, " time"]]
    baseline_t: Float[np.ndarray, " time"]
    comparisons: Mapping[str, Comparison]
    certificate: Certificate
    rules_cost: float
    channels: Mapping[str, FlightChannel]
    binding: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    draws: int = 0
    currency: str = ""
    outcome_name: str = ""
    unit: str = ""
    value_per_unit: float | None = None
    origin: Origin | None = None

    @property
    def has_value(self) -> bool:
        """Whether the outcome is money or has a value in it: only then there is a ROI."""
        return self.value_per_unit is not None or self.unit == self.currency

    @property
    def spend(self) -> float:
        """Money that the plan spends, at most `budget`."""
        return float(self.spend_ct.sum())

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON holds it: plain numbers, strings, lists and mappings."""
        certificate = asdict(self.certificate)
        whole = {
            "budget": self.budget,
            "spend": self.spend,
            "dates": [str(day) for day in self.dates.astype("datetime64[D]")],
            "allocation": dict(zip(self.names, self.spend_ct.tolist(), strict=True)),
            "outcome": self.outcome.to_dict(),
            "contribution": self.contribution.to_dict(),
            "carry_out": self.carry_out.to_dict(),
            "periods": self.periods().drop(columns=["date", *self._columns()]).to_dict("list"),
            "comparisons": {name: asdict(part) for name, part in self.comparisons.items()},
            "shadow_price": certificate.pop("shadow_price"),
            "certificate": certificate,
            "rules_cost": self.rules_cost,
            "channels": {
                name: {
                    **{key: value for key, value in asdict(part).items() if key != "roi" or self.has_value},
                    "total": list(part.total),
                }
                for name, part in self.channels.items()
            },
            "binding": list(self.binding),
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "draws": self.draws,
            "currency": self.currency,
            "outcome_name": self.outcome_name,
            "unit": self.unit,
            "value_per_unit": self.value_per_unit,
            **origin_dict(self.origin),
        }
        return signed(whole)

    def table(self) -> pd.DataFrame:
        """A row per channel and period, a media table: ``date, channel, spend``, exposures, ``contribution``.

        Exposure other than spend has a column per unit, empty for channels that have another one.
        """
        import pandas as pd

        channels, periods = self.spend_ct.shape
        unit = np.repeat(self.exposures, periods)
        units = [name for name in dict.fromkeys(self.exposures) if name != "spend"]
        return pd.DataFrame(
            {
                "date": np.tile(self.dates, channels),
                "channel": np.repeat(self.names, periods),
                "spend": self.spend_ct.ravel(),
                **{name: np.where(unit == name, self.exposure_ct.ravel(), np.nan) for name in units},
                "contribution": self.contribution_ct.ravel(),
            }
        )

    def periods(self) -> pd.DataFrame:
        """A row per period: ``date``, a column of spend per channel, ``spend, baseline, mean, p5, p95``.

        `mean` and its 90 % interval are of the expected outcome: without the noise of single periods.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "date": self.dates,
                **dict(zip(self._columns(), self.spend_ct, strict=True)),
                "spend": self.spend_ct.sum(axis=0),
                "baseline": self.baseline_t,
                **{name: self.outcome_t[name] for name in ("mean", "p5", "p95")},
            }
        )

    def _columns(self) -> list[str]:
        """Columns of the channels: their names, set apart where a name is another column's."""
        fixed = ("date", "spend", "baseline", "mean", "p5", "p95")
        return [f"channel {name}" if name in fixed else name for name in self.names]
