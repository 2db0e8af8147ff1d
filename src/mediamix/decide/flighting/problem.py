"""From rules and a fit to a flighting problem in arrays, checked: every conflict is named in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.errors import BudgetError, DataError
from mediamix.core.registry import suggestion
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.data.periods import TimeAxis
from mediamix.data.repeat import YEAR
from mediamix.decide.flighting.bursts import Bursts
from mediamix.decide.flighting.conflicts import conflicts, needs
from mediamix.decide.flighting.costs import after_window, by_period, rates_of
from mediamix.decide.flighting.limits import Limits, Windows
from mediamix.decide.flighting.rules import ChannelRules, Flighting
from mediamix.decide.problem.wording import amount, listed
from mediamix.models.base import Fit

PERIODS = 13
#: Totals of channels without given ones, as parts of the share that last year's split would give.
DEFAULT_LOW, DEFAULT_HIGH = 0.5, 1.5
#: A period counts as on without a given `minimum_buy` from this quantile of its past spends up.
SMALLEST = 0.05


@dataclass(frozen=True, eq=False)
class FlightProblem:
    """A flighting problem that fits its fit.

    Args:
        future: The window: dates, controls, events; its media of planned channels aren't used.
        planned: Positions of the planned channels in the fit.
        names: Their names.
        limits: What may be spent.
        least_c: Spend from which a period counts as on.
        bursts: Rules of on and off per channel.
        rate_ct: Exposure per unit of money.
        after_c: Exposure per period after the window: a first guess, if spend continues.
        last_year_ct: Spend in the same periods a year before, if the history reaches back.
        notes: What was assumed, in words.
    """

    future: Dataset
    planned: tuple[int, ...]
    names: tuple[str, ...]
    limits: Limits
    least_c: Float[np.ndarray, " channel"]
    bursts: tuple[Bursts, ...]
    rate_ct: Float[np.ndarray, "channel time"]
    after_c: Float[np.ndarray, " channel"]
    last_year_ct: Float[np.ndarray, "channel time"] | None
    notes: tuple[str, ...]

    @property
    def has_bursts(self) -> bool:
        """Whether any channel has rules that tie periods together or forbid small spends."""
        return bool((self.least_c > 0).any()) or any(not part.is_free for part in self.bursts)

    def allows(self, x_ct: Float[np.ndarray, "channel time"]) -> bool:
        """Whether spends keep all limits and burst rules."""
        slack = 1e-6
        for x_t, least, part in zip(x_ct, self.least_c, self.bursts, strict=True):
            on_t = x_t > slack * self.limits.total / x_ct.size
            if (x_t[on_t] < least * (1 - slack)).any():
                return False
            # Without a burst rule a period that must be on may spend its lowest, whatever that is.
            if not part.is_free and not part.allows(on_t):
                return False
        return self.limits.keeps(x_ct, slack)

    def windows(self) -> Windows:
        """Stretches that a longest gap forces to hold a spend: true of every allowed plan."""
        found = Windows([], [], [], [])
        for c, part in enumerate(self.bursts):
            if part.gap is None or self.least_c[c] <= 0:
                continue
            for start in range(part.periods - part.gap):
                found.channel.append(c)
                found.start.append(start)
                found.stop.append(start + part.gap + 1)
                found.least.append(float(self.least_c[c]))
        return found


def resolve(fit: Fit, rules: Flighting, future: Dataset | None) -> FlightProblem:
    """Check rules against a fit, complete them, and lay them out.

    Raises:
        BudgetError: A channel or date isn't known, or no plan can keep all rules; all findings.
        DataError: The future doesn't fit, or the history is too short to repeat the year before.
    """
    future, repeated = _future(fit, rules, future)
    data, axis = fit.dataset, TimeAxis(future.dates, future.every)
    planned, notes = _planned(data, rules)
    names = tuple(data.channel_names[c] for c in planned)
    unplanned = {name: part for name, part in rules.channels.items() if name not in names}
    idle = [name for name, part in unplanned.items() if name in data.channel_names and part.holds_at_zero]
    findings = [
        f"the rules name '{name}', which has no spend to plan: "
        f"{suggestion(name, names) or 'planned are ' + ', '.join(names)}"
        for name in unplanned
        if name not in idle
    ]
    if idle:
        notes.append(f"{listed(idle)}: never had spend, stays at 0; a `cost` of its exposure would let it in")
    own = [rules.channels.get(name, ChannelRules()) for name in names]
    last_year_ct = None if repeated is None else repeated.spend_gtc.sum(axis=0).T[list(planned)]
    total = _total(rules, last_year_ct, findings)
    rate_ct = rates_of(data, axis, planned, own, rules.cost == "season", findings)
    limits = _periods(names, own, rules, axis, total, findings)
    if findings:
        raise _error(findings, "correct the rules")
    least_c = np.array([_least(data, c, part, notes) for c, part in zip(planned, own, strict=True)])
    bursts = [
        Bursts(part.burst, part.gap, _before(data, c), _may(upper, least, total), low > 0)
        for c, part, upper, low, least in zip(
            planned, own, limits.upper_ct, limits.lower_ct, least_c, strict=True
        )
    ]
    limits, more = _channel_totals(limits, names, own, last_year_ct, bursts, least_c)
    bursts = [
        replace(part, may_t=_may(upper, least, total))
        for part, upper, least in zip(bursts, limits.upper_ct, least_c, strict=True)
    ]
    may_ct = np.stack([part.may_t for part in bursts])
    limits = replace(limits, upper_ct=np.where(may_ct, limits.upper_ct, 0.0))
    findings = conflicts(limits, names, bursts, least_c, data.currency)
    if findings:
        raise _error(findings, "relax one of the named rules")
    after_c = after_window(data, planned, limits.shape[1], total) * (rules.after == "continues")
    return FlightProblem(
        future,
        planned,
        names,
        limits,
        least_c,
        tuple(bursts),
        rate_ct,
        after_c,
        last_year_ct,
        (*notes, *more),
    )


def _future(fit: Fit, rules: Flighting, given: Dataset | None) -> tuple[Dataset, Dataset | None]:
    """The window, and the same with the media of the year before, if there is one."""
    data = fit.dataset
    if given is not None and rules.periods not in (None, given.n_periods):
        raise BudgetError(
            f"the rules plan {rules.periods} periods, the future has {given.n_periods}",
            next_step="give one of them",
        )
    periods = given.n_periods if given is not None else rules.periods or PERIODS
    reaches_back = data.n_periods >= YEAR[data.every][0]
    if given is not None and not reaches_back:
        return given, None
    repeated = read_future(data, periods=periods, spec=fit.spec)
    if given is not None and not np.array_equal(given.dates, repeated.dates):
        raise DataError(
            f"the future begins on {given.dates[0]}, the fit's data go on at {repeated.dates[0]}",
            next_step="make it with read_future(fit.dataset, …, spec=fit.spec)",
        )
    return given if given is not None else repeated, repeated


def _planned(data: Dataset, rules: Flighting) -> tuple[tuple[int, ...], list[str]]:
    """Channels with spend in the last year, and those with older spend, or a cost, that the rules name."""
    year = round(data.every.per_year)
    spend_gtc = data.spend_gtc
    recent_c, ever_c = spend_gtc[:, -year:].sum(axis=(0, 1)), data.spend_c
    planned, idle = [], []
    for c, channel in enumerate(data.channels):
        own = rules.channels.get(channel.name, ChannelRules())
        unpaid = channel.kind in (Kind.ORGANIC, Kind.TREATMENT) and own.cost is None
        if unpaid or ever_c[c] <= 0:
            continue
        if recent_c[c] > 0 or channel.name in rules.channels:
            planned.append(c)
        else:
            idle.append(channel.name)
    if not planned:
        raise BudgetError(
            "no channel has spend to plan",
            expected="a paid channel with spend in the last year of the data",
            next_step="give spend beside the exposure",
        )
    notes = [f"{listed(idle)}: no spend in the last year, not planned; rules would let it in"] if idle else []
    return tuple(planned), notes


def _total(rules: Flighting, last_year_ct: np.ndarray | None, findings: list[str]) -> float:
    if rules.total is not None:
        return float(rules.total)
    if last_year_ct is None or last_year_ct.sum() <= 0:
        findings.append("the budget has no total, and no spend of the year before stands for it")
        return 1.0
    return float(last_year_ct.sum())


def _least(data: Dataset, channel: int, rules: ChannelRules, notes: list[str]) -> float:
    """Spend from which a period is on."""
    if rules.minimum_buy > 0 or (rules.burst <= 1 and rules.gap is None):
        return float(rules.minimum_buy)
    spend_t = data.spend_gtc[:, :, channel].sum(axis=0)
    least = float(np.quantile(spend_t[spend_t > 0], SMALLEST))
    notes.append(
        f"{data.channel_names[channel]}: on means {amount(least, data.currency)} a period or more, about "
        "the smallest spend in the data; set `minimum_buy` to change it"
    )
    return least


def _periods(
    names: Sequence[str],
    own: Sequence[ChannelRules],
    rules: Flighting,
    axis: TimeAxis,
    total: float,
    findings: list[str],
) -> Limits:
    """Limits per period, without channel totals; bursts that don't fit are findings."""
    low_t, high_t = by_period("period", rules.period, axis, findings)
    cells = [
        by_period(f"{name}: period", part.period, axis, findings)
        for name, part in zip(names, own, strict=True)
    ]
    findings += [
        f"{name}: a burst of {part.burst} periods doesn't fit into a window of {len(axis)}"
        for name, part in zip(names, own, strict=True)
        if part.burst > len(axis)
    ]
    high_t = np.minimum(high_t, total)
    lower_ct, upper_ct = (np.stack(part) for part in zip(*cells, strict=True))
    none_c, all_c = np.zeros(len(names)), np.full(len(names), total)
    return Limits(total, lower_ct, np.minimum(upper_ct, high_t), none_c, all_c, low_t, high_t)


