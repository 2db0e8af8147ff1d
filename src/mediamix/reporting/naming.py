"""Channels by the names that people know them by: everything of a `Material` that names one, in one place.

Sections see the material so; the tables and the numbers in JSON keep the data's own names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from mediamix.core.names import plain, tidy
from mediamix.core.types import Finding
from mediamix.decide.answer.plan import Plan
from mediamix.measure.summary import Summary
from mediamix.reporting.changes import Changes

if TYPE_CHECKING:
    from mediamix.reporting.material import Material

Value = TypeVar("Value")
#: Words of our own sentences: a channel of that name keeps it inside of one.
OURS = frozenset({"media", "spend", "budget", "plan", "all", "total", "outcome", "model", "data", "other"})


def labels_of(channels: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Channel → what it is shown as; a name that another channel has already is shown with its own."""
    found: dict[str, str] = {}
    for channel in channels:
        label = tidy(names.get(channel, "")) or channel
        others = {plain(other) for other in (*channels, *found.values()) if other != channel}
        found[channel] = f"{label} ({channel})" if plain(label) in others else label
    return found


def labelled(material: Material, labels: Mapping[str, str]) -> Material:
    """The material with every channel under its label."""

    def shown(name: str) -> str:
        return labels.get(name, name)

    def keyed(raw: Mapping[str, Value]) -> dict[str, Value]:
        return {shown(name): value for name, value in raw.items()}

    said = _sayer(labels)
    return replace(
        material,
        summary=_summary(material.summary, shown, said),
        contributions=_components(material.contributions, shown),
        roi=_column(material.roi, "channel", shown),
        curves=_column(material.curves, "channel", shown),
        effect_shares=keyed(material.effect_shares),
        colours=keyed(material.colours),
        plan=None if material.plan is None else _plan(material.plan, shown, said),
        truth=None if material.truth is None else _truth(material.truth, keyed),
        changes=None if material.changes is None else _changes(material.changes, shown, said),
        labels={name: name for name in labels.values()},
    )


def _sayer(labels: Mapping[str, str]) -> Callable[[str], str]:
    """Puts labels into a sentence that was written before: whole words only, and none of our own."""
    changed = {name: label for name, label in labels.items() if name != label and name.lower() not in OURS}
    if not changed:
        return lambda text: text
    longest = sorted(changed, key=len, reverse=True)
    whole = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest))})(?![\w-])(?! stopped)")
    return lambda text: whole.sub(lambda found: changed[found.group(1)], text)


def _summary(summary: Summary, shown: Callable[[str], str], said: Callable[[str], str]) -> Summary:
    geos = summary.geos
    if geos is not None:
        every = tuple(
            replace(geo, channels=tuple(replace(c, measure=_named(c.measure, shown)) for c in geo.channels))
            for geo in geos.geos
        )
        geos = replace(geos, geos=every, spread={shown(name): part for name, part in geos.spread.items()})
    sampling = summary.convergence
    return replace(
        summary,
        channels=tuple(_named(measure, shown) for measure in summary.channels),
        convergence=replace(
            sampling,
            findings=_findings(sampling.findings, said),
            table={said(scalar): scores for scalar, scores in sampling.table.items()},
        ),
        model_findings=_findings(summary.model_findings, said),
        data_findings=_findings(summary.data_findings, said),
        geos=geos,
        evidence={shown(name): known for name, known in summary.evidence.items()},
        learned={shown(name): known for name, known in summary.learned.items()},
    )


def _named(measure: Any, shown: Callable[[str], str]) -> Any:
    return replace(measure, name=shown(measure.name))


def _findings(findings: Sequence[Finding], said: Callable[[str], str]) -> tuple[Finding, ...]:
    """Where and what; the advice names what stands in the spec, which has the data's names."""
    return tuple(replace(one, where=said(one.where), message=said(one.message)) for one in findings)


def _plan(plan: Plan, shown: Callable[[str], str], said: Callable[[str], str]) -> Plan:
    current = plan.current
    if current is not None:
        today = {shown(name): spend for name, spend in current.allocation.items()}
        current = replace(current, allocation=today)
    return replace(
        plan,
        allocation={shown(name): spend for name, spend in plan.allocation.items()},
        channels={shown(name): part for name, part in plan.channels.items()},
        current=current,
        binding=tuple(map(said, plan.binding)),
        warnings=tuple(map(said, plan.warnings)),
        notes=tuple(map(said, plan.notes)),
        test=None if plan.test is None else replace(plan.test, channel=shown(plan.test.channel)),
        shadow_prices={said(label): price for label, price in plan.shadow_prices.items()},
    )


def _changes(found: Changes, shown: Callable[[str], str], said: Callable[[str], str]) -> Changes:
    """The keys of the spec keep the names that stand there."""
    spec = set(found.spec)
    channels = tuple(
        replace(
            moved,
            channel=shown(moved.channel),
            why=tuple(line if line in spec else said(line) for line in moved.why),
        )
        for moved in found.channels
    )
    restated, moved = tuple(map(said, found.restated)), tuple(map(said, found.moved))
    return replace(found, channels=channels, restated=restated, moved=moved)


def _components(table: pd.DataFrame, shown: Callable[[str], str]) -> pd.DataFrame:
    """A baseline's term may bear the name of a channel: it keeps it."""
    media = table["kind"] == "media"
    return table.assign(component=table["component"].where(~media, table["component"].map(shown)))


def _column(table: pd.DataFrame, column: str, shown: Callable[[str], str]) -> pd.DataFrame:
    return table.assign(**{column: table[column].map(shown)})


def _truth(truth: Mapping[str, Any], keyed: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    return {name: keyed(value) if isinstance(value, Mapping) else value for name, value in truth.items()}
