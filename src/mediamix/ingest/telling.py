"""What whoever uses pulled numbers must know, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from mediamix.core.types import Finding
from mediamix.ingest.by_geo import UNKNOWN
from mediamix.ingest.cleaning import FILLED
from mediamix.ingest.progress import Progress
from mediamix.ingest.shapes import changes
from mediamix.ingest.source import Source

_SHOWN = 5
_ORDER = ("error", "warning", "info")


def findings_of(source: Source, accounts: Sequence[Progress]) -> tuple[Finding, ...]:
    """Findings of a pull, the worst first."""
    found = [finding for one in accounts for finding in _of_account(source, one)]
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))


def _of_account(source: Source, one: Progress) -> Iterator[Finding]:
    where = f"{source.title}, {one.account.name or one.account.id}"
    yield from _aside(where, one)
    yield from _totals(where, one)
    if one.windows.clamped:
        gone = one.windows.clamped
        yield Finding(
            "history",
            "warning",
            where,
            f"{gone.first} to {gone.last} can't be had: the platform keeps {source.history} days",
            "earlier spend is missing, which is not the same as no spend",
            f"begin at {one.windows.first}, or load the earlier days from an export",
        )
    if one.repeated:
        yield Finding(
            "repeated",
            "warning",
            where,
            f"{one.repeated:,} rows came twice, alike, and count once",
            "a page that moved while it was read can also lose a row: see the totals",
        )
    if one.nowhere:
        yield Finding(
            "geo",
            "warning",
            where,
            f"{one.nowhere:f} of {one.money:f} {one.account.currency} are said of no geo: they have landed "
            f"as the geo '{UNKNOWN}'",
            "they count in a national fit; a panel of geos has no outcome for them",
            "ask for a coarser level, or sum geos (leave `geo` out of the spec)",
        )
    for note in one.notes:
        yield Finding("note", "warning", where, note)
    yield from _schema(source, where, one)


def _aside(where: str, one: Progress) -> Iterator[Finding]:
    if not one.aside:
        return
    kinds = Counter((aside.field, aside.reason) for aside in one.aside)
    examples = {(aside.field, aside.reason): aside for aside in reversed(one.aside)}
    told = [
        f"{name} {examples[name, reason].value!r}: {reason} ({count} row{'s' if count > 1 else ''})"
        for (name, reason), count in kinds.most_common(_SHOWN)
    ]
    more = f"; and {len(kinds) - _SHOWN} other reasons" if len(kinds) > _SHOWN else ""
    rows = f"{len(one.aside):,} row{'s' if len(one.aside) > 1 else ''}"
    yield Finding(
        "quarantine",
        "warning",
        where,
        f"{rows} can't be read and count nowhere: {'; '.join(told)}{more}",
        "their money is missing",
        "look at landing.quarantine: each row is there as it came",
    )


def _totals(where: str, one: Progress) -> Iterator[Finding]:
    for month in one.months.values():
        if month.landed != month.total:
            yield Finding(
                "total",
                "warning",
                where,
                f"{month.month:%Y-%m}: {month.landed:f} {one.account.currency} have landed, the platform says"
                f" {month.total:f} ({month.landed - month.total:+f})",
                "rows are missing or counted twice, or the platform has changed them meanwhile",
                "pull again; if it stays, look at landing.quarantine",
            )


def _schema(source: Source, where: str, one: Progress) -> Iterator[Finding]:
    gone = sorted(one.columns - one.new_columns - FILLED - {"date"}) if one.rows else []
    for name in gone:
        yield Finding(
            "schema",
            "warning",
            where,
            f"'{name}' isn't filled any more: all {one.rows:,} rows came without it",
            "the platform may have renamed or dropped it",
            f"look at landing.raw_reply; it is a column of {source.lands.name}",
        )
    yield from _shown(where, changes(one.shape, one.new_shape))


def _shown(where: str, told: Sequence[str]) -> Iterable[Finding]:
    for line in told[:_SHOWN]:
        yield Finding("schema", "info", where, line, "the platform has changed its answer")
    if len(told) > _SHOWN:
        yield Finding("schema", "info", where, f"{len(told) - _SHOWN} more fields are new or of another type")
