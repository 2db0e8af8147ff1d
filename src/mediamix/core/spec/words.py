"""What pydantic found, in our words: key, what was expected, what was got, the nearest key.

Expectations come from the declared type and its limits, not from pydantic's texts, so that a new
field needs no words of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from mediamix.core.documents.limits import MOST_LINES
from mediamix.core.errors import SpecError, shown
from mediamix.core.registry import shown_key, suggestion

_NOUNS = {
    date: "a date, YYYY-MM-DD",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a mapping",
}
#: Of tens of thousands the first ones are enough to say what is wrong.
_LOOKED_AT = 500
NEXT = "correct what is listed; docs/guide/spec.md has every key"


@dataclass(frozen=True)
class _Place:
    """Where pydantic found something.

    Args:
        path: Keys from the top.
        owner: The section that holds the last key.
        annotation: Of the value there.
        rules: Limits of the value there.
        alternative: Pydantic tried one of several types, at this path.
    """

    path: tuple[str, ...]
    owner: type[BaseModel]
    annotation: Any
    rules: tuple[Any, ...]
    alternative: tuple[str, ...] | None


def refusal(error: ValidationError, model: type[BaseModel], source: str) -> SpecError:
    """All findings at once, the first few in full."""
    issues = error.errors(include_url=False)
    found = _without_repeats([(_place(model, issue["loc"]), issue) for issue in issues[:_LOOKED_AT]])
    number = len(found) + len(issues[_LOOKED_AT:])
    lines = [_line(place, issue) for place, issue in found[:MOST_LINES]]
    if number > len(lines):
        lines.append(f"and {number - len(lines):,} more")
    noun = "entry" if number == 1 else "entries"
    return SpecError(f"{source} has {number:,} wrong {noun}", details=lines, next_step=NEXT)


def _without_repeats(found: list[tuple[_Place, Any]]) -> list[tuple[_Place, Any]]:
    """One finding where pydantic has one per alternative of a type.

    Where an alternative fits so far that something inside it is wrong, that is the finding.
    """
    inside = {
        place.alternative for place, _ in found if place.alternative and place.path != place.alternative
    }
    kept: dict[tuple[str, ...], tuple[_Place, Any]] = {}
    for number, (place, issue) in enumerate(found):
        if place.alternative is None or place.path != place.alternative:
            kept[(*place.path, issue["type"], str(number))] = (place, issue)
        elif place.path not in inside:
            kept.setdefault(place.path, (place, issue))
    return list(kept.values())


def _place(model: type[BaseModel], location: Sequence[int | str]) -> _Place:
    """Follow pydantic's location through the declared types."""
    path: tuple[str, ...] = ()
    owner = model
    annotation: Any = model
    whole: Any = model
    rules: tuple[Any, ...] = ()
    alternative = None
    for part in map(str, location):
        if part == "[key]":
            annotation, rules = str, ()
            continue
        members = _members(annotation)
        if len(members) > 1:
            # One of several types: its name stands in the location, it is no key.
            annotation = next((m for m in members if _is_called(m, part)), members[0])
            alternative = path
            continue
        kind = members[0]
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            owner, entry = kind, kind.model_fields.get(part)
            annotation, rules = (Any, ()) if entry is None else (entry.annotation, tuple(entry.metadata))
        else:
            annotation, rules = (get_args(kind) or (Any,))[-1], ()
        path, whole = (*path, part), annotation
    return _Place(path, owner, whole if path == alternative else annotation, rules, alternative)


def _members(annotation: Any) -> list[Any]:
    """The types that a value may have, None and limits left out."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [m for one in get_args(annotation) if one is not NoneType for m in _members(one)]
    return [annotation]


def _is_called(member: Any, part: str) -> bool:
    """Whether pydantic calls a type so: ``str``, ``dict[str,WideChannel]``, ``constrained-int``."""
    name = getattr(get_origin(member) or member, "__name__", "")
    return bool(name) and part.partition("[")[0].removeprefix("constrained-") == name


def _line(place: _Place, issue: Any) -> str:
    """One finding: ``sampler.draws: expected a whole number from 50 to 100,000, got 'many'``."""
    where, kind, got = ".".join(place.path) or "(top level)", issue["type"], issue.get("input")
    if kind == "extra_forbidden":
        known = list(place.owner.model_fields)
        hint = suggestion(place.path[-1], known) or f"known keys: {', '.join(known)}"
        return f"unknown key '{shown_key(where)}': {hint}"
    expected = _expected(
        place.annotation, place.rules, finite=isinstance(got, float) and not math.isfinite(got)
    )
    if kind == "missing":
        return f"{shown_key(where)}: is missing, expected {expected}"
    if kind == "value_error":
        return f"{shown_key(where)}: {issue['ctx']['error']}"
    if kind == "json_invalid":
        return f"{where}: is not valid JSON"
    near = suggestion(got, _choices(place.annotation)) if isinstance(got, str) else ""
    quotes = isinstance(got, int | float) and str in _members(place.annotation)
    hint = f"; {near}" if near else "; in quotes it is text" if quotes else ""
    return f"{shown_key(where)}: expected {expected}, got {shown(got)}{hint}"


def _expected(annotation: Any, rules: Sequence[Any], *, finite: bool = False) -> str:
    """A type and its limits in words."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _expected(
            inner, [*rules, *(r for m in more for r in getattr(m, "metadata", [m]))], finite=finite
        )
    if get_origin(annotation) in (Union, UnionType):
        parts = [_expected(m, rules, finite=finite) for m in get_args(annotation) if m is not NoneType]
        return " or ".join(dict.fromkeys(parts))
    kind = get_origin(annotation) or annotation
    choices = _choices(annotation)
    if choices:
        *others, last = [f"'{choice}'" for choice in choices]
        return f"{', '.join(others)} or {last}" if others else last
    if kind is list:
        return f"a list of {_expected(get_args(annotation)[0], ()).removeprefix('a ')}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"a mapping with keys among {', '.join(kind.model_fields)}"
    noun = _NOUNS.get(kind, "another value")
    limits = _range({name: getattr(r, name) for r in rules for name in _LIMITS if hasattr(r, name)})
    return (noun.replace("a number", "a finite number") if finite else noun) + limits


_LIMITS = ("gt", "ge", "lt", "le", "min_length", "max_length")


def _range(limits: dict[str, Any]) -> str:
    """Limits behind a noun: ``from 50 to 100,000``, ``of 2 characters``."""
    said = {name: f"{value:,}" for name, value in limits.items() if value is not None}
    few, many = said.get("min_length"), said.get("max_length")
    if few or many:
        at_least, at_most = f"at least {few}", f"at most {many}"
        both = few if few == many else f"{few} to {many}"
        return f" of {both if few and many else at_least if few else at_most} characters"
    words = [("gt", "above"), ("ge", "from"), ("lt", "below"), ("le", "to")]
    if "ge" in said and not {"lt", "le"} & said.keys():
        return f", {said['ge']} or more"
    if "le" in said and not {"gt", "ge"} & said.keys():
        return f" of at most {said['le']}"
    return "".join(f" {word} {said[name]}" for name, word in words if name in said)


def _choices(annotation: Any) -> list[str]:
    """The words that a value is one of; empty where it isn't."""
    members = _members(annotation)
    if len(members) != 1:
        return []
    kind = members[0]
    if get_origin(kind) is Literal:
        return [str(value) for value in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(one.value) for one in kind]
    return []
