"""What a rule of promotion is, and how all of them are asked.

A rule is one file in `rules/`: its bounds, its test and its advice. It looks at a new run beside the promoted
one. A run that breaks a rule waits, with the reason, until somebody promotes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from mediamix.core.registry import discover
from mediamix.training.bounds import Asked, Bound
from mediamix.training.case import Case

PACKAGE = "mediamix.training.rules"
#: What it is about that a rule finds: the fit itself, the data under it, the world, or the plan.
Concern = Literal["fit", "data", "drift", "plan"]


@dataclass(frozen=True)
class Answer:
    """What a rule says of a case.

    Args:
        holds: None: there is nothing to hold it against, so it doesn't stand in the way.
        words: What was seen, with numbers.
        found: Subject (a channel, an account) → what of it breaks the rule.
        numbers: The same for machines.
    """

    holds: bool | None
    words: str
    found: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """What a new run must show.

    Args:
        name: As the spec has it.
        title: What is asked, in a few words.
        why: Why it matters.
        advice: What to do where it doesn't hold.
        concern: What it is about.
        bounds: That the spec may change.
        judge: The test.
    """

    name: str
    title: str
    why: str
    advice: str
    concern: Concern
    bounds: tuple[Bound, ...]
    judge: Callable[[Case, Mapping[str, float]], Answer]


@dataclass(frozen=True)
class Judged:
    """A rule's answer, as it is recorded.

    Args:
        rule: Its name.
        title: Its title.
        concern: What it is about.
        holds: See `Answer`.
        words: See there.
        found: See there.
        numbers: See there.
        bounds: That held.
        advice: What to do.
    """

    rule: str
    title: str
    concern: str
    holds: bool | None
    words: str
    found: Mapping[str, str]
    numbers: Mapping[str, Any]
    bounds: Mapping[str, float]
    advice: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def all_rules() -> Mapping[str, Rule]:
    """Every rule of the folder `rules`, by name."""
    return discover(PACKAGE, Rule)


def judged(case: Case, rules: Asked[Rule]) -> tuple[Judged, ...]:
    """Ask all of them: who mends a run wants to know everything at once."""
    found = []
    for rule, bounds in rules:
        answer = rule.judge(case, bounds)
        parts = (answer.holds, answer.words, dict(answer.found), dict(answer.numbers))
        found.append(Judged(rule.name, rule.title, rule.concern, *parts, dict(bounds), rule.advice))
    return tuple(found)
