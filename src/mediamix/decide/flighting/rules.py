"""The question of flighting as data: a budget over time, its limits and burst rules; `rules.yml`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from mediamix.core.construct import says
from mediamix.core.documents import switch
from mediamix.core.errors import BudgetError, shown
from mediamix.core.registry import strangers
from mediamix.decide.problem.bounds import is_number, read_file

Pair = tuple[float, float]
CostRule = Literal["last_year", "season"]
AfterRule = Literal["continues", "stops"]

_NO_RULE = "'{}' is not a rule"
EXAMPLE = "tv: {period: [0, 60000], minimum_buy: 20000, burst: 3, gap: 6}"


@says(BudgetError)
@dataclass(frozen=True)
class ChannelRules:
    """What one channel may do in the window.

    Args:
        total: Lowest and highest spend over the window.
        period: Lowest and highest spend in every period, or a mapping of dates to such pairs (a
            date stands for the period that holds it).
        minimum_buy: Lowest spend of a period in which the channel is on.
        burst: A channel that goes on stays on for this many periods at least.
        gap: It is never off for more than this many periods in a row.
        cost: Money per unit of exposure: one number, one per period, or a mapping of dates. For a
            channel whose exposure is its spend: price relative to the history's, 1 being the same. A
            channel that has exposure, but never had spend, is planned where this is given.
    """

    total: Pair | None = None
    period: Pair | Mapping[str, Pair] | None = None
    minimum_buy: float = 0.0
    burst: int = 1
    gap: int | None = None
    cost: float | Sequence[float] | Mapping[str, float] | None = None

    @property
    def pulses(self) -> bool:
        """Whether a rule ties periods to each other or forbids small spends."""
        return self.minimum_buy > 0 or self.burst > 1 or self.gap is not None

    @property
    def holds_at_zero(self) -> bool:
        """Whether a channel that never spends keeps all of it."""
        periods: list[Pair | None]
        periods = [*self.period.values()] if isinstance(self.period, Mapping) else [self.period]
        lowest = [pair[0] for pair in (self.total, *periods) if pair is not None]
        # A name without rules asks for the channel.
        asked = self == ChannelRules() or self.cost is not None
        return not asked and self.gap is None and not any(lowest)


@says(BudgetError)
@dataclass(frozen=True)
class Flighting:
    """A budget to spread over channels and periods.

    Args:
        total: Highest spend over the window; None: as in the same periods a year before.
        periods: Length of the window; None: 13, or that of the future that is given.
        channels: Channel -> its rules. A channel without a `total` gets half to one and a half of
            the share of the budget that last year's split would give.
        period: Lowest and highest spend of all channels together in every period, or a mapping of
            dates to such pairs.
        cost: Where costs per exposure come from that the channels don't give: ``last_year``, its
            mean, or ``season``, the same periods of last year, smoothed over five periods.
        after: What follows the window: spend ``continues`` at about the plan's means, or ``stops``.
            A carry-over out of the window is worth less beside further spend: a plan that thinks
            that nothing follows spends too much at its end.
        history: Whether the split of the data counts as evidence that it is a good one
            (`mediamix.decide.fitted.history`).

    Raises:
        BudgetError: A number or a name is wrong; all findings at once.
    """

    total: float | None = None
    periods: int | None = None
    channels: Mapping[str, ChannelRules] = field(default_factory=dict)
    period: Pair | Mapping[str, Pair] | None = None
    cost: CostRule = "last_year"
    after: AfterRule = "continues"
    history: bool = True

    def __post_init__(self) -> None:
        findings = []
        if self.total is not None and not (is_number(self.total) and 0 < self.total < math.inf):
            findings.append(f"the total must be a positive number, got {shown(self.total)}")
        if self.periods is not None and not (_is_count(self.periods) and self.periods > 0):
            findings.append(f"periods must be a whole number above 0, got {shown(self.periods)}")
        if self.cost not in ("last_year", "season"):
            findings.append(f"cost must be last_year or season, got {shown(self.cost)}")
        if self.after not in ("continues", "stops"):
            findings.append(f"after must be continues or stops, got {shown(self.after)}")
        if not isinstance(self.history, bool):
            findings.append(f"history must be true or false, got {shown(self.history)}")
        findings += _pair_findings("period", self.period)
        for name, rules in self.channels.items():
            findings += _channel_findings(name, rules)
        if findings:
            raise BudgetError(
                findings[0] if len(findings) == 1 else "the flighting rules can't be used",
                details=findings if len(findings) > 1 else (),
                next_step=f"correct the rules, e.g. {EXAMPLE}",
            )


def load_rules(path: str | Path) -> dict[str, Any]:
    """Read ``rules.yml`` as arguments of `Flighting`: all but the total and the periods.

    Raises:
        FolderError: The file is absent or can't be read.
        BudgetError: It isn't such a mapping; all findings at once.
    """
    return parse_rules(read_file(path, "rules") or {}, str(path))


def parse_rules(raw: object, name: str) -> dict[str, Any]:
    """Rules from mappings, lists and numbers, as YAML and JSON hold them: arguments of `Flighting`.

    Args:
        raw: The mapping.
        name: Of the file, for messages.

    Raises:
        BudgetError: It isn't such a mapping; all findings at once.
    """
    findings: list[str] = []
    known = ("channels", "period", "cost", "after", "history")
    if not isinstance(raw, dict):
        findings.append(f"there is a {type(raw).__name__}, not a mapping")
        raw = {}
    findings += strangers(raw, known, _NO_RULE)
    channels: dict[str, ChannelRules] = {}
    listed = raw.get("channels") or {}
    if not isinstance(listed, dict):
        findings.append("channels must map names to rules")
        listed = {}
    allowed = tuple(part.name for part in fields(ChannelRules))
    for name, rules in listed.items():
        if not isinstance(rules, dict):
            findings.append(f"{name}: rules are a mapping, got {shown(rules)}")
            continue
        findings += strangers(rules, allowed, f"{name}: {_NO_RULE}")
        channels[str(name)] = ChannelRules(
            **{key: _plain(value) for key, value in rules.items() if key in allowed}
        )
    if findings:
        raise BudgetError(
            f"{name} holds rules that can't be used",
            details=findings,
            expected=f"{', '.join(known)}; per channel {', '.join(allowed)}",
            next_step=f"write e.g. {EXAMPLE}",
        )
    found = {key: _plain(raw[key]) for key in known[1:] if raw.get(key) is not None}
    if "history" in found:
        found["history"] = switch(found["history"])
    return {**found, "channels": channels}


def _plain(value: Any) -> Any:
    """Lists of two are pairs."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _channel_findings(name: str, rules: ChannelRules) -> list[str]:
    found = []
    if rules.total is not None:
        found += _pair_findings(f"{name}: total", rules.total)
    found += _pair_findings(f"{name}: period", rules.period)
    if not (is_number(rules.minimum_buy) and 0 <= rules.minimum_buy < math.inf):
        found.append(f"{name}: minimum_buy must be 0 or more, got {shown(rules.minimum_buy)}")
    if not (_is_count(rules.burst) and rules.burst >= 1):
        found.append(f"{name}: burst must be a whole number of periods, got {shown(rules.burst)}")
    if rules.gap is not None and not (_is_count(rules.gap) and rules.gap >= 0):
        found.append(f"{name}: gap must be a whole number of periods, got {shown(rules.gap)}")
    return found + _cost_findings(name, rules.cost)


