"""The same market by campaign, and people's journeys, as tables of any size: written chunk by chunk.

A cell of the market (date, geo, channel) is split over campaigns so that the campaigns' cents, impressions
and clicks add up to the cell's exactly: part k of a total S with cumulated weights W_k is
``round(W_k S) − round(W_{k−1} S)``. Whoever sums the large table has the small one, to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from mediamix.core.errors import SpecError
from mediamix.simulate.generate import Simulation

if TYPE_CHECKING:
    from pyarrow import Table

#: Rows of a chunk, which is a row group of the file: what is in memory at once.
CHUNK = 500_000
#: Of a seed: streams of campaigns and of people.
_CAMPAIGNS, _PEOPLE = 71, 72
MOST = 1_000_000_000

OnRows = Callable[[int], None]


@dataclass(frozen=True)
class Written:
    """What was written.

    Args:
        rows: File → rows.
        campaigns: Per channel.
    """

    rows: dict[str, int]
    campaigns: int


def write_bulk(
    simulation: Simulation, folder: Path, rows: int, *, on_rows: OnRows = lambda done: None
) -> Written:
    """Write ``media.parquet`` by campaign, ``touches.parquet`` and ``conversions.parquet``.

    Args:
        simulation: The market.
        folder: It exists.
        rows: Of the media and of the touches table, at least.
        on_rows: Told how many rows are written, all tables together.

    Raises:
        SpecError: Fewer rows than the market has cells, or more than a thousand million.
    """
    media = simulation.tables.media
    if not len(media) <= rows <= MOST:
        raise SpecError(
            f"this market can't be written in {rows:,} rows",
            expected=f"{len(media):,} (a row per date, geo and channel) to {MOST:,}",
            got=f"{rows:,}",
            next_step="choose a number of rows in between, or fewer periods, geos or channels",
        )
    campaigns = -(-rows // len(media))
    seed, done = int(simulation.truth.scenario.seed), 0
    written: dict[str, int] = {}
    plans: tuple[tuple[tuple[str, ...], Iterator[tuple[Table, ...]]], ...] = (
        (("media.parquet",), _by_campaign(media, campaigns, np.random.default_rng([seed, _CAMPAIGNS]))),
        (("touches.parquet", "conversions.parquet"), _journeys(simulation, rows, seed)),
    )
    for names, tables in plans:
        for counts in _write(folder, names, tables):
            for one, count in zip(names, counts, strict=True):
                written[one] = written.get(one, 0) + count
                done += count
            on_rows(done)
    return Written(written, campaigns)


def parts(
    total: Int[np.ndarray, " cell"], weights: Float[np.ndarray, "cell part"]
) -> Int[np.ndarray, "cell part"]:
    """Whole numbers that add up to each total, in proportion to the weights but for rounding."""
    ends = np.cumsum(weights, axis=1)
    ends = np.rint(ends / ends[:, -1:] * total[:, None]).astype(np.int64)
    return np.diff(ends, axis=1, prepend=0)


def _by_campaign(
    media: pd.DataFrame, campaigns: int, rng: np.random.Generator
) -> Iterator[tuple[Table, ...]]:
    """The media table with a row per campaign."""
    import pyarrow as pa

    names = np.array([f"campaign {k + 1:04d}" for k in range(campaigns)])
    geo, channel = (pd.factorize(media[name]) for name in ("geo", "channel"))
    step = max(1, CHUNK // campaigns)
    for start in range(0, len(media), step):
        cells = media.iloc[start : start + step]
        weights = rng.gamma(2.0, size=(len(cells), campaigns))
        cents = parts(np.rint(cells["spend"].to_numpy(float) * 100).astype(np.int64), weights)
        columns = {
            "date": pa.array(np.repeat(cells["date"].to_numpy("datetime64[D]"), campaigns)),
            "geo": _named(np.repeat(geo[0][start : start + step], campaigns), geo[1]),
            "channel": _named(np.repeat(channel[0][start : start + step], campaigns), channel[1]),
            "campaign": _named(np.tile(np.arange(campaigns), len(cells)), names),
            "spend": pa.array(cents.ravel() / 100.0),
        }
        for name in ("impressions", "clicks"):
            whole = np.rint(cells[name].fillna(0.0).to_numpy(float)).astype(np.int64)
            columns[name] = pa.array(parts(whole, weights).ravel())
        yield (pa.table(columns),)


def _named(codes: Int[np.ndarray, " row"], names: object) -> object:
    """Codes with their names, as Arrow keeps them."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names, pa.string()))


