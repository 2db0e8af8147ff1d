"""`Material`: everything that sections need, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.numbers import amount, money, quantity, span
from mediamix.core.provenance import versions
from mediamix.core.spec import Report
from mediamix.core.types import Finding
from mediamix.decide.answer.plan import Plan
from mediamix.decide.problem.origin import FitId
from mediamix.measure.contribution import carried_in, contributions, roi_table, total_contributions
from mediamix.measure.frequency import FrequencyMeasure, measure_frequencies
from mediamix.measure.interval import Interval
from mediamix.measure.quality import Fitted, fitted
from mediamix.measure.response import response_curves
from mediamix.measure.summary import Summary, summarise
from mediamix.measure.verdict import Verdict
from mediamix.models.base import Fit
from mediamix.reporting.changes import Changes, Earlier, changes
from mediamix.reporting.insights import Insight, insights
from mediamix.reporting.naming import labelled, labels_of
from mediamix.reporting.palette import channel_colours

#: Points per response curve: smooth at the size they are drawn.
CURVE_POINTS = 33


@dataclass(frozen=True)
class Material:
    """A fit, measured.

    Args:
        fit: What was fitted.
        summary: Its numbers.
        outcome: Expected and predictive outcome per period.
        contributions: Per component and period.
        roi: A row per channel.
        curves: Response curves.
        paid_roi: Value of all paid channels' contribution per unit of spend; None without spend
            or without a value of the outcome.
        effect_shares: Paid channel → its part of what all paid channels brought; empty without spend, or
            where that may be nothing.
        colours: Channel → colour.
        plan: Recommended budget, if there is one.
        truth: What the generator knows, for generated data.
        about: Title, client, author, date and names of channels.
        changes: Since an earlier run, if one is given.
        labels: Channel → what it is called here, in the dataset's order; empty: its own name.
    """

    fit: Fit
    summary: Summary
    outcome: Fitted
    contributions: pd.DataFrame
    roi: pd.DataFrame
    curves: pd.DataFrame
    paid_roi: Interval | None
    effect_shares: Mapping[str, Interval]
    colours: Mapping[str, str]
    plan: Plan | None
    truth: Mapping[str, Any] | None
    about: Report = field(default_factory=Report)
    changes: Changes | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def shown(self) -> Material:
        """The same with channels under the names of the report; those of the data where it has none."""
        if self.labels or not self.about.names:
            return self
        return labelled(self, labels_of(self.fit.dataset.channel_names, self.about.names))

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Of the dataset's channels, in its order, as they are called here."""
        return tuple(self.labels) or tuple(self.fit.dataset.channel_names)

    @property
    def verdict(self) -> Verdict:
        """Of all findings."""
        return self.summary.judged

    @cached_property
    def insights(self) -> tuple[Insight, ...]:
        """What is worth saying, the most money first."""
        return insights(self.summary, self.plan, self.fit.dataset.worth)

    @cached_property
    def frequencies(self) -> list[FrequencyMeasure]:
        """What a frequency does in the channels of reach & frequency."""
        return measure_frequencies(self.fit)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of the data checks."""
        return self.summary.data_findings

    @property
    def currency(self) -> str:
        """Of the spend."""
        return self.fit.dataset.currency

    @property
    def is_money(self) -> bool:
        """Whether the outcome is money."""
        return self.fit.dataset.unit == "revenue"

    @property
    def has_value(self) -> bool:
        """Whether the outcome is money or has a value in it: only then there is a ROI."""
        return self.fit.dataset.worth is not None

    @property
    def window(self) -> str:
        """The fit's window in words."""
        return str(self.summary.window)

    def amount(self, value: float | None, *, signed: bool = False) -> str:
        """An amount of the outcome with its unit."""
        return amount(value, self.summary.outcome_unit, self.currency, signed=signed)

    def amounts(self, low: float, high: float) -> str:
        """An interval of the outcome with its unit."""
        if self.is_money:
            return span(low, high, self.amount)
        return f"{span(low, high, quantity)} {self.summary.outcome_unit}"

    @property
    def outcome_axis(self) -> str:
        """The outcome with its unit, as an axis names it: ``revenue, EUR``, ``orders``."""
        name, unit = self.summary.outcome_name, self.summary.outcome_unit
        return f"{name}, {unit}" if self.is_money else unit

    def more(self, value: float) -> str:
        """A gain or a loss in words: ``EUR 1.4 M more revenue``, ``12.5 k fewer orders``."""
        name = self.summary.outcome_name
        if self.is_money:
            return f"{self.amount(abs(value))} {'more' if value >= 0 else 'less'} {name}"
        return f"{quantity(abs(value))} {'more' if value >= 0 else 'fewer'} {name}"

    def spend(self, value: float | None, *, signed: bool = False) -> str:
        """An amount of money."""
        return money(value, self.currency, signed=signed)


