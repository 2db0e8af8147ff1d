"""Money of the past that is another than it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from mediamix.data.ledger import MONEY, Entry
from mediamix.training.alerts.condition import Alarm, Condition, Seen
from mediamix.training.bounds import Bound
from mediamix.training.record import COMPARE, INGEST

REMEDY = (
    "look at the report: it says what that did to returns; where it is large, ask the platform or the agency"
)


def find(seen: Seen, bounds: Mapping[str, float]) -> Iterable[Alarm] | None:
    """Months that a platform has changed, and periods that tables say otherwise than the promoted run."""
    fetched, compared = seen.training.told(INGEST), seen.training.told(COMPARE)
    if fetched is None and compared is None:
        return None
    found = []
    for told in (fetched or {}).get("sources", {}).values():
        for raw in told.get("restated", ()):
            entry = _entry(raw)
            if entry.metric in MONEY and _large(entry, bounds):
                what = f"{entry.source}: {entry.words(seen.today)} ({entry.amount_words()})"
                subject = f"{entry.source} {entry.month:%Y-%m} {entry.currency} {entry.metric}"
                found.append(Alarm(subject, what, REMEDY, page="data"))
    if not seen.spec.sources:
        found += [
            Alarm(one["what"], one["words"], REMEDY, page="data")
            for one in (compared or {}).get("restated", ())
            if one["share"] > bounds["share"]
        ]
    return found


def _large(entry: Entry, bounds: Mapping[str, float]) -> bool:
    moved = abs(entry.after - entry.before)
    if moved < Decimal(str(bounds["money"])):
        return False
    return entry.change is None or abs(entry.change) > bounds["share"]


def _entry(raw: Mapping[str, Any]) -> Entry:
    return Entry(
        raw["source"],
        date.fromisoformat(raw["month"]),
        raw["currency"],
        raw["metric"],
        Decimal(raw["before"]),
        Decimal(raw["after"]),
    )


CONDITION = Condition(
    "restated",
    "Money of the past that is another than it was",
    (
        Bound(
            "share",
            0.02,
            "share of a month's money, or of what a table says of common periods, that may move",
        ),
        Bound("money", 1, "least amount that counts, in the account's currency"),
    ),
    find,
)
