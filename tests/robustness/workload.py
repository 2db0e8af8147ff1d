"""What the robustness runs work on: a small project, the commands, and what must hold afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from mediamix.core.folders import RECORD, foreign
from mediamix.data.store import load_dataset
from mediamix.models.store import load_fit
from mediamix.simulate import Scenario, simulate, write_simulation
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.mart import read_mart

#: Rows of a table of somebody else in the warehouse, which no build may lose.
KEPT = 1000
SEEDS = (1, 2)
SPEC = """\
data:
  {{media: data/media.csv, outcome: data/outcome.csv, controls: data/controls.csv, events: data/events.csv}}
sampler: {{chains: 2, draws: 60, tune: 60, seed: {seed}}}
"""


@dataclass(frozen=True)
class Job:
    """A command that writes, and what must hold of its target whenever it is killed.

    Args:
        name: Of the command.
        arguments: Of its n-th call; calls differ, so that a mixture of two is seen.
        target: What it writes, relative to the project.
        check: Raises AssertionError where something is lost, half-written or mixed.
    """

    name: str
    arguments: Callable[[int], list[str]]
    target: str
    check: Callable[[Path], None]


def prepare(root: Path, jobs: Sequence[Job]) -> tuple[Path, dict[str, float]]:
    """A project with data, two specs, the fits that are planned with or reported, a warehouse in which others
    keep a table, and what the commands write; with the seconds that each command took.
    """
    read = {word for job in jobs for n in range(len(SEEDS)) for word in job.arguments(n)}
    project = root / "project"
    write_simulation(simulate(Scenario(every="week", periods=60)), project / "data")
    for seed in SEEDS:
        (project / f"spec{seed}.yml").write_text(SPEC.format(seed=seed), encoding="utf-8")
        if f"fit{seed}" in read:
            done(project, ["fit", f"spec{seed}.yml", "--out", f"fit{seed}", "--quick"])
    seconds = {}
    for job in jobs:
        began = time.monotonic()
        done(project, job.arguments(0))
        seconds[job.name] = time.monotonic() - began
        if job.name == "build":
            with duckdb.connect(str(project / "w.duckdb")) as connection:
                connection.execute(f"create table kept as select range as n from range({KEPT})")
    return project, seconds


def start(project: Path, arguments: list[str]) -> subprocess.Popen[str]:
    """`mediamix ARGUMENTS` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mediamix", *arguments],
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(project: Path, arguments: list[str]) -> None:
    """The same to its end, which must be good."""
    process = start(project, arguments)
    _, said = process.communicate()
    assert process.returncode in (0, 3), f"{' '.join(arguments)}: {process.returncode}\n{said}"


def leftovers(project: Path) -> list[str]:
    """What is written aside and still there."""
    return sorted(str(path.relative_to(project)) for path in project.rglob(".*.mediamix-*"))


def check_warehouse(path: Path) -> None:
    """All rows of all tables, others' included; the mart can be read."""
    with duckdb.connect(str(path), read_only=True) as connection:
        kept = connection.execute("select count(*), sum(n) from kept").fetchone()
        landed = connection.execute(
            "select count(distinct _run_id), count(*) from landing.media_day"
        ).fetchone()
    assert kept is not None
    assert kept[0] >= KEPT, f"{KEPT - kept[0]} rows of another program are lost"
    media = pd.read_csv(path.parent / "data" / "media.csv")
    metrics = len(media.columns.difference(["date", "channel"]))
    assert landed == (1, len(media) * metrics), f"the landing holds {landed} loads and rows"
    read = read_mart(DuckDB(path)).media
    assert len(read) == len(media)
    assert abs(read["spend"].sum() - media["spend"].sum()) < 0.01


def check_fit(folder: Path) -> None:
    """Every file has its hash, and all of one run."""
    fit = load_fit(folder)
    assert fit.run.seed in SEEDS
    assert foreign(folder) == []
    assert fit.dataset.hash == load_dataset(folder / "data.parquet").hash


def check_folder(folder: Path) -> None:
    """Every file is the one that the record of the run names, and none is missing."""
    assert foreign(folder) == []
    for record in folder.rglob(RECORD):
        named = json.loads(record.read_text(encoding="utf-8"))["files"]
        absent = [name for name in named if not (record.parent / name).is_file()]
        assert not absent, f"{record.parent} lacks {absent}"
    check_fit(folder / "fit")


def check_plan(path: Path) -> None:
    """The table belongs to the plan."""
    plan = json.loads(path.read_text(encoding="utf-8"))
    table = path.with_suffix(".csv")
    if table.exists():  # a kill between the two leaves the plan alone
        rows = pd.read_csv(table).set_index("channel")
        planned = {name: float(rows.loc[name, "spend"]) for name in plan["allocation"]}
        assert planned == plan["allocation"], "plan.json and plan.csv are of two plans"


def check_report(path: Path) -> None:
    """The page is whole, and the tables are of the same fit."""
    page = path.read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    (seed,) = [seed for seed in SEEDS if f"\nseed: {seed}\n" in page or f"  seed: {seed}\n" in page]
    tables = path.with_name(f"{path.stem}_tables")
    if tables.exists():
        assert foreign(tables) == []
        mine, fits = pd.read_csv(tables / "roi.csv"), path.parent
        summary = json.loads((fits / f"fit{seed}" / "summary.json").read_text(encoding="utf-8"))
        tv = float(mine.set_index("channel").loc["tv", "roi_mean"])
        assert abs(tv - summary["channels"]["tv"]["roi"]["mean"]) < 1e-9, "page and tables are of two fits"


def _seed(n: int) -> int:
    return SEEDS[n % len(SEEDS)]


def _build(n: int) -> list[str]:
    return ["build", f"spec{_seed(n)}.yml", "--warehouse", "w.duckdb"]


def _optimize(n: int) -> list[str]:
    budget = str(20_000_000 + n)
    return ["optimize", "fit1", "--budget", budget, "--out", "plan.json", "--force", "--no-history"]


def _spec_to(command: str, target: str) -> Callable[[int], list[str]]:
    return lambda n: [command, f"spec{_seed(n)}.yml", "--out", target, "--force"]


def _report(n: int) -> list[str]:
    return ["report", f"fit{_seed(n)}", "--out", "report.html", "--force"]


def _demo(n: int) -> list[str]:
    return ["demo", "--out", "demo", "--seed", str(_seed(n)), "--force"]


JOBS = (
    Job("build", _build, "w.duckdb", check_warehouse),
    Job("fit", _spec_to("fit", "fit"), "fit", check_fit),
    Job("run", _spec_to("run", "run"), "run", check_folder),
    Job("optimize", _optimize, "plan.json", check_plan),
    Job("report", _report, "report.html", check_report),
    Job("demo", _demo, "demo", check_folder),
)
