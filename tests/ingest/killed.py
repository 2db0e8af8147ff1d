"""Kill pulls of a connector at any point of dlt's extract, normalise and load, start again, and count.

    python killed.py pretend --kills 10 --seed 1
    python killed.py google_ads meta tiktok google_analytics salesforce hubspot --kills 10

Each connector asks a server of its platform on this machine (``pretend``: one in memory) for the days of two
accounts; in half of the trials some of them landed the day before, and the platform has taken one back since.

A kill is a SIGKILL that a process gives itself: at one of the calls to the system that Python tells of
(files opened, renamed, removed; ``sys.addaudithook``), or a moment later, in the middle of what DuckDB does.
Each is a fork of one process, so that imports are paid for once. A line per kill, as JSON: where it came, and
what differs after the second start from the platform's truth, and from a pull that nobody killed (nothing).
``--signal INT`` presses Ctrl-C instead.
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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import pretend
from dlt.pipeline.pipeline import Pipeline

from mediamix.core.registry import discover
from mediamix.ingest.landed import by_day, money_of
from mediamix.ingest.patience import Clock
from mediamix.ingest.pull import duckdb_landing, pull
from mediamix.ingest.pulled import Wanted
from mediamix.ingest.source import Asked, Source
from mediamix.testing.platforms.base import Platform, World

TODAY = pretend.TODAY
FIRST = TODAY - timedelta(days=20)
#: The day that a platform takes back after it has landed.
GONE = TODAY - timedelta(days=3)
#: Kills that come too late, of those that are wanted.
TOO_LATE = 1.0
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


@dataclass
class Case:
    """A connector, its platform and a warehouse.

    Args:
        name: Of the connector.
        folder: Of the warehouse.
        restated: Whether it is the day after, and `GONE` is empty on the first account since.
        minutes: After noon, when it pulls.
    """

    name: str
    folder: Path
    restated: bool
    minutes: int = 0

    def __post_init__(self) -> None:
        self.today = TODAY + timedelta(days=self.restated)
        self.world = World(FIRST, TODAY + timedelta(days=1))
        if self.name == "pretend":
            self.source, self.platform = pretend.source(), pretend.PLATFORM
        else:
            self.source = discover("mediamix.ingest.sources", Source)[self.name]
            self.platform = discover("mediamix.testing.platforms", Platform)[self.name]

    def pulled(self) -> list[str]:
        """Pull, and what is wrong then."""
        with self.platform.serve(self.world) as running:
            owners = {one.id for one in self.world.accounts}
            before = {one: running.truth(one, FIRST, TODAY - timedelta(days=1)) for one in owners}
            if self.restated:
                self.world.vanish(self.world.accounts[0].id, GONE)
            moved = sum(running.truth(one, FIRST, TODAY - timedelta(days=1)) - before[one] for one in owners)
            asked = Asked(
                tuple(getattr(running, "accounts", ())),
                dict(running.options),
                dict(running.secrets),
                running.endpoint,
            )
            now = datetime(self.today.year, self.today.month, self.today.day, 12, self.minutes, tzinfo=UTC)
            clock = Clock(now=lambda: now, sleep=lambda seconds: None, chance=lambda: 0.5)
            done = pull(self.source, asked, duckdb_landing(self.path), Wanted(since=FIRST), clock=clock)
            last = self.today - timedelta(days=1)
            truth = {one.account.id: running.truth(one.account.id, FIRST, last) for one in done.accounts}
        return list(self._wrong(truth, moved))

    @property
    def path(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def sql(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def rows(self) -> list[str]:
        """What landed, but for when it was fetched."""
        found = self.sql(f"select * exclude (pulled_at) from {self.source.lands.table}")
        return sorted(map(repr, found))

    def _wrong(self, truth: dict[str, Decimal], moved: Decimal):
        contract = self.source.lands
        alive = "" if by_day(contract) else "where not is_deleted"
        money, table = money_of(contract), contract.table
        landed = dict(
            self.sql(f"select account_id, coalesce(sum({money}), 0) from {table} {alive} group by all")
        )
        if landed != truth:
            yield f"{landed} has landed, {truth} is the truth"
        grain = ", ".join(contract.grain)
        twice = self.sql(f"select {grain} from {table} group by all having count(*) > 1")
        yield from (f"two rows of {row}" for row in twice)
        if not by_day(contract):
            return
        days = self.sql(f"select account_id, count(distinct date) from {table} group by all")
        yield from (f"{n} days of {one}" for one, n in days if n != (self.today - FIRST).days)
        there = {name for (name,) in self.sql("select table_name from duckdb_tables()")}
        if money == "spend":
            months = dict(self.sql("select account_id, sum(spend) from landing.account_month group by all"))
            if months != truth:
                yield f"{months} by the platform's months, {truth} is the truth"
        told = (
            self.sql(f"select sum(after - before) from landing.restated where metric = '{money}'")
            if ("restated" in there)
            else [(None,)]
        )
        if (told[0][0] or 0) != moved:
            yield f"the ledger says {told[0][0]}, {moved} it was"


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


@dataclass
class Trials:
    """Kills of one connector.

    Args:
        name: Of it.
        base: Folder with a warehouse that a first pull has filled.
        calls: To the system, of a pull that lives: restated or not → phase → how many.
        whole: What such a pull leaves: restated or not → rows.
        how: The signal.
    """

    name: str
    base: Path
    calls: dict[bool, dict[str, int]]
    whole: dict[bool, list[str]]
    how: int = signal.SIGKILL

    def one(self, phase: str, rng: random.Random, *, restated: bool) -> dict:
        """One kill and one more start."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if restated:
                shutil.copytree(self.base, folder, dirs_exist_ok=True)
            calls = self.calls[restated][phase]
            call = rng.randint(1, max(1, 9 * calls // 10))  # the last few differ from run to run
            later = rng.choice([0.0, 0.0, rng.uniform(0, 0.02)])

            def killed() -> None:
                Watch(phase, call, later, self.how)
                Case(self.name, folder, restated).pulled()

            code = os.waitstatus_to_exitcode(in_fork(killed))
            results = folder / "result.json"

            def again() -> None:
                case = Case(self.name, folder, restated, minutes=5)
                wrong = case.pulled()
                if case.rows() != self.whole[restated]:
                    wrong.append("other rows than of a pull that nobody killed")
                results.write_text(json.dumps(wrong))

            ended = in_fork(again)
            return {
                "connector": self.name,
                "phase": phase,
                "call": call,
                "of": calls,
                "later": round(later, 4),
                "restated": restated,
                "killed": code in (-signal.SIGKILL, STOPPED),
                "crashed": code not in (-signal.SIGKILL, STOPPED, 0),
                "wrong": json.loads(results.read_text()) if results.exists() else [f"it ended with {ended}"],
            }


def living(name: str, base: Path, how: int) -> Trials:
    """Pulls that nobody kills: into `base`, and one more after the platform has taken a day back."""
    trials = Trials(name, base, {}, {}, how)
    with tempfile.TemporaryDirectory() as aside:
        for restated in (False, True):
            folder = base if not restated else Path(aside) / "later"
            if restated:
                shutil.copytree(base, folder)
            told = Path(aside) / "told.json"

            def lives(folder: Path, restated: bool, told: Path) -> None:
                watch = Watch()
                case = Case(name, folder, restated)
                wrong = case.pulled()
                told.write_text(json.dumps([watch.calls, case.rows(), wrong, sorted(sys.modules)]))

            assert in_fork(partial(lives, folder, restated, told)) == 0
            trials.calls[restated], trials.whole[restated], wrong, modules = json.loads(told.read_text())
            assert wrong == [], wrong
            for module in modules:  # what a pull imports on its way
                with suppress(Exception):
                    importlib.import_module(module)
    return trials


def main() -> None:
    """Count the calls of pulls that live, then kill some, until as many kills came in time as are wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("connectors", nargs="+")
    parser.add_argument("--kills", type=int, default=1, help="per phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signal", choices=("KILL", "INT"), default="KILL")
    args = parser.parse_args()
    how = signal.Signals[f"SIG{args.signal}"]
    for name in args.connectors:
        rng = random.Random(f"{args.seed}/{name}")
        with tempfile.TemporaryDirectory() as folder:
            trials = living(name, Path(folder), how)
            for index, phase in enumerate(PHASES):
                hits = 0
                for number in range(int(args.kills * (1 + TOO_LATE))):
                    told = trials.one(phase, rng, restated=(number + index) % 2 == 0)
                    print(json.dumps(told), flush=True)
                    hits += told["killed"]
                    if hits == args.kills:
                        break


if __name__ == "__main__":
    main()
