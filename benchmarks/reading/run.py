"""Reading and checking a CSV of 132,759 × 50, beside pandas and polars that read it and check nothing.

Run it with ``uv run python benchmarks/reading/run.py [--data FOLDER] [--rounds 5]``. Each way is measured in
processor seconds by turns in one process, imports apart; it writes ``benchmarks/reading/reading.md``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ecommerce.twin import published, twin

from mediamix.core.files import write_text
from mediamix.core.provenance import host
from mediamix.core.spec import Spec, parse_spec

RESULT = Path(__file__).with_name("reading.md")
WANTED_S = 5.0
WAYS = ("mediamix reads", "mediamix reads and checks", "pandas reads", "polars reads")


def spec_of(table: Path) -> Spec:
    """All series of the table side by side; its nine paid channels and the visits of six sources."""
    columns = table.open().readline().strip().split(",")
    spends = [c.removesuffix("_SPEND") for c in columns if c.endswith("_SPEND")]
    media = {c.lower(): {"spend": f"{c}_SPEND", "exposure": f"{c}_IMPRESSIONS"} for c in spends}
    visits = [c.removesuffix("_CLICKS") for c in columns if c.endswith("_CLICKS")]
    media |= {c.lower(): {"exposure": f"{c}_CLICKS"} for c in visits if c not in spends}
    mapping: dict[str, Any] = {"wide": table.name, "date": "DATE_DAY", "geo": "MMM_TIMESERIES_ID"}
    mapping |= {"outcome": "FIRST_PURCHASES_ORIGINAL_PRICE", "media": media}
    return parse_spec({"data": mapping, "geo": {}})


def way(name: str, table: Path) -> Callable[[], object]:
    """What is measured, with its imports done."""
    import pandas as pd
    import polars as pl

    from mediamix.data.files import read_rows
    from mediamix.data.read import examine

    spec = spec_of(table)
    ways: dict[str, Callable[[], object]] = {
        WAYS[0]: lambda: read_rows(table, "wide", spec),
        WAYS[1]: lambda: examine(spec, table.parent),
        WAYS[2]: lambda: pd.read_csv(table),
        WAYS[3]: lambda: pl.read_csv(table, infer_schema_length=None),
    }
    return ways[name]


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Processor seconds and seconds on the clock."""
    used, began = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - used, time.perf_counter() - began


def page(found: dict[str, list[tuple[float, float]]], size: float) -> str:
    """The figures as Markdown."""
    reads = median(used for used, _ in found[WAYS[2]])
    lines = [
        "# Reading and checking a large table",
        "",
        f"A CSV of 132,759 rows and 50 columns ({size:.0f} MB, the [twin](ecommerce.md) of the e-commerce "
        "table), 134 series side by side, 15 channels. mediamix keeps every cell's row, decides how numbers "
        "and dates are written, and runs all checks; pandas and polars guess types and check nothing.",
        "",
        "| | processor time | on the clock | × pandas |",
        "| --- | --- | --- | --- |",
    ]
    for name in WAYS:
        used, wall = (median(times) for times in zip(*found[name], strict=True))
        lines.append(f"| {name} | {used:.2f} s | {wall:.2f} s | {used / reads:.1f} |")
    n = len(found[WAYS[0]])
    lines += [
        "",
        f"Medians of {n} rounds by turns in one process, on {host()['machine']} with {host()['cores']} cores "
        f"that others used, too. Wanted: read and checked in under {WANTED_S:.0f} s.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the table, measure, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/conjura"))
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "twin.csv"
        twin(*published(given.data)).table.to_csv(table, index=False)
        work = {name: way(name, table) for name in WAYS}
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
        for _ in range(given.rounds):
            for name in WAYS:
                found[name].append(seconds(work[name]))
        text = page(found, table.stat().st_size / 1e6)
    write_text(RESULT, text)
    print(text)


if __name__ == "__main__":
    main()
