"""Data that aren't there: holes, rows set aside, money that a platform states and that hasn't landed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from mediamix.data.checking import all_checks
from mediamix.training.alerts.condition import Alarm, Condition, Seen
from mediamix.training.bounds import Bound
from mediamix.training.record import BUILD, CHECK


def find(seen: Seen, bounds: Mapping[str, float]) -> Iterable[Alarm] | None:
    """Findings about holes, rows that can't be read, and sums that aren't the platform's."""
    built, step = seen.training.told(BUILD), seen.training.step(CHECK)
    if built is None and step is None:
        return None
    about = {check.name for check in all_checks() if check.missing}
    found = [
        Alarm(
            f"{one['check']} {one['where']}", f"{one['where']}: {one['message']}", one["advice"], page="data"
        )
        for one in (() if step is None else step.told.get("findings", ()))
        if one["check"] in about and one["severity"] != "info"
    ]
    for one in (built or {}).get("quarantine", ()):
        why = f"'{one['field']}' {one['reason']}"
        what = f"{one['source']}: {one['rows']:,} rows set aside, {why}: they count nowhere"
        todo = "look at landing.quarantine: each row is there as it came"
        found.append(Alarm(f"{one['source']} {one['field']} {one['reason']}", what, todo, page="data"))
    for one in (built or {}).get("accounts", ()):
        off = Decimal(one["difference"] or 0)
        if abs(off) > Decimal(str(bounds["money"])):
            name = f"{one['source']} {one['account_id']}"
            what = f"{name}: what has landed is {one['currency']} {off:+,f} beside the platform's own total"
            todo = "`mediamix ingest` again; if it stays, look at landing.quarantine"
            found.append(Alarm(f"{name} total", what, todo, page="data"))
    return found


CONDITION = Condition(
    "missing",
    "Data that aren't there",
    (Bound("money", 0, "difference to a platform's own total, in its currency"),),
    find,
)
