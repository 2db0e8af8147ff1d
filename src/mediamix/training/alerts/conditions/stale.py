"""Data that end too long ago."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from mediamix.core.types import Every
from mediamix.training.alerts.condition import Alarm, Condition, Seen
from mediamix.training.bounds import Bound
from mediamix.training.record import BUILD, CHECK


def find(seen: Seen, bounds: Mapping[str, float]) -> Iterable[Alarm] | None:
    """Accounts and deliveries whose last day, and data whose last period, is too old."""
    built, checked = seen.training.told(BUILD), seen.training.told(CHECK)
    if built is None and checked is None:
        return None
    found = []
    for one in (built or {}).get("accounts", ()):
        name = f"{one['source']} {one['account_id']}"
        found += _old(
            seen.today, name, one["last"], bounds["days"], f"`mediamix ingest {one['source']}` says why"
        )
    for one in (built or {}).get("deliveries", ()):
        if one["last"] is not None:
            todo = "land the newer files: mediamix ingest files PATH…"
            found += _old(seen.today, f"{one['source']} ({one['table']})", one["last"], bounds["days"], todo)
    if checked is not None:
        window = checked["window"]
        # Of weeks a whole one may be missing before anything is late.
        allowed = bounds["days"] + (Every(window["every"]).days if window["every"] != Every.DAY else 0)
        found += _old(
            seen.today, "the data", window["end"], allowed, "bring the newer rows: a fit can't know them"
        )
    return found


def _old(today: date, name: str, last: str, allowed: float, todo: str) -> list[Alarm]:
    days = (today - date.fromisoformat(last[:10])).days
    if days <= allowed:
        return []
    return [
        Alarm(
            name,
            f"{name} ends with {last[:10]}, {days} days ago ({allowed:.0f} are usual)",
            todo,
            page="data",
        )
    ]


CONDITION = Condition(
    "stale",
    "Data that end too long ago",
    (
        Bound(
            "days", 3, "days since the last whole day of an account or delivery; of weekly data a week more"
        ),
    ),
    find,
)
