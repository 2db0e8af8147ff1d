"""Many fits, measured: how long, killed half-way, what an engine costs, what libraries lose.

Run it with ``uv run python benchmarks/many/run.py [PART …] [--brands 134]``, alone on the machine;
without a part all but ``ray``, which needs the extra. What is measured is kept in ``results.json``, a part
at a time, and ``benchmarks/many/many.md`` is made of it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from benchmarks.many.brands import write  # noqa: E402
from benchmarks.many.libraries import EVERY, KILLS, LIBRARIES, TASKS  # noqa: E402
from benchmarks.many.page import page  # noqa: E402
from benchmarks.many.pieces import one_second, waits_a_second  # noqa: E402

from mediamix.core.files import write_json, write_text  # noqa: E402
from mediamix.core.machine import cores  # noqa: E402
from mediamix.core.provenance import host, versions  # noqa: E402
from mediamix.spread.contract import Means, Task, engine_called  # noqa: E402

RESULTS, PAGE = HERE / "results.json", HERE / "many.md"
#: Packages that other libraries need, from the registry for the time of the run.
_WITH = ("loky", "joblib", "pebble")


def command(spec: Path, out: Path, *more: str) -> list[str]:
    words = ["fit-all", str(spec), "--by", "brand", "--out", str(out), "--json", *more]
    return [sys.executable, "-m", "mediamix", *words]


def fitted(spec: Path, out: Path, *more: str) -> dict[str, Any]:
    """What the command says, and how long it took by the clock, start included."""
    began = time.perf_counter()
    done = subprocess.run(command(spec, out, *more), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 3):
        raise SystemExit(f"fit-all ended with {done.returncode}")
    said: dict[str, Any] = json.loads(done.stdout)
    return {**said, "wall": seconds}


def same(one: Path, other: Path) -> tuple[int, int]:
    """Files of fits and tables, and how many of them differ."""
    files = {
        path.relative_to(one)
        for path in (*one.glob("table.*"), *(one / "fits").rglob("*"))
        if path.is_file() and not path.name.endswith("lock")
    }
    wrong = sum(
        not (other / path).is_file() or (one / path).read_bytes() != (other / path).read_bytes()
        for path in files
    )
    return len(files), wrong


def stamps(out: Path) -> dict[str, tuple[int, int]]:
    """Every fit's folder: which file its run.json is, and when it was written."""
    found = (out / "fits").glob("[!.]*/run.json")
    return {path.parent.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def part_time(folder: Path, brands: int) -> dict[str, Any]:
    """All brands, once, by the command."""
    spec = write(folder / "data", brands)
    made = fitted(spec, folder / "whole")
    verdicts = [row["verdict"] for row in made["rows"]]
    return {
        "brands": brands,
        "rows": sum(1 for _ in (folder / "data" / "brands.csv").open()) - 1,
        "cores": cores(),
        "wall": made["wall"],
        "done": made["done"],
        "failed": made["failed"],
        "bill": made["bill"],
        "verdicts": {name: verdicts.count(name) for name in ("ok", "caution", "failed")},
    }


def part_killed(folder: Path, brands: int) -> dict[str, Any]:
    """The same, killed half-way with all of its processes, and begun again."""
    spec = folder / "data" / "mediamix.yml"
    if not spec.is_file():
        spec = write(folder / "data", brands)
    if not (folder / "whole" / "table.json").is_file():
        fitted(spec, folder / "whole")
    out = folder / "killed"
    process = subprocess.Popen(
        command(spec, out), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while len(stamps(out)) < brands // 2 and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = stamps(out)
    again = fitted(spec, out)
    after = stamps(out)
    files, wrong = same(folder / "whole", out)
    return {
        "brands": brands,
        "before": len(before),
        "found": again["found"],
        "fits": again["bill"]["fits"],
        "twice": sum(after.get(name) != stamp for name, stamp in before.items()),
        "files": files,
        "differ": wrong,
    }


def part_ray(folder: Path, brands: int) -> dict[str, Any]:
    """Two Ray nodes on this machine, one killed half-way, against the engine local."""
    import mediamix as mm
    from mediamix.spread.engine.ray import SETTINGS

    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray
    from ray.cluster_utils import Cluster

    spec = folder / "data" / "mediamix.yml"
    if not spec.is_file():
        spec = write(folder / "data", brands)
    if not (folder / "whole" / "table.json").is_file():
        fitted(spec, folder / "whole")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=max(1, cores() // 2)) for _ in range(2)]
    ray.init(address=cluster.address, log_to_driver=False)
    killed: list[int] = []

    def kill(far: Any) -> None:
        if far.done >= brands // 2 and not killed:
            killed.append(far.done)
            time.sleep(1.0)  # both nodes have a fit by now
            cluster.remove_node(nodes[0], allow_graceful=False)

    made = mm.fit_all(spec, folder / "ray", "brand", engine="ray", on_progress=kill)
    again = mm.fit_all(spec, folder / "ray", "brand", engine="ray")
    ray.shutdown()
    cluster.shutdown()
    files, wrong = same(folder / "whole", folder / "ray")
    told = [json.loads(path.read_text()) for path in (folder / "ray" / "jobs").iterdir()]
    return {
        "brands": brands,
        "killed_after": killed[0],
        "done": made.count("done"),
        "begun_again": sum(one["attempts"] - 1 for one in told),
        "made_again": again.bill.fits,
        "files": files,
        "differ": wrong,
    }


def part_overhead(folder: Path, brands: int) -> dict[str, Any]:
    """As many fits of a second: what remains beyond their seconds, start included."""
    tasks = [Task(i, str(i), None) for i in range(brands)]
    found = {}
    for name, work in (("waits", waits_a_second), ("computes", one_second)):
        began = time.perf_counter()
        ended = list(engine_called("local").map(work, tasks, Means(workers=2)))
        wall = time.perf_counter() - began
        assert not any(one.reason for one in ended)
        inside = sum(one.seconds for one in ended)
        found[name] = {"wall": wall, "inside": inside, "overhead": wall * 2 / inside - 1}
    return {"tasks": brands, **found}


def part_libraries(folder: Path, brands: int) -> dict[str, Any]:
    """What each library still returns after kills."""
    found = {}
    for name in LIBRARIES:
        with_ = [word for package in _WITH for word in ("--with", package)]
        words = ["uv", "run", "--quiet", *with_, "python", "-m", "benchmarks.many.libraries", name]
        done = subprocess.run(words, cwd=HERE.parents[1], capture_output=True, text=True, timeout=300)
        results, begun, killed, seconds = done.stdout.split()[-4:]
        counts = {"results": int(results), "begun": int(begun), "killed": int(killed)}
        found[name] = {**counts, "seconds": float(seconds)}
    return {"tasks": TASKS, "kills": KILLS, "every": EVERY, "libraries": found}


PARTS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "time": part_time,
    "killed": part_killed,
    "ray": part_ray,
    "overhead": part_overhead,
    "libraries": part_libraries,
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    asked.add_argument("--brands", type=int, default=134)
    asked.add_argument("--keep", type=Path, help="folder that is kept, for data and fits")
    given = asked.parse_args()
    parts = given.parts or [name for name in PARTS if name != "ray"]
    folder = given.keep or Path(tempfile.mkdtemp(prefix="many-"))
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    try:
        for name in parts:
            print(f"{name} …", flush=True)
            made = PARTS[name](folder, given.brands)
            results[name] = {**made, "made": f"{date.today()}", "load": os.getloadavg()[1]}
            print(json.dumps(results[name]), flush=True)
            write_json(RESULTS, results)
            write_text(PAGE, page(results, host(), versions()))
    finally:
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
