"""What a platform's answers look like, and what is new about them: fields come, go and change their type."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

Shape = dict[str, frozenset[str]]

_KINDS = {str: "text", int: "a number", float: "a number", bool: "true or false"}


def shape_of(bodies: Iterable[str]) -> Shape:
    """Path of a field (lists have no step of their own) → the types of its values, of some JSON texts.

    A null says nothing of a type; what isn't JSON has no fields.
    """
    found: dict[str, set[str]] = {}
    for body in bodies:
        try:
            parsed = json.loads(body)
        except ValueError:
            continue
        for path, kind in _leaves(parsed, ""):
            found.setdefault(path, set()).update((kind,) if kind else ())
    return {path: frozenset(kinds) for path, kinds in found.items()}


def changes(before: Shape, now: Shape) -> list[str]:
    """What is new: a field that was never there, a field whose values are of another type.

    Fields that are gone aren't told here: an answer without rows has none.
    """
    if not before:
        return []
    told = [f"a field that wasn't there before: {path}" for path in sorted(set(now) - set(before))]
    for path in sorted(set(now) & set(before)):
        new = now[path] - before[path]
        if new and before[path]:
            was = " or ".join(sorted(before[path]))
            told.append(f"{path} was {was}, and is now {' or '.join(sorted(new))}")
    return told


def _leaves(value: object, path: str) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield path, _KINDS.get(type(value))
