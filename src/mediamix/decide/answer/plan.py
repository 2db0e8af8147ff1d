"""`Plan`: the answer to a decision problem, as data, and its JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mediamix.core.card import Shown
from mediamix.core.errors import FolderError
from mediamix.decide.answer.outlook import NextTest, Total
from mediamix.decide.problem.objective import Kind
from mediamix.decide.problem.origin import Origin, origin_dict, signed
from mediamix.decide.problem.separable import Status
from mediamix.measure.interval import Interval

if TYPE_CHECKING:
    import pandas as pd

Binding = Literal["lower", "upper", "fixed", "off"]


@dataclass(frozen=True)
class Uplift:
    """Outcome of the plan minus outcome of today's spend, draw by draw.

    `probability_better` is the share of draws in which the plan brings more. Where today's split counts
    as evidence, the draws do (`Plan.uplift_alone` is the difference without).
    """

    mean: float
    p5: float
    p95: float
    probability_better: float


@dataclass(frozen=True)
class Certificate:
    """What is proved about the plan, for its objective on these curves and constraints.

    Args:
        upper_bound: No plan that keeps the constraints has a higher objective: expected outcome,
            baseline included, unless another was asked for. Infinite (in JSON null) without a certificate.
        gap: ``(upper_bound - objective) / what the media add to it``: thus not flattered by a
            large baseline.
        status: ``optimal`` if the gap is at most 0.01 %, else ``feasible``; ``no certificate`` where the
            method knows no bound (``solver="greedy"``, ``"slsqp"``).
        shadow_price: Objective per extra unit of budget; 0 if the budget isn't what limits.
    """

    upper_bound: float
    gap: float
    status: Status
    shadow_price: float

    @property
    def known(self) -> bool:
        """Whether anything is proved."""
        return self.status != "no certificate"


@dataclass(frozen=True)
class Question:
    """What was asked: ``maximise`` with a budget, or ``target`` with a wanted outcome, ROI, mROI or cost.

    `amount` is the budget, or the wanted number; `of` says which number.
    """

    kind: Literal["maximise", "target"]
    amount: float
    of: Literal["budget", "outcome", "roi", "mroi", "cost_per_unit"] = "budget"


@dataclass(frozen=True)
class Reached:
    """What was maximised, and how much of it the plan has.

    Args:
        kind: ``mean``, ``quantile``, ``cvar``, ``mean_sd``, ``beats_today`` or ``gain``.
        level: Its level, if it takes one.
        margin: Money per unit of outcome, if profit was maximised.
        label: In words.
        value: The plan's.
    """

    kind: Kind
    level: float | None
    margin: float | None
    label: str
    value: float


@dataclass(frozen=True)
class Current:
    """Today's spend and the outcome it would bring over the same window."""

    allocation: Mapping[str, float]
    outcome: Interval


@dataclass(frozen=True)
class ChannelPlan:
    """One channel of a plan; `current`, `change` are None where today's spend isn't known.

    `marginal` is what the next unit of spend brings (at the curve's end: the last), in outcome units.
    `roi` and `mroi` are money per unit of spend, of all of it and of the next unit: None for a count without
    a value; `roi` also where nothing is spent. `cost_per_unit` is spend per unit of a count
    (its mean: per mean unit).
    `binding` says which bound holds the channel, if one does. `extrapolation` is how far the spend is
    above (positive) or below the observed range, as a part of its nearer end; None where the range
    isn't known.
    """

    spend: float
    current: float | None
    change: float | None
    contribution: Interval
    roi: Interval | None
    mroi: Interval | None
    marginal: Interval
    cost_per_unit: Interval | None
    bounds: tuple[float, float]
    binding: Binding | None
    extrapolation: float | None = None