def _journeys(simulation: Simulation, rows: int, seed: int) -> Iterator[tuple[Table, Table]]:
    """Touches of people on their way, and what they bought.

    A person meets 1 + Geometric(0.4) channels, hours to days apart, each drawn by its share of spend, and
    then buys with the probability ``1 − Π (1 − p_c)`` of the channels that were met.
    """
    import pyarrow as pa

    data = simulation.dataset
    names = np.array(data.channel_names)
    spend_c = data.spend_gtc.sum(axis=(0, 1))
    caused_c = np.array([simulation.truth.contribution[name] for name in names])
    effect_c = 0.08 * caused_c / caused_c.max()
    first, seconds = data.dates[0].astype("datetime64[us]"), data.n_periods * data.every.days * 86_400
    done = block = people = 0
    while done < rows:
        rng = np.random.default_rng([seed, _PEOPLE, block])
        n = max(1, min(CHUNK, rows - done) * 2 // 5)
        length = rng.geometric(0.4, size=n)
        owner = np.repeat(np.arange(n), length)
        channel = rng.choice(len(names), size=len(owner), p=spend_c / spend_c.sum())
        gap = rng.exponential(2.0 * 86_400, size=len(owner))
        start = rng.uniform(0, seconds, size=n)
        began = np.cumsum(length) - length
        walked = np.cumsum(gap)
        at = start[owner] + walked - walked[began][owner]
        cost = np.rint(rng.gamma(2.0, 20.0, size=len(owner))).astype(np.int64)
        missed = np.exp(np.add.reduceat(np.log1p(-effect_c[channel]), began))
        buys = np.flatnonzero(rng.uniform(size=n) > missed)
        last = at[began + length - 1]
        yield (
            pa.table(
                {
                    "user_id": _labels("u", people + owner),
                    "touched_at": pa.array(first + (at * 1e6).astype("timedelta64[us]")),
                    "channel": _named(channel, names),
                    "cost": pa.array(cost / 100.0),
                }
            ),
            pa.table(
                {
                    "user_id": _labels("u", people + buys),
                    "conversion_id": _labels("c", people + buys),
                    "converted_at": pa.array(
                        first + ((last[buys] + 3_600.0) * 1e6).astype("timedelta64[us]")
                    ),
                    "value": pa.array(np.rint(rng.gamma(4.0, 2_000.0, size=len(buys))) / 100.0),
                }
            ),
        )
        done, people, block = done + len(owner), people + n, block + 1


def _labels(letter: str, numbers: Int[np.ndarray, " row"]) -> object:
    """``u17`` for 17."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(letter, pa.array(numbers).cast(pa.string()), "")


def _write(
    folder: Path, names: tuple[str, ...], tables: Iterator[tuple[Table, ...]]
) -> Iterator[tuple[int, ...]]:
    """Each chunk as a row group of its file; the rows of each."""
    from contextlib import ExitStack

    import pyarrow.parquet as pq

    with ExitStack() as files:
        writers: list[pq.ParquetWriter] = []
        for chunk in tables:
            if not writers:
                writers = [
                    files.enter_context(pq.ParquetWriter(folder / name, table.schema, compression="zstd"))
                    for name, table in zip(names, chunk, strict=True)
                ]
            for writer, table in zip(writers, chunk, strict=True):
                writer.write_table(table)
            yield tuple(len(table) for table in chunk)
