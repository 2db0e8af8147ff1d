"""Channels that start late, end early or have gaps in their rows.

An absent media row counts as no spend. That is right for a pause and wrong for an export that
was cut off, so it is said.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding, Severity
from mediamix.data.channels import by_channel
from mediamix.data.checking import Check, Evidence, found
from mediamix.data.periods import TimeAxis

LATE_SHARE = 0.05  # of the periods; a channel that misses more at an end is a warning


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning for a late start or early end, info for gaps."""
    tables, dataset = evidence.tables, evidence.dataset
    if tables is None or dataset is None:
        return
    axis = TimeAxis(dataset.dates, dataset.every)
    media, n = by_channel(tables.media), len(axis)
    for channel in dataset.channels:
        rows = media[channel.name]
        filled = rows["spend"].notna().to_numpy()
        if channel.exposure != "spend":
            filled = filled | rows[channel.exposure].notna().to_numpy()
        places = axis.place(rows["date"].to_numpy()[filled])
        seen = np.flatnonzero(np.bincount(places[places >= 0], minlength=n))
        if not len(seen) or len(seen) == n:
            continue
        first, last = int(seen[0]), int(seen[-1])
        parts = []
        if first:
            parts.append(f"starts at {axis.starts[first]}, {first} {axis.every.label(first)} late")
        short = n - 1 - last
        if short:
            parts.append(f"ends with {axis.starts[last]}, {short} {axis.every.label(short)} early")
        inside = last - first + 1 - len(seen)
        if inside:
            parts.append(f"has no row in {inside} {axis.every.label(inside)} between")
        edge = max(first, short)
        severity: Severity = "warning" if edge > LATE_SHARE * n else "info"
        yield found(severity, channel.name, f"{', '.join(parts)} of {n}; these count as no spend")


CHECK = Check(
    name="ragged",
    title="Channels that start late, end early or have gaps",
    why="an export that was cut off looks like a channel that was switched off",
    advice="nothing if the channel was off then; else export the missing rows",
    find=find,
    missing=True,
)
