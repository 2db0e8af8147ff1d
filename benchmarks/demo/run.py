"""What `mediamix demo` takes on a machine that ran it before, step by step.

Run it with ``uv run python benchmarks/demo/run.py``. It prints a table and writes
``benchmarks/demo/demo.md``. Every run is a process of its own that writes a new folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions

RESULT = Path(__file__).with_name("demo.md")
TURNS = 5
#: The command, with seconds at the beginning of each step: clock, processor, processor of the first thread.
CHILD = """
import json, sys, time
from pathlib import Path
from mediamix.cli import main
from mediamix.cli.progress import Steps
marks, step = [["Start", time.perf_counter(), 0.0, 0.0]], Steps.step
def mark(name):
    marks.append([name, time.perf_counter(), time.process_time(), time.thread_time()])
def told(self, name):
    mark(name)
    step(self, name)
Steps.step = told
main(["demo", "--out", sys.argv[1]])
mark("")
Path(sys.argv[2]).write_text(json.dumps(marks))
"""


@dataclass(frozen=True)
class Run:
    """One run, in seconds.

    Args:
        steps: Clock, processor, and processor of the first thread of each step.
        whole: Of the clock, start and end of the process included.
        processor: Of the whole command, with the processes that it starts.
    """

    steps: Mapping[str, tuple[float, float, float]]
    whole: float
    processor: float


def steps_of(place: Path) -> dict[str, tuple[float, float, float]]:
    """A run that tells its steps; the end of the process isn't the command's, so that it isn't counted."""
    told = place / "steps.json"
    subprocess.run(
        [sys.executable, "-c", CHILD, str(place / "out"), str(told)], capture_output=True, check=True
    )
    marks = json.loads(told.read_text())
    return {
        before[0]: (after[1] - before[1], after[2] - before[2], after[3] - before[3])
        for before, after in pairwise(marks)
    }


def once(place: Path) -> Run:
    """A run as people start it, then one that tells its steps."""
    command = [sys.executable, "-m", "mediamix", "demo", "--out"]
    before, clock = os.times(), os.times().elapsed
    subprocess.run([*command, str(place / "whole")], capture_output=True, check=True)
    after = os.times()
    processor = sum(after[2:4]) - sum(before[2:4])
    return Run(steps_of(place), after.elapsed - clock, processor)


def measure(turns: int) -> list[Run]:
    """So many runs after one that fills the caches."""
    runs = []
    for turn in range(turns + 1):
        with tempfile.TemporaryDirectory() as place:
            runs.append(once(Path(place)))
            print(
                f"run {turn}: {runs[-1].whole:.1f} s, {runs[-1].processor:.1f} s of the processor", flush=True
            )
    return runs[1:]


def page(runs: Sequence[Run]) -> str:
    """The result."""
    machine = ", ".join(f"{name} {value}" for name, value in versions().items())
    names = list(runs[0].steps)
    mid = {name: [median(run.steps[name][i] for run in runs) for i in range(3)] for name in names}
    rows = [f"| {name} | {c:.1f} | {p:.2f} | {m:.2f} |" for name, (c, p, m) in mid.items()]
    whole, processor = median(run.whole for run in runs), median(run.processor for run in runs)
    first = sum(m for _, _, m in mid.values())
    return "\n".join(
        [
            "# What the demo takes",
            "",
            "`mediamix demo` on a machine that ran it before, into a new folder: data generated, landed, "
            "built and tested, read, fitted, checked by refits, measured, planned and reported. Medians of "
            f"{len(runs)} runs in seconds, a process each. Made by `uv run python benchmarks/demo/run.py` on "
            f"{date.today()}: {host()['cores']} cores, {host()['system']} {host()['machine']}; {machine}. "
            "The clock says as much about what else ran on the machine; the processor's seconds are the "
            "safer ones, and the first thread's are those that nothing else can take off it.",
            "",
            "| step | clock | processor | of it the first thread |",
            "| --- | --- | --- | --- |",
            *rows,
            f"| **the command, with start, end and renderer** | {whole:.1f} | {processor:.2f} | |",
            "",
            f"The first thread computes {first:.1f} s. What else there is runs on all cores, beside or "
            "instead of it: sampling, responses over draws, sorting, and the process that draws.",
            "",
        ]
    )


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=TURNS)
    text = page(measure(parser.parse_args().turns))
    write_text(RESULT, text)
    print(text)


if __name__ == "__main__":
    main()
