"""Impressions, clicks or reach that the media table has and the spec doesn't use."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.data.channels import DELIVERY, by_channel
from mediamix.data.checking import Check, Evidence, found, some


def find(evidence: Evidence) -> Iterator[Finding]:
    """Info that names the channels, and the line that would use what was delivered."""
    tables, dataset = evidence.tables, evidence.dataset
    if tables is None or dataset is None:
        return
    columns = [column for column in DELIVERY if column in tables.media.columns]
    rows = by_channel(tables.media)
    unused: dict[str, list[str]] = {}
    for channel in dataset.channels:
        meant = evidence.spec.channel(channel.name).exposure is not None  # `exposure: spend` says so
        if channel.exposure != "spend" or meant:
            continue
        seen = next((column for column in columns if float(rows[channel.name][column].sum()) > 0), None)
        if seen is not None:
            unused.setdefault(seen, []).append(channel.name)
    for column, names in unused.items():
        yield found(
            "info",
            some(names),
            f"{column} are given and not used: the response is one to spend",
            advice=f"say `channels: {{{names[0]}: {{exposure: {column}}}}}` to use them, or `exposure: "
            "spend` to say that spend is meant",
        )


CHECK = Check(
    name="unused",
    title="Delivery that isn't used",
    why="people respond to what they saw; prices that change hide it behind spend",
    advice="name the column as the channel's exposure",
    find=find,
)