def gather(
    fit: Fit,
    plan: Plan | None = None,
    truth: Mapping[str, Any] | None = None,
    summary: Summary | None = None,
    about: Report | None = None,
    since: Earlier | None = None,
) -> Material:
    """Measure a fit for the report.

    Args:
        fit: What was fitted.
        plan: Made with it.
        truth: Of generated data.
        summary: Of the fit, if it is there already.
        about: In the place of what the spec says of the report.
        since: An earlier run that it is compared with.

    Raises:
        DataError: `truth` or `plan` belong to other channels.
    """
    _refuse_strangers(fit, plan, truth)
    outcome = fitted(fit)
    summary = summary or summarise(fit, outcome)
    return Material(
        fit=fit,
        summary=summary,
        outcome=outcome,
        contributions=contributions(fit),
        roi=roi_table(summary.channels, value=fit.dataset.worth is not None),
        curves=response_curves(fit, points=CURVE_POINTS),
        paid_roi=_paid_roi(fit),
        effect_shares=_effect_shares(fit),
        colours=channel_colours(fit.dataset.channel_names),
        plan=plan,
        truth=truth,
        about=fit.spec.report if about is None else about,
        changes=None if since is None else changes(since, fit, summary, versions().get("mediamix", "")),
    )


def _paid_roi(fit: Fit) -> Interval | None:
    data = fit.dataset
    value = data.worth
    paid = data.spend_c > 0
    if value is None or not paid.any():
        return None
    own = total_contributions(fit) - carried_in(fit)
    worth = own[:, paid].sum(axis=1) * value
    return Interval.of(np.asarray(worth / data.spend_c[paid].sum()))


def _effect_shares(fit: Fit) -> dict[str, Interval]:
    data = fit.dataset
    paid = np.flatnonzero(data.spend_c > 0)
    own = (total_contributions(fit) - carried_in(fit))[:, paid]
    together = own.sum(axis=1)
    if not len(paid) or not (together > 0).all():
        return {}
    return {data.channel_names[c]: Interval.of(own[:, i] / together) for i, c in enumerate(paid)}


def _refuse_strangers(fit: Fit, plan: Plan | None, truth: Mapping[str, Any] | None) -> None:
    """A report must not mix the channels of two analyses."""
    names = set(fit.dataset.channel_names)
    found = []
    if plan is not None and plan.origin is not None and plan.origin.fit != FitId.of(fit):
        found.append(f"the plan is of another fit ({plan.origin.fit}; this one is {FitId.of(fit)})")
    strangers = set() if plan is None else set(plan.allocation) - names
    if strangers and all(name.rpartition("/")[0] in names for name in strangers):
        found.append("the plan is by geo: the report shows plans per channel; plan again without by='geo'")
    elif strangers:
        found.append(f"the plan has channels that the fit lacks: {_listed(strangers)}")
    if truth is not None:
        known = truth.get("contribution")
        if not isinstance(known, Mapping):
            found.append("the truth has no 'contribution' (channel to outcome units)")
        elif set(known) != names:
            found.append(f"the truth and the fit differ in the channels {_listed(set(known) ^ names)}")
    if found:
        raise DataError(
            "the report's parts don't belong together",
            details=found,
            expected=f"the fit's channels: {_listed(names)}",
            next_step="give the plan and the truth of this fit, or leave them out",
        )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
