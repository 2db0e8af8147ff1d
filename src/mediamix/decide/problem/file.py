"""A decision problem in a file: ``plan.yml``.

budget: 1000000                     # or [900000, 1000000]; leave it out for today's, or for a target
objective: {kind: cvar, level: 0.05, margin: 0.3}
target: {outcome: 25000000, probability: 0.9}      # or {roi: 3}, {mroi: 1}, {cost_per_unit: 35}
bounds:
tv: [0, 400000]
search: {change: [-0.2, 0.3]}     # from today's spend
social: {fixed: today}
ctv: {minimum_buy: 50000}         # off, or at least this
groups:
- {channels: [social, ctv], max_share: 0.6, name: digital}
ratios:
- {channel: tv, to: search, max: 3}
what_ifs:
more tv: {change: tv, by: 0.2}
tv to search: {shift: 50000, from: tv, to: search}
no social: {without: social}
history: false                    # today's split is no evidence that it is a good one
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from mediamix.core.documents import as_yaml, switch
from mediamix.core.errors import BudgetError, shown
from mediamix.core.files import refuse_there, write_text
from mediamix.core.registry import strangers
from mediamix.decide.problem.bounds import plain, read_file
from mediamix.decide.problem.moves import move_dict, moves_of
from mediamix.decide.problem.objective import objective_of
from mediamix.decide.problem.problem import Budget, Group, Problem, Ratio, Target

KEYS = ("budget", "objective", "target", "bounds", "groups", "ratios", "what_ifs", "history")

Part = TypeVar("Part")


def load_problem(path: str | Path) -> Problem:
    """Read a decision problem from YAML.

    Raises:
        FolderError: The file is absent or can't be read.
        BudgetError: It isn't a decision problem; all findings at once.
    """
    raw = read_file(path, "problem")
    try:
        return parse_problem({} if raw is None else raw)
    except BudgetError as error:
        raise BudgetError(
            f"{path} can't be used: {error.what}",
            details=error.details,
            expected=error.expected,
            got=error.got,
            next_step=error.next_step,
        ) from error


def save_problem(problem: Problem, path: str | Path, *, force: bool = False) -> None:
    """Write a problem as `load_problem` reads it; the file appears whole or not at all.

    Raises:
        FolderError: The file is there and `force` is False, or can't be written.
    """
    refuse_there(Path(path), force=force)
    write_text(Path(path), as_yaml(problem_dict(problem), short=True))


def parse_problem(raw: object) -> Problem:
    """A problem from mappings, lists and numbers, as YAML and JSON hold them.

    Raises:
        BudgetError: It isn't a decision problem; all findings at once.
    """
    if not isinstance(raw, Mapping):
        raise BudgetError(
            "a problem must be a mapping",
            expected=f"keys among {', '.join(KEYS)}",
            got=type(raw).__name__,
            next_step="write budget: 1000000",
        )
    findings = strangers(raw, KEYS, "there is no key '{}'")

    def part(key: str, make: Callable[[Any], Any], empty: Any) -> Any:
        if raw.get(key) is None:
            return empty
        try:
            return make(raw[key])
        except BudgetError as error:
            if error.__cause__ is not None:  # a value of a wrong type: see `core.construct`
                findings.append(f"{key} can't be read: {shown(raw[key])}")
            else:
                findings.extend(f"{key}: {line}" for line in (error.details or [error.what]))
        except (TypeError, ValueError, AttributeError):
            findings.append(f"{key} can't be read: {shown(raw[key])}")
        return empty

    groups = part("groups", lambda rows: tuple(_made(Group, row) for row in rows), ())
    ratios = part("ratios", lambda rows: tuple(_made(Ratio, row) for row in rows), ())
    total = raw.get("budget")
    budget = part(
        "budget", lambda given: Budget(tuple(given) if isinstance(given, list) else given), Budget()
    )
    bounds = part("bounds", lambda given: Budget(bounds=given).bounds, {})
    part("groups", lambda _: Budget(groups=groups), None)
    part("ratios", lambda _: Budget(ratios=ratios), None)
    objective = part("objective", objective_of, None)
    target = part("target", lambda given: _made(Target, given), None)
    what_ifs = part("what_ifs", lambda given: {str(k): moves_of(v) for k, v in given.items()}, {})
    history = part("history", _history, True)
    if findings:
        raise BudgetError(
            findings[0] if len(findings) == 1 else "the problem can't be used",
            details=findings if len(findings) > 1 else (),
            next_step="correct these keys",
        )
    whole = Budget(budget.total if total is not None else None, bounds, groups, ratios)
    return Problem(whole, objective, target, what_ifs, history)


def problem_dict(problem: Problem) -> dict[str, Any]:
    """A problem as mappings, lists and numbers; what has its default is left out."""
    budget = problem.budget
    raw: dict[str, Any] = {}
    if budget.total is not None:
        raw["budget"] = list(budget.total) if isinstance(budget.total, tuple) else budget.total
    if problem.objective is not None:
        raw["objective"] = problem.objective.to_dict()
    if problem.target is not None:
        raw["target"] = _given(problem.target)
    if budget.bounds:
        raw["bounds"] = {name: plain(bound) for name, bound in budget.bounds.items()}
    for key, parts in (("groups", budget.groups), ("ratios", budget.ratios)):
        if parts:
            raw[key] = [_given(part) for part in parts]
    if problem.what_ifs:
        raw["what_ifs"] = {
            name: [move_dict(move) for move in moves_of(moves)] for name, moves in problem.what_ifs.items()
        }
    if not problem.history:
        raw["history"] = False
    return raw


def _history(given: Any) -> bool:
    return Problem(history=switch(given)).history  # type: ignore[arg-type]  # it says what is wrong


def _given(part: Group | Ratio | Target) -> dict[str, Any]:
    """The fields of a part that are set."""
    found: dict[str, Any] = {}
    for entry in fields(part):
        value = getattr(part, entry.name)
        if value is not None and value != "":
            found[entry.name] = list(value) if isinstance(value, tuple) else value
    return found


def _made(kind: type[Part], raw: object) -> Part:
    """A part from a mapping of its fields."""
    names = [entry.name for entry in fields(kind)]  # type: ignore[arg-type]
    unknown = [str(key) for key in raw if key not in names] if isinstance(raw, Mapping) else None
    if unknown is None or unknown:
        raise BudgetError(
            f"{shown(raw)} has no {kind.__name__.lower()}'s form"
            if unknown is None
            else f"there is no '{unknown[0]}': known are {', '.join(names)}",
            next_step="correct this key",
        )
    assert isinstance(raw, Mapping)  # `unknown` is None otherwise
    return kind(**raw)
