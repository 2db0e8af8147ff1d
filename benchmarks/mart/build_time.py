"""What a build of the mart takes: by dbt that knows nothing, by dbt with its project parsed, and repeated.

Run it with ``uv run python benchmarks/mart/build_time.py``. It prints a table and writes
``benchmarks/mart/build_time.md``. Every build is a process of its own, on a copy of the same landed
file; the ways take turns, so that what else the machine does meets all of them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import load_spec
from mediamix.data.read import tables_from_spec
from mediamix.ingest.load import land
from mediamix.project.steps import demo_project
from mediamix.warehouse.engines.duckdb import DuckDB

RESULT = Path(__file__).with_name("build_time.md")
TURNS = 7

#: One build: seconds of the clock for dbt's import, for its nodes and in all, and of the processor.
CHILD = """
import json, sys, time
from pathlib import Path
from mediamix.warehouse.build import build
from mediamix.warehouse.engines.duckdb import DuckDB
path, cache, ahead = sys.argv[1:]
began, busy = time.perf_counter(), time.process_time()
if ahead == "dbt":
    import dbt.adapters.duckdb, dbt.cli.main
imported = time.perf_counter() - began
result = build(DuckDB(Path(path)), cache=Path(cache) / "builds")
whole = time.perf_counter() - began
nodes = sum(step.seconds for step in result.steps)
print(json.dumps([imported, nodes, whole, time.process_time() - busy, result.repeated]))
"""


@dataclass(frozen=True)
class Times:
    """Seconds of one build."""

    imported: float
    nodes: float
    whole: float
    processor: float
    repeated: bool


def once(path: Path, cache: Path, *, dbt: bool) -> Times:
    """A build in a process of its own."""
    command = [sys.executable, "-c", CHILD, str(path), str(cache), "dbt" if dbt else ""]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Times(*json.loads(done.stdout.splitlines()[-1]))


def measure(folder: Path, turns: int) -> dict[str, list[Times]]:
    """Way -> its builds."""
    project = demo_project(folder / "demo")
    landed = DuckDB(folder / "landed" / "warehouse.duckdb")
    land(tables_from_spec(load_spec(project.spec()), project.root), landed, "files")
    path = folder / "work" / "warehouse.duckdb"

    def fresh() -> None:
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        shutil.copyfile(landed.path, path)

    def nothing_known() -> Times:
        fresh()
        return once(path, folder / f"none{len(found['dbt'])}", dbt=True)

    def parsed() -> Times:
        fresh()
        for dialogue in (folder / "parsed" / "builds").glob("*.json"):
            dialogue.unlink()
        return once(path, folder / "parsed", dbt=True)

    def repeated() -> Times:
        fresh()
        return once(path, folder / "kept", dbt=False)

    ways: dict[str, Callable[[], Times]] = {"dbt": nothing_known, "parsed": parsed, "repeated": repeated}
    found: dict[str, list[Times]] = {way: [] for way in ways}
    parsed(), repeated()
    for _ in range(turns):
        for way, build in ways.items():
            found[way].append(build())
    wrong = {way for way, builds in found.items() if any(b.repeated != (way == "repeated") for b in builds)}
    if wrong:
        raise SystemExit(f"not what was to be measured: {wrong}")
    return found


def page(found: dict[str, list[Times]]) -> str:
    """The result."""
    words = {
        "dbt": "dbt, nothing known",
        "parsed": "dbt, with the project parsed by an earlier build",
        "repeated": "repeated",
    }
    machine = ", ".join(f"{name} {value}" for name, value in versions().items())
    rows = []
    for way, builds in found.items():

        def mid(of: Callable[[Times], float], builds: list[Times] = builds) -> str:
            return f"{median(map(of, builds)):.2f}"

        rest = mid(lambda b: b.whole - b.imported - b.nodes)
        parts = [mid(lambda b: b.imported), rest, mid(lambda b: b.nodes)]
        parts += [mid(lambda b: b.whole), mid(lambda b: b.processor)]
        rows.append(f"| {words[way]} | {' | '.join(parts)} |")
    ratio = median(a.processor / b.processor for a, b in zip(found["dbt"], found["repeated"], strict=True))
    return "\n".join(
        [
            "# What a build of the mart takes",
            "",
            "The demo's tables (1,095 days, five channels), landed in an empty DuckDB file, then built: a "
            f"process each, by turns, medians of {len(found['dbt'])}, in seconds. Made by "
            f"`uv run python benchmarks/mart/build_time.py` on {date.today()}: {host()['cores']} cores, "
            f"{host()['system']} {host()['machine']}; {machine}. What else ran on the machine meets all rows "
            "alike; the processor's seconds are the safer ones.",
            "",
            "| | import of dbt | parse, compile, and what is around | nodes | in all | of the processor |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            "Nodes: seeds, models and tests; by dbt with what renders their SQL. Repeated: what dbt said to "
            "the database in an earlier build of the same project is sent again, and each answer compared "
            "with the one that dbt had ([how](../../docs/guide/warehouse.md#builds-that-repeat)). It takes "
            f"1/{ratio:.0f} of dbt's time of the processor.",
            "",
        ]
    )


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=TURNS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = page(measure(Path(folder), arguments.turns))
    print(text)
    write_text(RESULT, text)


if __name__ == "__main__":
    main()
