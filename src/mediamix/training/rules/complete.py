"""Days that a platform hasn't delivered yet would be read as days without spend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from mediamix.training.bounds import Bound
from mediamix.training.case import Case
from mediamix.training.rule import Answer, Rule


def judge(case: Case, bounds: Mapping[str, float]) -> Answer:
    """Every account of a platform reaches the end of the fitted periods."""
    if not case.until:
        return Answer(None, "no account of a platform is behind these data")
    end = date.fromisoformat(case.new.summary["window"]["end"])
    allowed = timedelta(days=bounds["days"])
    short = {
        account: f"ends with {last}, the data go on to {end}"
        for account, last in case.until.items()
        if last + allowed < end
    }
    if not short:
        return Answer(True, f"all {len(case.until)} accounts of platforms reach {end}")
    some = "; ".join(f"{account} {words}" for account, words in short.items())
    return Answer(False, f"{some}: its last days count as no spend", short)


RULE = Rule(
    name="complete",
    title="Every account of a platform reaches the end of the data",
    why="a day that hasn't come yet looks like a day without spend, and its sales go to others",
    advice="see why the platform refuses (the step ingest says it), then train again",
    concern="data",
    bounds=(Bound("days", 0, "days by which an account may end before the data"),),
    judge=judge,
)
