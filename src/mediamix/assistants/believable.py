"""No number without its interval and the verdict of its fit: what an assistant is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What is estimated, where it stands as a number beside others instead of in a block of its own.
ESTIMATES = frozenset(
    {
        "outcome",
        "contribution",
        "roi",
        "mroi",
        "marginal",
        "share",
        "baseline",
        "media",
        "uplift",
        "cost_per_unit",
        "half_life",
    }
)
_LOW, _HIGH = "p5", "p95"


def believable(answer: object) -> tuple[Any, list[str]]:
    """An answer without the estimates that have no interval, and where those were.

    An estimate is a block with a ``mean`` (its interval: ``p5`` and ``p95`` in it), or a number of
    `ESTIMATES` or one whose name ends with ``_mean`` (its interval: the same name with ``_p5`` and ``_p95``).
    What was decided (an allocation, a bound) or proven (a certificate) is no estimate.
    """
    withheld: dict[str, None] = {}
    return _kept(answer, "", withheld), list(withheld)


def _kept(value: object, at: str, withheld: dict[str, None]) -> Any:
    if isinstance(value, Mapping):
        kept = {}
        for key, inner in value.items():
            place = f"{at}.{key}" if at else str(key)
            if _bare(value, str(key)):
                withheld[place] = None
            else:
                kept[key] = _kept(inner, place, withheld)
        return kept
    if isinstance(value, list):
        return [_kept(inner, f"{at}[]", withheld) for inner in value]
    return value


def _bare(block: Mapping[str, Any], key: str) -> bool:
    """Whether the number under `key` is an estimate without an interval."""
    if not _number(block[key]):
        return False
    if key == "mean":
        low, high = _LOW, _HIGH
    elif key.endswith("_mean"):
        stem = key.removesuffix("_mean")
        low, high = f"{stem}_{_LOW}", f"{stem}_{_HIGH}"
    elif key in ESTIMATES:
        low, high = f"{key}_{_LOW}", f"{key}_{_HIGH}"
    else:
        return False
    return not (_number(block.get(low)) and _number(block.get(high)))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