@dataclass(frozen=True, repr=False)
class Plan(Shown):
    """A budget split over channels, with what it brings and how sure that is.

    Args:
        question: What was asked.
        budget: Money that may be spent (for a target: the money needed).
        allocation: Spend per channel; its sum is at most `budget`.
        outcome: Expected outcome, baseline included.
        current: Today's spend and outcome, if today's spend is known.
        uplift: The plan against today's spend, on the same draws.
        objective: What was maximised.
        certificate: Bound and gap.
        shadow_prices: What a unit more would bring, per constraint that holds the plan.
        solver: How the plan was found.
        channels: Details per channel.
        binding: The constraints that hold the plan, in words.
        warnings: What to know before signing.
        notes: What was assumed.
        currency: Of the spend.
        outcome_name: What is maximised.
        unit: Of the outcome.
        uplift_alone: Where today's split counts as evidence: the plan against today's spend by the fit
            alone, which is the difference of the two outcomes. Outcomes, contributions and returns are the
            fit's own; the choice of the plan, its uplift and its odds count the evidence.
        value_per_unit: Money per unit of a count, if known.
        origin: Fit, window and verdict; None: of curves that somebody made by hand.
        totals: The best split of other totals, the lowest first; empty where nobody asked.
        test: The test that is worth most, where no move is sure; None where nobody asked, too.
    """

    question: Question
    budget: float
    allocation: Mapping[str, float]
    outcome: Interval
    current: Current | None
    uplift: Uplift | None
    certificate: Certificate
    channels: Mapping[str, ChannelPlan]
    binding: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    currency: str = ""
    outcome_name: str = ""
    unit: str = ""
    objective: Reached | None = None
    shadow_prices: Mapping[str, float] = field(default_factory=dict)
    solver: str = ""
    uplift_alone: Interval | None = None
    value_per_unit: float | None = None
    origin: Origin | None = None
    totals: tuple[Total, ...] = ()
    test: NextTest | None = None

    @property
    def has_value(self) -> bool:
        """Whether the outcome is money or has a value in it: only then there is a ROI."""
        return all(part.mroi is not None for part in self.channels.values())

    @property
    def spend(self) -> float:
        """Money that the plan spends, at most `budget`."""
        return float(sum(self.allocation.values()))

    @property
    def stays(self) -> bool:
        """Whether it is today's spend, channel by channel."""
        if self.current is None:
            return False
        today = self.current.allocation
        slack = 1e-6 * max([*today.values(), self.spend])
        return all(abs(spend - today[name]) <= slack for name, spend in self.allocation.items())

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON holds it: plain numbers, strings, lists and mappings."""
        raw = asdict(self)
        del raw["origin"]
        raw |= origin_dict(self.origin)
        raw["totals"] = list(raw["totals"])
        raw["shadow_price"] = raw["certificate"].pop("shadow_price")
        if not self.certificate.known:
            raw["certificate"] |= {"upper_bound": None, "gap": None}
        raw["spend"] = self.spend
        raw["binding"], raw["warnings"], raw["notes"] = map(list, (self.binding, self.warnings, self.notes))
        for part in raw["channels"].values():
            part["bounds"] = list(part["bounds"])
            if not self.has_value:
                del part["roi"], part["mroi"]
        return signed(raw)

    @staticmethod
    def from_dict(raw: Mapping[str, Any]) -> Plan:
        """Read what `to_dict` wrote.

        Raises:
            FolderError: It isn't a plan.
        """
        try:
            return _plan(raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise FolderError(
                "this is not a plan",
                expected="the JSON that `mediamix optimize` writes",
                got=f"no {error}" if isinstance(error, KeyError) else str(error),
                next_step="run `mediamix optimize` again",
            ) from error

    def table(self) -> pd.DataFrame:
        """A row per channel for printing and CSV; NaN where a number doesn't exist."""
        import pandas as pd

        rows = [
            {
                "channel": name,
                "spend": part.spend,
                "current": _or_nan(part.current),
                "change": _or_nan(part.change),
                "contribution": part.contribution.mean,
                "contribution_p5": part.contribution.p5,
                "contribution_p95": part.contribution.p95,
                **(
                    {"roi": _mean(part.roi), "mroi": _mean(part.mroi)}
                    if self.has_value
                    else {"cost_per_unit": _mean(part.cost_per_unit)}
                ),
                "lower": part.bounds[0],
                "upper": part.bounds[1],
                "binding": part.binding or "",
                "extrapolation": _or_nan(part.extrapolation),
            }
            for name, part in self.channels.items()
        ]
        return pd.DataFrame(rows)


def _mean(interval: Interval | None) -> float:
    return float("nan") if interval is None else interval.mean


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _plan(raw: Mapping[str, Any]) -> Plan:
    """The typed parts from their mappings."""
    current, uplift = raw["current"], raw["uplift"]
    return Plan(
        question=Question(**raw["question"]),
        budget=raw["budget"],
        allocation=dict(raw["allocation"]),
        outcome=Interval(**raw["outcome"]),
        current=current and Current(dict(current["allocation"]), Interval(**current["outcome"])),
        uplift=uplift and Uplift(**uplift),
        certificate=_certificate(raw["certificate"], raw["shadow_price"]),
        channels={name: _channel(part) for name, part in raw["channels"].items()},
        binding=tuple(raw["binding"]),
        warnings=tuple(raw["warnings"]),
        notes=tuple(raw["notes"]),
        currency=raw["currency"],
        outcome_name=raw["outcome_name"],
        unit=raw["unit"],
        objective=raw.get("objective") and Reached(**raw["objective"]),
        shadow_prices=dict(raw.get("shadow_prices", {})),
        solver=raw.get("solver", ""),
        uplift_alone=Interval(**alone) if (alone := raw.get("uplift_alone")) else None,
        value_per_unit=raw["value_per_unit"],
        origin=Origin.from_dict(raw),
        totals=tuple(Total.from_dict(part) for part in raw.get("totals", ())),
        test=NextTest(**test) if (test := raw.get("test")) else None,
    )


def _certificate(raw: Mapping[str, Any], price: float) -> Certificate:
    bound, gap = (math.inf if raw[name] is None else raw[name] for name in ("upper_bound", "gap"))
    return Certificate(bound, gap, raw["status"], price)


def _interval(raw: Mapping[str, Any] | None) -> Interval | None:
    return None if raw is None else Interval(**raw)


def _channel(part: Mapping[str, Any]) -> ChannelPlan:
    return ChannelPlan(
        spend=part["spend"],
        current=part["current"],
        change=part["change"],
        contribution=Interval(**part["contribution"]),
        roi=_interval(part.get("roi")),
        mroi=_interval(part.get("mroi")),
        marginal=Interval(**part["marginal"]),
        cost_per_unit=_interval(part.get("cost_per_unit")),
        bounds=(part["bounds"][0], part["bounds"][1]),
        binding=part["binding"],
        extrapolation=part.get("extrapolation"),
    )
