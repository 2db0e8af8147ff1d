"""JSON to mappings, lists, texts and numbers: finite numbers, each key once, a bounded depth."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from mediamix.core.documents.limits import MAX_DEPTH, Source
from mediamix.core.errors import UserError


def parse_json(text: str, name: str, error: type[UserError]) -> object:
    """The value of a JSON text.

    Raises:
        UserError: Of the type `error`: no JSON, a key given twice, too deep, NaN or infinity.
    """
    source = Source(name, error, "JSON")
    doubled: list[str] = []
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_pairs(doubled),
            parse_constant=_constant(source),
            parse_float=_number(source),
            parse_int=_whole(source),
        )
    except json.JSONDecodeError as wrong:
        raise source.invalid(f"line {wrong.lineno}, column {wrong.colno}: {wrong.msg}") from wrong
    except RecursionError as wrong:
        raise source.too_deep() from wrong
    if _too_deep(value):
        raise source.too_deep()
    if doubled:
        raise source.doubled(doubled)
    return value


def _too_deep(value: object) -> bool:
    """Whether a value has more levels than are allowed, found level by level."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return False
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
    return True


def _pairs(doubled: list[str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def take(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    doubled.append(f"'{key[:60]}'")
                seen.add(key)
        return found

    return take


def _constant(source: Source) -> Callable[[str], NoReturn]:
    def refuse(name: str) -> NoReturn:
        raise source.invalid(name, "write null, or a number", "finite numbers")

    return refuse


def _number(source: Source) -> Callable[[str], float]:
    def take(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise source.invalid(f"the number {text[:60]}", "write a number below 1.8e308", "finite numbers")
        return number

    return take


def _whole(source: Source) -> Callable[[str], int]:
    def take(text: str) -> int:
        if len(text) > 40:
            raise source.invalid(f"a number of {len(text):,} digits", "write a shorter one", "finite numbers")
        return int(text)

    return take
