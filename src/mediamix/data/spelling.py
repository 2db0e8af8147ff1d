"""Channels, geos and events that are written in several ways are one each, and a finding says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from mediamix.core.names import plain
from mediamix.core.types import NATIONAL, Finding
from mediamix.data.tables import Tables

WHY = "one channel or place under two names is two to the model, and each has half of the evidence"
ADVICE = "write it alike everywhere"


def one_spelling(tables: Tables, channels: Iterable[str] = (), geos: Iterable[str] = ()) -> Tables:
    """The tables with one spelling per channel, geo and event: names of one plain form are one.

    A spelling that is asked for goes first (the spec's for channels, the history's for a future), then
    the outcome's for geos, then the most frequent. Doing it twice changes nothing.

    Args:
        tables: With typed columns.
        channels: Spellings of channels that are asked for.
        geos: Spellings of geos that are asked for.
    """
    findings: list[Finding] = []
    media = _joined("channel", [("media", tables.media)], channels, findings)[0]
    places = [
        ("outcome", tables.outcome),
        ("media", media),
        ("controls", tables.controls),
        ("events", tables.events),
    ]
    outcome, media, controls, events = _joined("geo", places, geos, findings)
    events = _joined("event", [("events", events)], (), findings)[0]
    return replace(
        tables,
        media=media,
        outcome=outcome,
        controls=controls,
        events=events,
        findings=(*tables.findings, *findings),
    )


def _joined(
    key: str, tables: list[tuple[str, pd.DataFrame | None]], asked_for: Iterable[str], findings: list[Finding]
) -> list[pd.DataFrame]:
    """The tables with one spelling of each name in the column `key`."""
    wanted = {plain(name): name for name in asked_for}
    counts: dict[str, dict[str, Counter[str]]] = {}  # plain form -> spelling -> table -> rows
    for table, frame in tables:
        if frame is None or key not in frame.columns:
            continue
        for name in pd.unique(frame[key]):
            if not pd.isna(name) and str(name) and name != NATIONAL:
                counts.setdefault(plain(str(name)), {}).setdefault(str(name), Counter())[table] = 0
    spelled: dict[str, str] = {}
    for form, spellings in counts.items():
        if len(spellings) == 1 and wanted.get(form, next(iter(spellings))) in spellings:
            continue
        for table, frame in tables:
            if frame is not None and key in frame.columns:
                rows = frame[key].value_counts()
                for name in spellings:
                    spellings[name][table] = int(rows.get(name, 0))
        best = wanted.get(form) or _best(spellings, [table for table, _ in tables])
        spelled |= {name: best for name in spellings if name != best}
        findings.append(_finding(key, best, spellings, asked_for=form in wanted))
    return [
        frame  # type: ignore[misc]
        if frame is None or key not in frame.columns or not spelled
        else frame.assign(**{key: frame[key].astype(object).replace(spelled)})
        for _, frame in tables
    ]


def _best(spellings: dict[str, Counter[str]], order: list[str]) -> str:
    """The most frequent spelling of the first table that has any; the first of equals."""
    first = next(table for table in order if any(rows[table] for rows in spellings.values()))
    return max(spellings, key=lambda name: spellings[name][first])


def _finding(key: str, best: str, spellings: dict[str, Counter[str]], *, asked_for: bool) -> Finding:
    others = [
        f"{name!r} ({rows.total():,} {'row' if rows.total() == 1 else 'rows'})"
        for name, rows in spellings.items()
        if name != best
    ]
    one = len(spellings) == 1  # the data know one spelling, the spec another
    message = f"is written {', '.join(others)} in the tables: taken as the same {key}"
    if not one:
        message = f"is also written {', '.join(others)}: taken as one {key}"
    severity = "info" if one and asked_for else "warning"
    return Finding("spelling", severity, f"{key} '{best}'", message, WHY, ADVICE)  # type: ignore[arg-type]
