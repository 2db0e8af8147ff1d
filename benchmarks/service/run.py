"""How many questions a second does the service answer, how late is one in a hundred, does its memory grow?

Run it with ``uv run python benchmarks/service/run.py [--project FOLDER] [--seconds 60] [--rate 200]``; it
prints a table and writes ``benchmarks/service/service.md``. Without a project: the demo, which is run first.

The load is open: a call is due at its time whatever became of those before it, and late from then on.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mediamix.core.files import write_text
from mediamix.core.provenance import host
from mediamix.jobs.runs import follow, launch
from mediamix.project.folder import Project
from mediamix.project.runs import current, promote
from mediamix.project.steps import demo_project

RESULT = Path(__file__).with_name("service.md")
#: Connections that are kept open.
OPEN = 32
ASK = "/api/v1/runs/current"


@dataclass
class Load:
    """A kind of load, and what came of it.

    Args:
        name: In the table.
        questions: Paths and bodies, without an end.
        rate: Calls a second.
    """

    name: str
    questions: Iterator[tuple[str, bytes]]
    rate: float
    late: list[float] = field(default_factory=list)
    wrong: int = 0
    memory: list[float] = field(default_factory=list)
    busy: float = 0.0
    seconds: float = 0.0

    def row(self) -> str:
        """Of the table."""
        late = sorted(self.late)

        def at(part: float) -> str:
            return f"{1000 * late[min(len(late) - 1, int(part * len(late)))]:.0f}" if late else "–"

        kept = f"{self.memory[0]:.0f} → {self.memory[-1]:.0f}" if self.memory else "–"
        each = 1000 * self.busy / max(1, len(late))
        done = len(late) / self.seconds
        return (
            f"| {self.name} | {self.rate:.0f} | {done:.0f} | {at(0.5)} | {at(0.95)} | {at(0.99)} "
            f"| {late[-1] * 1000:.0f} | {self.wrong} | {each:.1f} | {kept} |"
        )


def body(path: str, question: object) -> tuple[str, bytes]:
    """A question, ready to be sent."""
    return f"{ASK}/{path}", json.dumps(question).encode()


def repeated(today: float) -> Iterator[tuple[str, bytes]]:
    """What people who look at one run ask: some fifty questions, again and again."""
    plans = [body("optimize", {"budget": round(today * (0.8 + 0.02 * step), 2)}) for step in range(20)]
    forecasts = [body("predict", {"periods": 1 + step}) for step in range(20)]
    goals = [body("target", {"target": {"roi": round(1.2 + 0.02 * step, 2)}}) for step in range(10)]
    rng = random.Random(1)
    known = [*plans, *forecasts, *goals]
    while True:
        yield rng.choice(known)


def distinct(today: float, objective: str | None) -> Iterator[tuple[str, bytes]]:
    """Budgets that nobody has asked about before."""
    rng = random.Random(2)
    more = {} if objective is None else {"objective": objective}
    while True:
        yield body("optimize", {"budget": round(today * rng.uniform(0.8, 1.2), 2), **more})


def rows(days: list[str]) -> Iterator[tuple[str, bytes]]:
    """`POST /predict`: one row after the other, each another."""
    for number in itertools.count():
        row = {"date": days[number % len(days)], "tv_spend": 10_000 + number}
        yield "/predict", json.dumps(row).encode()


def mixed(today: float, share: float) -> Iterator[tuple[str, bytes]]:
    """`repeated`, and a share of new questions among them."""
    rng, old, new = random.Random(3), repeated(today), distinct(today, None)
    while True:
        yield next(new) if rng.random() < share else next(old)


@contextmanager
def served(project: Project, solvers: int) -> Iterator[tuple[int, int]]:
    """The service in a process of its own: its port and its id."""
    with tempfile.NamedTemporaryFile("w+") as said:
        command = [sys.executable, "-m", "mediamix", "serve", str(project.root), "--no-auth", "--port", "0"]
        command += ["--solvers", str(solvers), "--rate-limit", "1000000/minute"]
        with subprocess.Popen(command, stderr=said) as process:
            try:
                while (found := re.search(r"http://127.0.0.1:(\d+)", Path(said.name).read_text())) is None:
                    time.sleep(0.05)
                yield int(found[1]), process.pid
            finally:
                process.terminate()


class Connection:
    """One kept connection: HTTP/1.1 by hand, so that the load costs the machine little."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, content: bytes) -> int:
        """The status of an answer that was read to its end."""
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        told = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", told.lower())
        await reader.readexactly(0 if length is None else int(length[1]))
        return int(told[9:12])


