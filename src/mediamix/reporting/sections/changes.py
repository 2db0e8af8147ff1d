"""What changed since the last report, and why; only where an earlier run is given."""

from __future__ import annotations

from mediamix.core.numbers import span, times
from mediamix.measure.interval import Interval
from mediamix.reporting.blocks import Block, Callout, Cell, Column, Fold, Table, Text
from mediamix.reporting.changes import Changes, Moved
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section

#: Reasons that are named beside a channel.
NAMED = 3


def build(material: Material) -> list[Block]:
    """A sentence, the causes, then and now per channel."""
    found = material.changes
    if found is None:
        return []
    causes = _causes(found)
    blocks: list[Block] = [Text(_sentence(found), "lead")]
    if causes:
        blocks.append(Callout("info", "Why the numbers differ", items=tuple(causes)))
    blocks.append(_table(material, found))
    if len(found.spec) > NAMED:
        blocks.append(Fold("All keys of the spec that changed", tuple(Text(line) for line in found.spec)))
    return blocks


def _sentence(found: Changes) -> str:
    clear = [moved.channel for moved in found.channels if moved.clear]
    what = "return" if found.of == "roi" else "contribution"
    start = f"Since the last report, over {found.window},"
    if not any((found.restated, found.spec, found.moved, found.engine)):
        return f"{start} nothing changed: data and spec are the same."
    if not clear:
        return f"{start} no channel's {what} moved by more than its interval: what differs can be chance."
    return f"{start} the {what} of {', '.join(clear)} moved by more than its interval."


def _causes(found: Changes) -> list[str]:
    named = (
        ("Data restated", found.restated),
        ("Spec changed", found.spec[:NAMED]),
        ("The world moved", found.moved),
        ("Another version", found.engine),
    )
    return [f"{name}: {'; '.join(lines)}." for name, lines in named if lines]


def _table(material: Material, found: Changes) -> Table:
    what = "ROI" if found.of == "roi" else "Brought"
    columns = (
        Column("Channel", False),
        Column(f"{what} then"),
        Column(f"{what} now"),
        Column("Moved", False),
        Column("What bears on it", False),
    )
    return Table(columns, tuple(_row(material, found, moved) for moved in found.channels), "Then and now")


def _row(material: Material, found: Changes, moved: Moved) -> tuple[str | Cell, ...]:
    more = f"; and {len(moved.why) - NAMED} more" if len(moved.why) > NAMED else ""
    both = moved.before is not None and moved.after is not None
    return (
        Cell(moved.channel, material.colours.get(moved.channel)),
        _number(material, found, moved.before),
        _number(material, found, moved.after),
        Cell("clearly", tone="caution") if moved.clear else "within its interval" if both else "–",
        "; ".join(moved.why[:NAMED]) + more or "nothing",
    )


def _number(material: Material, found: Changes, value: Interval | None) -> str:
    if value is None:
        return "–"
    if found.of == "roi":
        return f"{times(value.mean)} ({span(value.p5, value.p95, times)})"
    return f"{material.amount(value.mean)} ({material.amounts(value.p5, value.p95)})"


SECTION = Section("changes", "What changed since the last report", 17, "decide", build)