def _cost_findings(name: str, cost: object) -> list[str]:
    found = []
    numbers: object = cost
    if isinstance(cost, Mapping):
        found += _date_findings(f"{name}: cost", cost)
        numbers = list(cost.values())
    elif is_number(cost):
        numbers = [cost]
    listed = isinstance(numbers, Sequence | np.ndarray) and not isinstance(numbers, str)
    if cost is not None and not (listed and all(_is_positive(number) for number in cast(Any, numbers))):
        found.append(f"{name}: costs must be positive numbers, got {shown(cost)}")
    return found


def _pair_findings(where: str, value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        found = _date_findings(where, value)
        for key, pair in value.items():
            found += _pair_findings(f"{where} {key}", pair if pair is not None else "nothing")
        return found
    parts = list(value) if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) else []
    if len(parts) != 2 or not all(is_number(part) for part in parts):
        return [f"{where} must be two numbers (lowest, highest), got {shown(value)}"]
    if not 0 <= parts[0] <= parts[1]:
        return [f"{where} must be 0 or more, the lowest first, got {shown(value)}"]
    return []


def _is_positive(value: object) -> bool:
    return is_number(value) and 0 < cast(float, value) < math.inf


def _date_findings(where: str, value: Mapping[Any, object]) -> list[str]:
    found = []
    for key in value:
        try:
            date.fromisoformat(str(key))
        except ValueError:
            found.append(f"{where}: '{key}' is not a date, write 2026-12-21")
    return found


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