def _may(upper_t: np.ndarray, least: float, total: float) -> Bool[np.ndarray, " time"]:
    """Periods in which a channel may be on."""
    return np.asarray(upper_t >= max(least * (1 - 1e-9), 1e-12 * total))


def _before(data: Dataset, channel: int) -> int:
    """Periods on (positive) or off (negative) at the end of the history."""
    on = data.spend_gtc[:, :, channel].sum(axis=0) > 0
    changes = np.flatnonzero(on != on[-1])
    length = len(on) - 1 - int(changes[-1]) if changes.size else len(on)
    return length if bool(on[-1]) else -length


def _channel_totals(
    limits: Limits,
    names: Sequence[str],
    own: Sequence[ChannelRules],
    last_year_ct: np.ndarray | None,
    bursts: Sequence[Bursts],
    least_c: np.ndarray,
) -> tuple[Limits, list[str]]:
    """Limits with channel totals: those given, else around the share of last year's split."""
    low_c, high_c = limits.channel_low_c.copy(), limits.channel_high_c.copy()
    need_c = needs(limits, bursts, least_c)
    free = [k for k, part in enumerate(own) if part.total is None]
    split_c = None if last_year_ct is None else last_year_ct.sum(axis=1)
    for k, part in enumerate(own):
        if part.total is not None:
            low_c[k], high_c[k] = part.total[0], min(part.total[1], limits.total)
        elif split_c is not None and split_c[k] > 0:
            share = float(split_c[k] / split_c.sum() * limits.total)
            high_c[k] = max(min(DEFAULT_HIGH * share, limits.total), need_c[k])
            # A share too small for a period that is on leaves the channel off.
            may_t = np.minimum(limits.upper_ct[k], high_c[k]) >= least_c[k]
            low_c[k] = min(DEFAULT_LOW * share, float(limits.upper_ct[k][may_t].sum()))
    # Lower limits that nobody asked for must not make the problem impossible.
    room = limits.total - sum(max(low_c[k], need_c[k]) for k in range(len(own)) if k not in free)
    extra = sum(max(low_c[k], need_c[k]) for k in free)
    if extra > room:
        for k in free:
            low_c[k] *= max(0.0, room / extra)
    notes = []
    if free and split_c is not None and split_c.sum() > 0:
        notes.append(
            f"{listed([names[k] for k in free])}: without a given total, {DEFAULT_LOW:.0%} to "
            f"{DEFAULT_HIGH:.0%} of the share of the budget that last year's split would give"
        )
        idle = [names[k] for k in free if split_c[k] <= 0]
        if idle:
            notes.append(f"{listed(idle)}: no spend in these periods last year; free within the budget")
    upper_ct = np.minimum(limits.upper_ct, high_c[:, None])
    made = Limits(
        limits.total, limits.lower_ct, upper_ct, low_c, high_c, limits.period_low_t, limits.period_high_t
    )
    return made, notes


def _error(findings: Sequence[str], next_step: str) -> BudgetError:
    if len(findings) == 1:
        return BudgetError(findings[0], next_step=next_step)
    return BudgetError("the flighting can't be planned", details=findings, next_step=next_step)
