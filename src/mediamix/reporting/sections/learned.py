"""What the data said: each channel's parameters before and after, and where they are what was put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mediamix.core.numbers import percent, quantity, span, times
from mediamix.measure.overlap import ONLY_PRIOR
from mediamix.reporting.blocks import Block, Cell, Column, Figure, Legend, Panels, Table
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK, MUTED
from mediamix.reporting.section import Section

#: Parameters that have a figure: those of most channels. All are in the table.
FIGURES = 4
#: A figure ends here, in times of the farther median: a long tail must not hide the others.
CUT = 6.0
TITLES = {
    "roi": "Return per unit of spend",
    "share": "Share of the outcome",
    "half_life": "Half-life",
    "half_effect": "Half effect",
}
NOTHING = "the data said nothing"

Before = Mapping[str, Mapping[str, Mapping[str, Any]]]


def build(material: Material) -> list[Block]:
    """A figure per parameter that channels share, a pair of intervals per channel; all of them as a table."""
    learned: Before = material.summary.learned
    names: dict[str, int] = {}
    for parameters in learned.values():
        for name in parameters:
            names[name] = names.get(name, 0) + 1
    if not names:
        return []
    shown = sorted(names, key=lambda name: -names[name])[:FIGURES]
    silent = [
        f"{channel} ({', '.join(_title(n).lower() for n in found)})"
        for channel, parameters in learned.items()
        if (found := [name for name, one in parameters.items() if one["only_prior"]])
    ]
    caption = (
        "The grey bar is what was believed before the data, the coloured one what is believed after: the "
        "further it has moved and shrunk, the more the data said."
        + (f" Of these the data said nothing: {'; '.join(silent)}." if silent else "")
    )
    legend = (Legend("before the data", MUTED, "dot"), Legend("after", INK, "dot"))
    figures = tuple(_figure(material, learned, name) for name in shown)
    return [Panels(figures, caption=caption, legend=legend), _table(material, learned)]


def _unit(material: Material, name: str) -> str:
    """`` in weeks`` for a length in time; nothing else has one for all channels."""
    parameters = [p for effect in material.fit.channels for p in effect.transform.parameters]
    if any(p.name == name and p.scale == "days" for p in parameters):
        return f" in {material.fit.dataset.every.label()}"
    return ""


def _figure(material: Material, learned: Before, name: str) -> Figure:
    show, rows = _shown(name), []
    for channel, parameters in learned.items():
        if name not in parameters:
            continue
        one = parameters[name]
        for when, colour in (("before", MUTED), ("after", material.colours[channel])):
            interval = one["prior" if when == "before" else "posterior"]
            p5, p50, p95 = interval["p5"], interval["p50"], interval["p95"]
            text = show(p50)
            said = f"{channel}, {when} the data: {text} ({span(p5, p95, show)})"
            if when == "after" and one["only_prior"]:
                said += f"; {NOTHING}"
            label = channel if when == "after" else f"{channel}, before"
            rows.append(Row(label, colour, p50, p5, p95, text, said))
    limit = min(max(row.high for row in rows), CUT * max(row.at for row in rows))
    kind = "times" if name == "roi" else "percent" if name == "share" else "quantity"
    return Figure(
        spec=forest(
            rows,
            axis=f"{_title(name).lower()}{_unit(material, name)}, median with 90%",
            kind=kind,
            limit=1.04 * limit or None,
        ),
        alt=f"{_title(name)} of each channel before and after the data, medians with 90% intervals.",
        title=_title(name),
    )


def _table(material: Material, learned: Before) -> Table:
    rows = []
    for channel, parameters in learned.items():
        for name, one in parameters.items():
            show = _shown(name)
            before, after = one["prior"], one["posterior"]
            rows.append(
                (
                    Cell(channel, material.colours[channel]),
                    _title(name),
                    f"{show(before['p50'])} ({span(before['p5'], before['p95'], show)})",
                    f"{show(after['p50'])} ({span(after['p5'], after['p95'], show)})",
                    percent(one["overlap"]),
                    Cell(NOTHING, tone="caution") if one["only_prior"] else "",
                )
            )
    columns = (
        Column("Channel", False),
        Column("Parameter", False),
        Column("Before the data (90%)"),
        Column("After (90%)"),
        Column("Overlap"),
        Column(f"From {percent(ONLY_PRIOR)} on", False),
    )
    return Table(columns, tuple(rows), "Before and after the data, all parameters", folded=True)


def _title(name: str) -> str:
    return TITLES.get(name, name.replace("_", " ").capitalize())


def _shown(name: str) -> Callable[[float], str]:
    known: dict[str, Callable[[float], str]] = {"roi": times, "share": percent}
    return known.get(name, quantity)


SECTION = Section("learned", "What was believed, and what the data said", 85, "trust", build)
