"""What tests of the mart warn of, as findings: nothing that stops a build, nothing to keep silent about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from mediamix.core.types import Finding
from mediamix.warehouse.engine import Warehouse

if TYPE_CHECKING:
    from mediamix.warehouse.steps import Step

_MOST = 20


def told(warehouse: Warehouse, tests: Iterable[Step]) -> tuple[Finding, ...]:
    """A finding for each row that a test warns of; of very many the first ones.

    Raises:
        FolderError: The warehouse can't be opened.
    """
    warned = [test for test in tests if test.status == "warn" and test.sql]
    if not warned:
        return ()
    found = []
    with warehouse.connect(read_only=True) as connection:
        for test in warned:
            cursor = connection.execute(f"select * from ({test.sql}) as found limit {_MOST}")
            names = [column[0] for column in cursor.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            say = _WORDS.get(test.name, _plainly(test.name))
            found += [say(row) for row in rows]
            if test.failures > len(rows):
                more = f"and {test.failures - len(rows):,} more"
                found.append(Finding(test.name, "warning", "mart", more))
    return tuple(found)


def _channel(row: Mapping[str, object]) -> Finding:
    rows = f"{row['row_count']:,} {'row' if row['row_count'] == 1 else 'rows'}"
    if row["fault"] == "no pattern fits":
        return Finding(
            "unmapped",
            "warning",
            f"{row['source']}: campaign '{row['name']}'",
            f"no pattern of channel_patterns fits it ({rows}): its channel is 'unmapped'",
            "what is spent there counts, as a channel of its own",
            "add a pattern that fits it",
        )
    return Finding(
        "spelling",
        "warning",
        f"channel '{row['channel']}'",
        f"is also written {row['name']!r} by {row['source']} ({rows}): taken as one channel",
        "one channel under two names is two to the model, and each has half of the evidence",
        "write it alike everywhere",
    )


def _stale(row: Mapping[str, object]) -> Finding:
    return Finding(
        "fresh",
        "warning",
        str(row["source"]),
        f"the newest row came {row['days']} days ago ({row['last_load']:%Y-%m-%d})",
        "a fit on old rows passes for one of today",
        "run `mediamix ingest`",
    )


def _plainly(name: str) -> Callable[[Mapping[str, object]], Finding]:
    def say(row: Mapping[str, object]) -> Finding:
        return Finding(name, "warning", "mart", ", ".join(f"{key}={value}" for key, value in row.items()))

    return say


#: Name of a test -> what it says of a row.
_WORDS: dict[str, Callable[[Mapping[str, object]], Finding]] = {"channel_names": _channel, "fresh": _stale}
