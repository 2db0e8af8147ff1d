"""A table or an answer that looks other than it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mediamix.training.alerts.condition import Alarm, Condition, Seen
from mediamix.training.record import BUILD, INGEST


def find(seen: Seen, bounds: Mapping[str, float]) -> Iterable[Alarm] | None:
    """Columns that no contract has, and fields that a platform has renamed, dropped or begun to fill."""
    built, fetched = seen.training.told(BUILD), seen.training.told(INGEST)
    if built is None and fetched is None:
        return None
    found = [
        Alarm(
            f"{table} {column}",
            f"landing.{table} has a column '{column}' that no contract has: it is read by nobody",
            "see what writes it; a number that it carries counts nowhere",
            page="data",
        )
        for table, columns in (built or {}).get("schema", {}).items()
        for column in columns
    ]
    for name, told in (fetched or {}).get("sources", {}).items():
        for one in told.get("findings", ()):
            if one["check"] == "schema" and one["severity"] != "info":
                todo = one["advice"] or "see the platform's notes on its API"
                found.append(
                    Alarm(f"{name} {one['message']}", f"{one['where']}: {one['message']}", todo, page="data")
                )
    return found


CONDITION = Condition("schema", "A table or an answer that looks other than it did", (), find)