async def run(load: Load, port: int, process: int, seconds: float) -> None:
    """Send what is due, and note how late each answer is."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(OPEN):
        idle.put_nowait(Connection(port))
    began = time.perf_counter()
    spent = processor_seconds(process)

    async def one(due: float, path: str, content: bytes) -> None:
        connection = await idle.get()
        try:
            status = await connection.post(path, content)
            load.wrong += status != 200
        except (OSError, asyncio.IncompleteReadError):
            load.wrong += 1
            connection.streams = None
        load.late.append(time.perf_counter() - due)
        idle.put_nowait(connection)

    open_ones = set()
    for number in range(int(seconds * load.rate)):
        due = began + number / load.rate
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(due, *next(load.questions)))
        open_ones.add(task)
        task.add_done_callback(open_ones.discard)
        if number % int(load.rate * max(1.0, seconds / 20)) == 0:
            load.memory.append(memory(process))
    await asyncio.gather(*open_ones)
    load.seconds = time.perf_counter() - began
    load.memory.append(memory(process))
    load.busy = processor_seconds(process) - spent


def family(process: int) -> list[int]:
    """A process and its children."""
    found = [process]
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        found += [one for text in path.read_text().split() for one in family(int(text))]
    return found


def memory(process: int) -> float:
    """MB that a process and its children hold."""
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family(process))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_seconds(process: int) -> float:
    """Of a process and its children."""
    ticks = 0
    for one in family(process):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def warmed(port: int, loads: list[tuple[str, bytes]]) -> float:
    """Seconds until the first answer to each of some questions."""
    began = time.perf_counter()
    connection = Connection(port)
    while True:
        try:
            await connection.post(*loads[0])
            break
        except OSError:
            connection.streams = None
            await asyncio.sleep(0.05)
    first = time.perf_counter() - began
    for question in loads[1:]:
        await connection.post(*question)
    return first


def project_of(folder: Path | None) -> Project:
    """A project with a promoted run; without a folder the demo's."""
    project = Project.at(folder) if folder is not None else demo_project(Path(tempfile.mkdtemp()) / "demo")
    if current(project) is None:
        record, _ = launch(project)
        promote(project, follow(project, record.id).id, force=True)
    return project


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--distinct-rate", type=float, default=20.0)
    parser.add_argument("--solvers", type=int, default=2)
    options = parser.parse_args()
    project = project_of(options.project)
    run_id = current(project)
    assert run_id is not None
    summary = json.loads((project.runs / run_id / "fit" / "summary.json").read_text())
    today = sum(channel["spend"] for channel in summary["channels"].values())
    last = date.fromisoformat(summary["window"]["end"])
    days = [date.fromordinal(last.toordinal() + 1 + n).isoformat() for n in range(28)]
    slow = options.distinct_rate
    with served(project, options.solvers) as (port, process):
        known = list(dict.fromkeys(itertools.islice(repeated(today), 1000)))
        first = asyncio.run(warmed(port, known))
        loads = [
            Load("fifty questions, again and again", repeated(today), options.rate),
            Load("the same, every hundredth new", mixed(today, 0.01), options.rate),
            Load("budgets, all new, objective mean", distinct(today, "mean"), options.rate / 2),
            Load("budgets, all new", distinct(today, None), slow),
            Load("rows (/predict), all new", rows(days), slow),
        ]
        for load in loads:
            asyncio.run(run(load, port, process, options.seconds))
            print(load.row(), flush=True)
    write_text(RESULT, page(loads, first, options.seconds))


def page(loads: list[Load], first: float, seconds: float) -> str:
    """What is written."""
    table = "\n".join(load.row() for load in loads)
    busy = os.getloadavg()[0]
    machine = f"{host()['cores']} cores; processes that wanted one when it ended: {busy:.0f}"
    return f"""# The service under load

An open load (a call is due at its time, and late from then on) over {OPEN} connections from the same
machine, {seconds:.0f} s each, on a loaded fit of the demo. First answer {first:.1f} s after the server's
start. Milliseconds from when a call was due; processor milliseconds of server and solvers per call; memory of
all its processes in MB, at the beginning and the end.

| load | due a second | answered a second | median | p95 | p99 | slowest | not 200 | processor ms | memory |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
{table}

{machine}. `uv run python benchmarks/service/run.py`
"""


if __name__ == "__main__":
    main()
