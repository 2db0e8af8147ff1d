"""Given limits against curves: which channels they name, and where their curves end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from mediamix.core.registry import suggestion
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget, Group, problem_error
from mediamix.decide.problem.wording import amount


def checked(
    curves: Curves, budget: Budget
) -> tuple[dict[str, tuple[float, float] | Bound], tuple[Group, ...]]:
    """Bounds and groups with every ``*`` replaced by the channels it stands for.

    Raises:
        BudgetError: Names that no curve has, bounds beyond a curve; all findings at once.
    """
    findings = _name_findings(curves, budget)
    bounds: dict[str, tuple[float, float] | Bound] = {}
    for pattern, bound in sorted(budget.bounds.items(), key=lambda item: "*" not in item[0]):
        bounds |= dict.fromkeys(named(pattern, curves.channels), bound)
    for name, bound in bounds.items():
        findings += _range_findings(name, bound, curves)
        findings += _frequency_findings(name, bound, curves)
    if findings:
        raise problem_error(findings, "correct these; the curve ends where nothing is known any more")
    groups = tuple(
        replace(g, channels=_members(g.channels, curves.channels), name=g.label) for g in budget.groups
    )
    return bounds, groups


def _frequency_findings(name: str, bound: tuple[float, float] | Bound, curves: Curves) -> list[str]:
    """Curves are of one frequency: another one needs others."""
    wanted = bound.frequency if isinstance(bound, Bound) else None
    has = curves.frequencies.get(name)
    if wanted is None or (has is not None and wanted in ("optimal", has)):
        return []
    of = "today's frequencies" if has is None else f"a frequency of {has:.1f}"
    return [
        f"{name} is to have a frequency of {wanted}, but these curves are of {of}: make them with "
        "curves_of(fit, budget)"
    ]


def highest_of(
    current: Mapping[str, float], bounds: Mapping[str, tuple[float, float] | Bound]
) -> dict[str, float]:
    """The highest spend that given bounds ask for, per channel where they name one."""
    found = {}
    for pattern, bound in bounds.items():
        for name in named(pattern, current):
            if not isinstance(bound, Bound):
                found[name] = bound[1]
            elif bound.high is not None:
                found[name] = bound.high
            elif bound.change is not None:
                found[name] = current[name] * (1 + bound.change[1])
            elif bound.low is not None or bound.minimum_buy:
                found[name] = max(bound.low or 0.0, bound.minimum_buy)
    return found


def _asked(
    curves: Curves, name: str, bound: tuple[float, float] | Bound
) -> tuple[float | None, float | None]:
    """Lowest and highest spend that were asked for, None where none was."""
    if not isinstance(bound, Bound):
        return bound
    low, high = bound.low, bound.high
    if bound.change is not None and curves.current is not None:
        today = curves.current[name]
        least, most = today * (1 + bound.change[0]), today * (1 + bound.change[1])
        low = least if low is None else max(low, least)
        high = most if high is None else min(high, most)
    return low, high


def limits_of(curves: Curves, name: str, bound: tuple[float, float] | Bound) -> tuple[float, float]:
    """The same within the curve."""
    first, last = float(curves.spend[name][0]), float(curves.spend[name][-1])
    low, high = _asked(curves, name, bound)
    low, high = first if low is None else low, last if high is None else high
    if least_buy(bound) and first > 0:
        low = max(low, least_buy(bound))
    return min(max(low, first), last), min(max(high, first), last)


def least_buy(bound: tuple[float, float] | Bound) -> float:
    """Least spend of a channel that is on; 0 without such a minimum."""
    return bound.minimum_buy if isinstance(bound, Bound) else 0.0


def named(pattern: str, names: Iterable[str]) -> list[str]:
    """The channels that a name or a pattern with ``*`` stands for."""
    if pattern in names or "*" not in pattern:
        return [name for name in names if name == pattern]
    return [name for name in names if fnmatchcase(name, pattern.replace("[", "[[]"))]


def _members(patterns: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for pattern in patterns for name in named(pattern, names)))


def _name_findings(curves: Curves, budget: Budget) -> list[str]:
    known = ", ".join(curves.channels)
    mentioned = [("the bounds name", name) for name in budget.bounds]
    mentioned += [
        (f"the group {group.label} names", name) for group in budget.groups for name in group.channels
    ]
    mentioned += [(f"the ratio {r.label} names", name) for r in budget.ratios for name in (r.channel, r.to)]
    return [
        f"{who} '{name}', which has no curve: {suggestion(name, curves.channels) or f'known are {known}'}"
        for who, name in mentioned
        if not named(name, curves.channels)
    ]


def _range_findings(name: str, bound: tuple[float, float] | Bound, curves: Curves) -> list[str]:
    """Bounds outside of where the curve is known, or relative to a spend that isn't."""
    if isinstance(bound, Bound) and bound.change is not None and curves.current is None:
        return [f"the bounds of {name} are changes from today's spend, which isn't known"]
    first, last = float(curves.spend[name][0]), float(curves.spend[name][-1])
    low, high = _asked(curves, name, bound)
    slack = 1e-9 * last
    found = []
    if high is not None and high > last + slack:
        found.append(
            f"the upper bound of {name}, {amount(high, curves.currency)}, is beyond its curve, "
            f"which is known up to {amount(last, curves.currency)}"
        )
    if low is not None and low < first - slack:
        found.append(
            f"the lower bound of {name}, {amount(low, curves.currency)}, is below its curve, "
            f"which is known from {amount(first, curves.currency)}"
        )
    if low is not None and low > (last if high is None else high) + slack:
        found.append(
            f"the bounds of {name} leave nothing: at least {amount(low, curves.currency)}, "
            f"at most {amount(last if high is None else high, curves.currency)}"
        )
    return found
