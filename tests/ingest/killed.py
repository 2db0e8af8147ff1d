"""Kill a pull at any point of dlt's extract, normalise and load, start it again, and count.

    python killed.py --kills 10 --seed 1

A kill is a SIGKILL that a process gives itself: at one of the calls to the system that Python tells of
(files opened, renamed, removed; ``sys.addaudithook``), or a moment later, in the middle of what DuckDB does.
Each is a fork of one process, so that imports are paid for once. A line per kill, as JSON: where it came, and
what is wrong after the second start (nothing). ``--signal INT`` presses Ctrl-C instead.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import dlt
import duckdb  # noqa: F401  # paid for once
from dlt.pipeline.pipeline import Pipeline
from pretend import FIRST, TODAY, Case, World

#: Exit code of a fork after Ctrl-C.
STOPPED = 130
PHASES = ("extract", "normalize", "load")
_EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.listdir", "os.scandir", "shutil.")


class Watch:
    """Counts the calls to the system in each phase, and kills at one of them.

    Args:
        phase: Where to kill; None: nowhere.
        call: Number of the call in that phase.
        later: Seconds after it.
        how: The signal.
    """

    def __init__(
        self, phase: str | None = None, call: int = 0, later: float = 0.0, how: int = signal.SIGKILL
    ) -> None:
        self.phase, self.call, self.later, self.how = phase, call, later, how
        self.now: str | None = None
        self.calls = dict.fromkeys(PHASES, 0)
        for name in PHASES:
            self._wrap(name)
        sys.addaudithook(self._seen)

    def _wrap(self, name: str) -> None:
        inner = getattr(Pipeline, name)

        def outer(*args, **kwargs):
            before, self.now = self.now, name
            try:
                return inner(*args, **kwargs)
            finally:
                self.now = before

        setattr(Pipeline, name, outer)

    def _seen(self, event: str, args: object) -> None:
        if self.now is None or not event.startswith(_EVENTS):
            return
        self.calls[self.now] += 1
        if self.now == self.phase and self.calls[self.now] == self.call:
            if self.later:
                threading.Thread(target=self._soon, daemon=True).start()
            else:
                os.kill(os.getpid(), self.how)

    def _soon(self) -> None:
        time.sleep(self.later)
        os.kill(os.getpid(), self.how)


def case_in(folder: Path, seed: int, *, restated: bool) -> Case:
    """Two accounts; with `restated` a day of the first has lost its campaigns since the last pull."""
    case = Case(folder, world=World(FIRST, TODAY + timedelta(days=2), seed=seed))
    if restated:
        case.today += timedelta(days=1)
        case.gone = sum(row.spend for row in case.server.world.vanish("1000000001", _GONE))
    return case


_GONE = TODAY - timedelta(days=3)


def in_fork(work) -> int:
    """How a fork that does `work` ended."""
    pid = os.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            work()
            code = 0
        except KeyboardInterrupt:
            code = STOPPED
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            code = 1
        os._exit(code)
    return os.waitpid(pid, 0)[1]


def wrong(case: Case) -> list[str]:
    """What differs from a pull that wasn't killed."""
    found = []
    if case.landed() != case.truth():
        found.append(f"{case.landed()} has landed, {case.truth()} is the truth")
    twice = case.sql(
        "select source, account_id, date, geo, campaign_id from landing.campaign_day group by all "
        "having count(*) > 1"
    )
    found += [f"two rows of {row}" for row in twice]
    days = case.sql("select account_id, count(distinct date) from landing.campaign_day group by all")
    found += [f"{count} days of {one}" for one, count in days if count != (case.today - FIRST).days]
    months = dict(case.sql("select account_id, sum(spend) from landing.account_month group by all"))
    if months != case.truth():
        found.append(f"{months} by the platform's months, {case.truth()} is the truth")
    gone = getattr(case, "gone", Decimal())
    there = case.sql("select table_name from duckdb_tables() where schema_name = 'landing'")
    moved = Decimal()
    if ("restated",) in there:
        sums = case.sql("select sum(after - before) from landing.restated where metric = 'spend'")
        moved = sums[0][0] or moved
    if moved != -gone:
        found.append(f"the ledger says {moved}, {gone} went")
    return found


def trial(
    base: Path, phase: str, calls: dict[str, int], rng: random.Random, how: int, *, restated: bool
) -> dict:
    """One kill and one more start."""
    with tempfile.TemporaryDirectory() as name:
        folder, seed = Path(name), 1
        if restated:
            shutil.copytree(base, folder, dirs_exist_ok=True)
        call = rng.randint(1, 9 * calls[phase] // 10)  # the last few differ from run to run
        later = rng.choice([0.0, 0.0, rng.uniform(0, 0.02)])

        def killed() -> None:
            Watch(phase, call, later, how)
            case_in(folder, seed, restated=restated).pull()

        status = in_fork(killed)
        results = folder / "result.json"

        def again() -> None:
            case = case_in(folder, seed, restated=restated)
            case.pull()
            results.write_text(json.dumps(wrong(case)))

        ended = in_fork(again)
        return {
            "phase": phase,
            "call": call,
            "of": calls[phase],
            "later": round(later, 4),
            "restated": restated,
            "killed": os.waitstatus_to_exitcode(status) in (-signal.SIGKILL, STOPPED),
            "crashed": os.waitstatus_to_exitcode(status) not in (-signal.SIGKILL, STOPPED, 0),
            "wrong": json.loads(results.read_text()) if results.exists() else [f"it ended with {ended}"],
        }


def main() -> None:
    """Count the calls of a pull that lives, then kill some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1, help="per phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signal", choices=("KILL", "INT"), default="KILL")
    args = parser.parse_args()
    how = signal.Signals[f"SIG{args.signal}"]
    rng = random.Random(args.seed)
    assert dlt.__version__
    with tempfile.TemporaryDirectory() as name:
        base = Path(name) / "base"
        base.mkdir()
        counted = Path(name) / "calls.json"

        def lives() -> None:
            watch = Watch()
            case_in(base, 1, restated=False).pull()
            counted.write_text(json.dumps([watch.calls, sorted(sys.modules)]))

        assert in_fork(lives) == 0
        calls, modules = json.loads(counted.read_text())
        for module in modules:  # what a pull imports on its way
            with suppress(Exception):
                importlib.import_module(module)
        for number in range(args.kills):
            for index, phase in enumerate(PHASES):
                restated = (number + index) % 2 == 0
                print(json.dumps(trial(base, phase, calls, rng, how, restated=restated)), flush=True)


if __name__ == "__main__":
    main()
