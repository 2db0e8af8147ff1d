"""Rules of promotion that a new run breaks, as alarms: one for each subject that breaks them."""

from __future__ import annotations

from mediamix.training.alerts.condition import Alarm, Seen
from mediamix.training.record import PROMOTE


def broken(seen: Seen, concern: str, page: str) -> list[Alarm] | None:
    """What rules of one concern have found.

    Args:
        seen: The training.
        concern: See `Rule`.
        page: Of the app that shows it.

    Returns:
        None where no rule of the concern could be asked: the training didn't get so far, or none is promoted.
    """
    told = seen.training.told(PROMOTE)
    rules = [] if told is None else [one for one in told["rules"] if one["concern"] == concern]
    if told is None or all(rule["holds"] is None for rule in rules):
        return [] if told is not None and told["decision"] == "same" else None
    return [
        Alarm(f"{rule['rule']} {subject}", f"{subject}: {words}", rule["advice"], page=page)
        for rule in rules
        if rule["holds"] is False
        for subject, words in rule["found"].items()
    ]
