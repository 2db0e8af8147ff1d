"""Kill mediamix at random moments, and run it twice at a time; nothing may be lost, halved or mixed.

    python tests/robustness/kill.py --kills 40 --pairs 20 --seed 1

Half of the kills come at any moment of a command, the other half while it writes: after its first
file stands aside. After each one everything is read back, hashes and row counts. Exit code 1 where
anything is wrong, with each fault in a line.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from workload import JOBS, KEPT, SEEDS, Job, done, leftovers, prepare, start

#: How a command may end when another one is at its target: done, done with a bad verdict, refused.
FAIR = frozenset({0, 2, 3})
#: Calls of a command until a kill comes before its end.
TRIES = 6
#: Another program that adds rows to the warehouse and is told when that isn't possible.
WRITER = """
import duckdb, sys, time
for attempt in range(200):
    try:
        with duckdb.connect(sys.argv[1]) as connection:
            connection.execute("insert into kept select range from range(10)")
        print("committed", flush=True)
        time.sleep(0.05)
    except duckdb.Error:
        time.sleep(0.02)
"""


@dataclass
class Tally:
    """What was done, and what went wrong."""

    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def verify(self, project: Path, job: Job, what: str) -> None:
        """Read everything back; a fault is kept and the run goes on."""
        self.done[what] += 1
        try:
            job.check(project / job.target)
        except Exception as error:  # whatever reading raises is the fault looked for
            self.faults.append(f"{what}: {type(error).__name__}: {error}")


def kill(project: Path, job: Job, n: int, seconds: float, chance: random.Random) -> str:
    """Start the command and kill it before its end; returns when.

    A command that is done before the kill comes is one more call, and the next is tried.
    """
    for attempt in range(TRIES):
        if _killed(project, job, n + attempt * len(SEEDS), seconds, chance, writing=n % 2 == 0):
            return "writing" if n % 2 == 0 else "any moment"
    return "always too late"


def _killed(project: Path, job: Job, n: int, seconds: float, chance: random.Random, *, writing: bool) -> bool:
    """Whether the kill came before the end."""
    process = start(project, job.arguments(n))
    until = time.monotonic() + seconds * chance.random()
    if writing:
        name = f".{job.target}.{process.pid}.mediamix-part"
        while process.poll() is None and not (project / name).exists():
            time.sleep(0.0005)
        # files are in place within milliseconds, folders within the work that fills them
        until = time.monotonic() + chance.choice([0.001, 0.01, 0.1, 0.5]) * chance.random()
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.0005)
    came_in_time = process.poll() is None
    process.kill()
    process.communicate()
    return came_in_time


def kills(project: Path, seconds: dict[str, float], n: int, chance: random.Random, tally: Tally) -> None:
    """`n` kills, in turn over the commands; at last each runs to its end and sweeps."""
    jobs = [job for job in JOBS if job.name in seconds]
    for i in range(n):
        job = jobs[i % len(jobs)]
        when = kill(project, job, i // len(jobs), seconds[job.name], chance)
        tally.verify(project, job, f"kill {job.name}, {when}")
    for job in jobs:
        done(project, job.arguments(n))
        tally.verify(project, job, f"run {job.name} after the kills")
    tally.faults += [f"left behind: {name}" for name in leftovers(project)]


def pair(project: Path, job: Job, n: int, chance: random.Random, tally: Tally) -> None:
    """The same command twice at a time, a moment apart; for a build also another program that writes."""
    first = start(project, job.arguments(n))
    if job.name == "build" and n % 2 == 0:
        with_another_program(project, first, tally)
        tally.verify(project, job, "pair build + another program")
        return
    time.sleep(chance.random() * chance.choice([0.02, 0.5, 2.0]))
    second = start(project, job.arguments(n + 1))
    codes = []
    for process in (first, second):
        _, said = process.communicate()
        codes.append(process.returncode)
        if process.returncode not in FAIR or "Traceback" in said:
            tally.faults.append(f"pair {job.name}: exit code {process.returncode}: {said[-300:]}")
    if 0 not in codes and 3 not in codes:
        tally.faults.append(f"pair {job.name}: none got through")
    tally.verify(project, job, f"pair {job.name} + {job.name}")


def with_another_program(project: Path, build: subprocess.Popen[str], tally: Tally) -> None:
    """Rows that another program committed during a build are there afterwards, all of them."""
    path = project / "w.duckdb"
    before = _rows(path)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=project
    )
    _, said = build.communicate()
    writer.terminate()
    out, _ = writer.communicate()
    committed = 10 * out.count("committed")
    if build.returncode not in FAIR:
        tally.faults.append(f"build beside another program: exit code {build.returncode}: {said[-300:]}")
    # the writer may end between its commit and saying so
    found = _rows(path) - before
    if found not in (committed, committed + 10):
        tally.faults.append(f"another program committed {committed} rows, {found} are there")


def _rows(path: Path) -> int:
    for _ in range(100):
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                row = connection.execute("select count(*) from kept").fetchone()
                return int(row[0]) if row else 0
        except duckdb.IOException:
            time.sleep(0.05)
    raise AssertionError(f"{path} stays locked")


def main(arguments: list[str] | None = None) -> int:
    """Do it, print a table, return the exit code."""
    parser = argparse.ArgumentParser(description="Kill mediamix and run it twice at a time.")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="names of commands, comma-separated")
    given = parser.parse_args(arguments)
    jobs = [job for job in JOBS if not given.only or job.name in given.only.split(",")]
    chance, tally = random.Random(given.seed), Tally()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mediamix-robust-") as root:
        project, seconds = prepare(Path(root), jobs)
        kills(project, seconds, given.kills, chance, tally)
        fast = [job for job in jobs if job.name != "demo"] or jobs
        for i in range(given.pairs):
            pair(project, fast[i % len(fast)], i // len(fast), chance, tally)
        tally.faults += [f"left behind after the pairs: {name}" for name in leftovers(project)]
    for what, count in sorted(tally.done.items()):
        print(f"{count:4d}  {what}")
    print(f"{len(tally.faults)} faults in {time.monotonic() - began:.0f} s (others' rows: {KEPT} and more)")
    for fault in tally.faults:
        print(f"FAULT {fault}")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
