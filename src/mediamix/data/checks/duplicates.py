"""Keys that occur twice: media per date, geo and channel; outcome and controls per date and geo.

A media table with a `campaign` column may hold several rows per channel, which are summed; there
only rows that are alike in every column are suspect.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, some


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error per table with duplicated keys; warning for repeated campaign rows."""
    tables = evidence.tables
    if tables is None:
        return
    media = tables.media
    if "campaign" in media.columns:
        twins = media[media.duplicated(keep="first")]
        if len(twins):
            yield found(
                "warning",
                "media: " + some(sorted(set(twins["channel"]))),
                f"{len(twins)} campaign rows repeat another row in every column; they are summed",
            )
        unnamed = media[media["campaign"].isna() | (media["campaign"] == "")]
        yield from _repeated("media without campaign", unnamed, ["date", "geo", "channel"])
    else:
        yield from _repeated("media", media, ["date", "geo", "channel"])
    yield from _repeated("outcome", tables.outcome, ["date", "geo"])
    if tables.controls is not None:
        yield from _repeated("controls", tables.controls, ["date", "geo"])


def _repeated(name: str, table: pd.DataFrame, keys: list[str]) -> Iterator[Finding]:
    twice = table[table.duplicated(keys, keep="first")]
    if len(twice):
        shown = [
            " ".join([f"{row[0]:%Y-%m-%d}", *map(str, row[1:])])
            for row in twice[keys].drop_duplicates().head(5).itertuples(index=False)
        ]
        yield found(
            "error",
            f"{name}: {some(shown)}",
            f"{len(twice)} rows repeat a key that is there already ({', '.join(keys)} must be unique)",
        )


CHECK = Check(
    name="duplicates",
    title="Keys that occur twice",
    why="a row that is counted twice doubles its spend or outcome",
    advice="remove the copies, or name a `campaign` column if media rows are meant to be summed",
    find=find,
)
