"""Rows of campaigns split by geo, so that the parts are the whole: what is said of no geo is a geo, too.

Platforms say less by geo than in all: campaigns without it, people whose place isn't known. The whole is what
was spent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

#: The geo of what is said of no geo.
UNKNOWN = "unknown"
#: Numbers that add up over geos.
ADD_UP = ("spend", "impressions", "clicks", "conversions", "conversions_value")
#: Conversions are binary fractions on the wire: their sums differ by less than that.
_NOTHING = Decimal("0.000001")

_Key = tuple[object, object]


@dataclass(frozen=True)
class Split:
    """Rows by geo.

    Args:
        rows: As `Reply.rows`, each with its geo; summed over geos they are the rows of the whole.
        unlike: Campaigns' days of which the parts hold more than the whole, or that the whole doesn't have:
            they aren't split, the whole counts.
    """

    rows: list[dict[str, object]]
    unlike: int


def split(whole: Iterable[Mapping[str, object]], parts: Iterable[Mapping[str, object]]) -> Split:
    """Put the parts in the place of the whole.

    Args:
        whole: A row per campaign and day, in any order; numbers or None.
        parts: Rows of ``date``, ``campaign_id``, ``geo`` and numbers; several of one geo are added up, one
            without a geo is of no geo.
    """
    by_campaign: dict[_Key, dict[str, dict[str, Decimal]]] = {}
    for part in parts:
        geos = by_campaign.setdefault((part["date"], part["campaign_id"]), {})
        if part["geo"]:
            sums = geos.setdefault(str(part["geo"]), dict.fromkeys(ADD_UP, Decimal()))
            for name in ADD_UP:
                sums[name] += _exact(part.get(name))
    rows: list[dict[str, object]] = []
    unlike = 0
    for row in whole:
        geos = by_campaign.pop((row["date"], row["campaign_id"]), {})
        rest = {name: _exact(row.get(name)) - sum(g[name] for g in geos.values()) for name in ADD_UP}
        if any(left <= -_NOTHING for left in rest.values()):
            unlike += 1
            rows.append({**row, "geo": UNKNOWN})
            continue
        rows += [{**row, **_said(row, sums), "geo": geo} for geo, sums in sorted(geos.items())]
        if not geos or any(left >= _NOTHING for left in rest.values()):
            rows.append({**row, **_said(row, rest), "geo": UNKNOWN})
    lost = sum(any(any(sums.values()) for sums in geos.values()) for geos in by_campaign.values())
    return Split(rows, unlike + lost)


def notes_of(found: Split, level: str) -> tuple[str, ...]:
    """What to know of it."""
    if not found.unlike:
        return ()
    return (
        f"by {level} more was said of some campaigns' days than of them as a whole: they aren't split, the "
        "whole counts",
    )


def _said(row: Mapping[str, object], numbers: Mapping[str, Decimal]) -> dict[str, object]:
    """Of the numbers those that the whole has; none below zero by the last binary digit."""
    return {
        name: max(numbers[name], Decimal()) if row[name] is not None else None
        for name in ADD_UP
        if name in row
    }


def _exact(value: object) -> Decimal:
    if value is None:
        return Decimal()
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(cast("int | str | Decimal", value))


def unknown_money(rows: Sequence[Mapping[str, object]], money: str) -> Decimal:
    """What of the rows' money is of no geo."""
    return sum((_exact(row.get(money)) for row in rows if row.get("geo") == UNKNOWN), Decimal())
