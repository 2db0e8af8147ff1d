"""Limits on channels that spend nothing and have no curve: kept by 0, or refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.limits import named
from mediamix.decide.problem.problem import Budget, Group, Ratio, problem_error
from mediamix.decide.problem.wording import amount, listed

#: How a channel without a curve gets one.
WAYS = "restart (a channel that was on before) or cost_per_unit (exposure without spend) in its bounds"


def settled(
    channels: Collection[str], idle: Collection[str], budget: Budget, currency: str = ""
) -> tuple[Budget, tuple[str, ...]]:
    """A budget without its limits on idle channels, which 0 keeps, and a note on them.

    A ``*`` stands for channels with curves; only where it meets none, for idle ones.

    Args:
        channels: Those with curves.
        idle: Those that spend nothing, and don't have one.
        budget: Any limits; names that neither list has are left for others to refuse.
        currency: For messages.

    Raises:
        BudgetError: A limit that 0 doesn't keep; all findings at once.
    """
    if not idle:
        return budget, ()

    def is_idle(pattern: str) -> bool:
        return not named(pattern, channels) and bool(named(pattern, idle))

    findings: list[str] = []
    held = {name: bound for name, bound in budget.bounds.items() if is_idle(name)}
    for name, bound in held.items():
        findings += _bound_findings(name, bound, currency)
    groups = []
    for group in budget.groups:
        left = tuple(name for name in group.channels if not is_idle(name))
        if left:
            groups.append(group if len(left) == len(group.channels) else _without(group, left))
        elif group.min or group.min_share:
            findings.append(f"the group {group.label} has a minimum, but its channels have {_NOTHING}")
    ratios = []
    for ratio in budget.ratios:
        stopped = is_idle(ratio.channel), is_idle(ratio.to)
        if not any(stopped):
            ratios.append(ratio)
        else:
            findings += _ratio_findings(ratio, *stopped)
    if findings:
        raise problem_error(findings, f"give {WAYS}, or leave these limits out")
    bounds = {name: bound for name, bound in budget.bounds.items() if name not in held}
    return replace(budget, bounds=bounds, groups=groups, ratios=ratios), _notes(held)


_NOTHING = "no spend in the planned window: what they would bring isn't known"


def _without(group: Group, left: tuple[str, ...]) -> Group:
    return replace(group, channels=left, name=group.label)


def _bound_findings(name: str, bound: tuple[float, float] | Bound, currency: str) -> list[str]:
    means = () if not isinstance(bound, Bound) else (bound.restart, bound.cost_per_unit, bound.frequency)
    if any(mean is not None for mean in means):
        return [
            f"{name} has a restart, a cost_per_unit or a frequency, but these curves were made without: "
            "make them with curves_of(fit, budget)"
        ]
    low = bound.low or 0.0 if isinstance(bound, Bound) else bound[0]
    if low <= 0:
        return []
    return [
        f"{name} has limits, at least {amount(low, currency)}, but no spend in the planned window: what it "
        "would bring isn't known"
    ]


def _ratio_findings(ratio: Ratio, channel_idle: bool, to_idle: bool) -> list[str]:
    """A ratio that could only hold if the other channel were off, too."""
    if channel_idle and not to_idle and ratio.min:
        return [f"the ratio {ratio.label} would keep {ratio.to} at 0, because {ratio.channel} has {_NOTHING}"]
    if to_idle and not channel_idle and ratio.max is not None:
        return [f"the ratio {ratio.label} would keep {ratio.channel} at 0, because {ratio.to} has {_NOTHING}"]
    return []


def _notes(held: Mapping[str, object]) -> tuple[str, ...]:
    if not held:
        return ()
    return (
        f"{listed(list(held))}: no spend in the planned window, stays at 0, which its limits allow; {WAYS} "
        "would let it in",
    )
