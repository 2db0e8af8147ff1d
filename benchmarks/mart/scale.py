"""Ten million campaign days: what building and reading the mart takes, and whether a cent is lost.

Run it with ``uv run python benchmarks/mart/scale.py [--rows 10000000] [--work FOLDER]``. A made-up
market is written by campaign (`mediamix generate --rows`), landed as a platform's, built twice and read, each
step a process of its own whose clock and memory are measured. It writes ``benchmarks/mart/scale.md``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions

RESULT = Path(__file__).with_name("scale.md")
WANTED_S, WANTED_GB = 60.0, 2.0
#: Of the market: days, geos, channels.
DAYS, GEOS, CHANNELS = 1095, 10, 8

LAND = """
import pandas as pd
from mediamix.data.tables import Tables
from mediamix.ingest.load import land
outcome = pd.read_csv(market / "outcome.csv", parse_dates=["date"]).astype({"date": "datetime64[s]"})
kinds = {"date": "datetime64[s]", "geo": object, "channel": object, "spend": float}
none = pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})
store.path.unlink(missing_ok=True)
land(Tables(media=none, outcome=outcome, controls=None, events=None), store, "shop")
with store.connect(read_only=False) as session:
    session.execute(
        "insert into landing.campaign_day by name select 'ads' as source, channel::varchar as account_id, "
        "channel::varchar as platform, 'EUR' as currency, 'UTC' as time_zone, date::date as date, "
        "geo::varchar as geo, campaign::varchar as campaign_id, campaign::varchar as campaign_name, "
        "impressions, clicks, spend::decimal(38,6) as spend, now()::timestamp as pulled_at "
        f"from read_parquet('{market / 'media.parquet'}')"
    )
"""
BUILD = """
from mediamix.warehouse.build import build
steps = build(store).steps
told["slowest"] = [[s.name, s.seconds] for s in sorted(steps, key=lambda s: -s.seconds)[:6]]
"""
READ = """
from mediamix.core.spec import Spec
from mediamix.pipeline import read_mart
data = read_mart(Spec(geo={}), store)
spent = data.spend_gtc.sum(axis=(0, 1))
told["spend"] = {name: str(round(float(value), 2)) for name, value in zip(data.channel_names, spent)}
told["cells"] = int(data.spend_gtc.size)
"""
FRAME = """
import json, resource, sys, time
from pathlib import Path
began = time.perf_counter()
from mediamix.warehouse.engines.duckdb import DuckDB
market, store, told = Path(sys.argv[1]), DuckDB(Path(sys.argv[2])), {{}}
{step}
used = resource.getrusage(resource.RUSAGE_SELF)
told["s"], told["cpu_s"] = time.perf_counter() - began, used.ru_utime + used.ru_stime
told["gb"] = used.ru_maxrss / 1e6
print(json.dumps(told))
"""


def step(code: str, market: Path, store: Path) -> dict[str, Any]:
    """Run a step in a process of its own; what it told."""
    command = [sys.executable, "-c", FRAME.format(step=code), str(market), str(store)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Generate what isn't there, land, build, build again, read; write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--work", type=Path, default=Path("/tmp/mediamix-scale"))
    asked = parser.parse_args()
    market = asked.work / f"market-{asked.rows}"
    asked.work.mkdir(parents=True, exist_ok=True)
    if not market.exists():
        shape = [
            "--every",
            "day",
            "--periods",
            DAYS,
            "--geos",
            GEOS,
            "--channels",
            CHANNELS,
            "--rows",
            asked.rows,
        ]
        command = [sys.executable, "-m", "mediamix", "generate", "--out", market, *shape]
        subprocess.run([str(part) for part in command], check=True)
    import pyarrow.parquet as pq

    media = pq.read_table(market / "media.parquet", columns=["channel", "spend"])
    rows = media.num_rows
    cents = media.to_pandas().groupby("channel", observed=True)["spend"].sum().round(2)
    store = asked.work / "warehouse.duckdb"
    found = {
        name: step(code, market, store)
        for name, code in (("land", LAND), ("build", BUILD), ("build again", BUILD), ("read", READ))
    }
    same = {str(k): f"{Decimal(str(v)):.2f}" for k, v in cents.items()} == {
        k: f"{Decimal(v):.2f}" for k, v in found["read"]["spend"].items()
    }
    text = page(rows, found, same)
    write_text(RESULT, text)
    sys.stdout.write(text)


def page(rows: int, found: dict[str, dict[str, Any]], same: bool) -> str:
    """The numbers as Markdown."""
    machine = host()
    whole = found["build"]["s"] + found["read"]["s"]
    memory = max(found[name]["gb"] for name in ("build", "build again", "read"))
    lines = [
        "# A mart of ten million rows",
        "",
        f"{rows:,} campaign days of {GEOS} geos, {CHANNELS} channels and {DAYS:,} days, landed as those of a "
        "platform in DuckDB; each step is a process of its own, its imports included, without a limit of "
        "memory.",
        "",
        "| step | seconds | processor seconds | GB at most |",
        "| --- | --- | --- | --- |",
        *(
            f"| {name} | {one['s']:.1f} | {one['cpu_s']:.1f} | {one['gb']:.2f} |"
            for name, one in found.items()
        ),
        "",
        f"Build and read: {whole:.1f} s (wanted: under {WANTED_S:.0f}: {_met(whole < WANTED_S)}), "
        f"{memory:.2f} GB (wanted: under {WANTED_GB:.0f}: {_met(memory < WANTED_GB)}). "
        "The spend of every channel that is read is "
        f"{'' if same else '**not** '}the sum of its campaigns, to the cent. The model gets "
        f"{found['read']['cells']:,} cells.",
        "",
        "Slowest steps of the first build: "
        + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found["build"]["slowest"])
        + ".",
        "",
        f"Run {date.today().isoformat()} with `benchmarks/mart/scale.py`, mediamix "
        f"{versions()['mediamix']}, DuckDB {versions()['duckdb']}, {machine['cores']} cores.",
        "",
    ]
    return "\n".join(lines)


def _met(held: bool) -> str:
    return "met" if held else "missed"


if __name__ == "__main__":
    main()
