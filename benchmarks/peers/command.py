"""The command: cases, environments, attempts one after the other, and the table."""

from __future__ import annotations

import argparse
import fcntl
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mediamix.core.files import write_json, write_text
from peers import page
from peers.attempts import OURS, SCRIPTS, TITLES, Attempt, attempt_of, schedule, tiny
from peers.cases import Case, cases, digest_of, truth_of, write_case
from peers.environments import Environment, NoEnvironmentError, environment_of
from peers.process import clean_environment, measure
from peers.rows import SCRIPTS_FOLDER, Row, fingerprint_of, median_row, row_of

PAGE = Path(__file__).with_name("peers.md")
CACHE = Path.home() / ".cache" / "mediamix-peers"
#: Seconds for a rehearsal: a compilation and a few draws.
REHEARSAL_S = 600.0


@dataclass
class Bench:
    """One call of the command.

    Args:
        cache: Folder of environments and results.
        results: Folder of raw results.
        limit_s: Seconds per process.
        tiny: Next to no draws.
        console: For progress.
        environments: Peer → its environment, or why there is none.
        digests: Case → digest of its files, for those written by this call.
    """

    cache: Path
    results: Path
    limit_s: float
    tiny: bool
    console: Console
    environments: dict[str, Environment | str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def environment(self, peer: str) -> Environment | str:
        """The peer's environment, made when it is first asked for."""
        if peer not in self.environments:
            began = time.perf_counter()
            self.console.print(f"{TITLES[peer]}: environment …")
            try:
                self.environments[peer] = environment_of(peer, self.cache)
            except NoEnvironmentError as error:
                self.environments[peer] = str(error)
                self.console.print(f"  none: {escape(str(error))}")
            else:
                self.console.print(f"  ready after {time.perf_counter() - began:.0f} s")
        return self.environments[peer]

    def folder_of_case(self, case: Case) -> Path:
        """The case's files; written once per call, since the generator may have changed."""
        folder = self.cache / "cases" / f"{case.name}-{case.scenario.seed}"
        if case.name not in self.digests:
            write_case(case, folder)
            self.digests[case.name] = digest_of(folder)
        return folder

    def run(self, attempt: Attempt, case: Case, out: Path, limit_s: float) -> Row:
        """Run one attempt."""
        environment = self.environment(attempt.peer)
        if isinstance(environment, str):
            return Row(attempt, "failed", environment)
        shutil.rmtree(out, ignore_errors=True)
        options = out / "options.json"
        write_json(options, attempt.options)
        folder = self.folder_of_case(case)
        command = [environment.python, SCRIPTS_FOLDER / SCRIPTS[attempt.peer], folder, options, out]
        caches = {"PYTENSOR_FLAGS": f"base_compiledir={self.cache / 'pytensor'}"}
        measured = measure(command, out, limit_s, clean_environment(caches))
        return row_of(attempt, out, measured, limit_s, truth_of(folder))

    def rehearse(self, peer: str, case: Case) -> None:
        """Run a peer once in advance, so that files and caches are warm; once per environment and case."""
        attempt = tiny(attempt_of(peer, case.name, "defaults"))
        environment = self.environment(peer)
        if isinstance(environment, str) or attempt.impossible:
            return
        done = self.cache / "rehearsed" / f"{environment.python.parts[-3]}-{case.name}"
        if peer != OURS and done.exists():
            return
        row = self.run(attempt, case, self.cache / "rehearsals" / attempt.key, REHEARSAL_S)
        self.console.print(f"  rehearsed {TITLES[peer]} in {row.process_s or 0.0:.0f} s: {row.status}")
        if row.status == "ok":
            write_text(done, "")


def attempt_all(bench: Bench, chosen: dict[str, Case], peers: Sequence[str], resume: bool) -> list[Row]:
    """Run what isn't there yet; every row is stored as it comes."""
    repeats = {name: 1 if bench.tiny else 3 if case.geo else 5 for name, case in chosen.items()}
    plan = [a for name in chosen for a in schedule([name], peers, repeats[name])]
    rows = []
    rehearsed = set()
    for number, attempt in enumerate(plan, start=1):
        attempt = tiny(attempt) if bench.tiny else attempt
        case, out = chosen[attempt.case], bench.results / attempt.key
        bench.folder_of_case(case)
        fingerprint = fingerprint_of(attempt, bench.digests[case.name])
        row = Row.read(out, fingerprint) if resume else None
        known = row is not None
        if row is None:
            row = Row(attempt, "impossible", attempt.impossible or "")
        if not known and attempt.impossible is None:
            if not bench.tiny and (attempt.peer, attempt.case) not in rehearsed:
                bench.rehearse(attempt.peer, case)
                rehearsed.add((attempt.peer, attempt.case))
            row = bench.run(attempt, case, out, bench.limit_s)
        row.write(out, fingerprint)
        rows.append(row)
        bench.console.print(f"[{number}/{len(plan)}] {said(row)}{' (kept)' if known else ''}", markup=False)
    return rows


def said(row: Row) -> str:
    """A row in one line."""
    start = f"{row.attempt.case}: {TITLES[row.attempt.peer]}, {row.attempt.setting}: "
    if row.status != "ok":
        return start + (row.reason or row.status)
    parts = [f"{row.process_s:.1f} s"]
    if row.rhat is not None and row.ess_per_s is not None:
        parts.append(f"R-hat {row.rhat:.3f}, ESS/s {row.ess_per_s:,.2f}")
    return start + ", ".join([*parts, f"error {row.error:.2f}"])


def by_case(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Case → its rows, ours first and once."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.attempt.case, []).append(row)
    for case, own in grouped.items():
        ours = [row for row in own if row.attempt.repeat]
        others = sorted(
            (row for row in own if not row.attempt.repeat),
            key=lambda row: list(TITLES).index(row.attempt.peer),
        )
        grouped[case] = [*([median_row(ours)] if ours else []), *others]
    return grouped


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Fit the same generated markets with our engine and its peers, and write the table."
    )
    parser.add_argument("--only", help=f"peers, with commas between: {', '.join(TITLES)}")
    parser.add_argument("--case", help="cases, with commas between: weekly, daily, geo")
    parser.add_argument("--limit-s", type=float, default=600.0, help="seconds per process")
    parser.add_argument("--resume", action="store_true", help="keep the results that are there")
    parser.add_argument("--tiny", action="store_true", help="next to no draws: does everything run?")
    parser.add_argument("--seed", type=int, default=1, help="of the generated markets")
    parser.add_argument("--environments", type=Path, default=CACHE, help="folder of environments and results")
    parser.add_argument("--out", type=Path, help="the page; a partial run writes it beside its results")
    return parser.parse_args(arguments)


def picked(text: str | None, known: Sequence[str], what: str) -> list[str]:
    """The names asked for; all if none are.

    Raises:
        SystemExit: An unknown name.
    """
    wanted = [name.strip() for name in text.split(",")] if text else list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"unknown {what}: {', '.join(unknown)}; known: {', '.join(known)}")
    return [name for name in known if name in wanted]


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Refuse a second run beside this one: both would write the same files and spoil each other's times.

    Raises:
        SystemExit: Another run holds the folder.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"another run uses {cache}: wait for it, or give --environments") from None
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything, print and write the table; 130 if interrupted."""
    options = parse(arguments)
    every = cases(options.seed)
    peers = picked(options.only, list(TITLES), "peer")
    names = picked(options.case, list(every), "case")
    whole = len(peers) == len(TITLES) and len(names) == len(every) and not options.tiny
    results = options.environments / ("tiny" if options.tiny else "results")
    console = Console(width=200)
    bench = Bench(options.environments, results, options.limit_s, options.tiny, console)
    try:
        with alone(options.environments):
            rows = attempt_all(bench, {name: every[name] for name in names}, peers, options.resume)
    except KeyboardInterrupt:
        console.print("interrupted; the same command with --resume goes on")
        return 130
    made = {peer: e.versions for peer, e in bench.environments.items() if isinstance(e, Environment)}
    given = sys.argv[1:] if arguments is None else arguments
    call = " ".join(["uv run python benchmarks/peers/run.py", *given])
    found = page.Results(every, by_case(rows), made, options.limit_s, call)
    for name, own in found.rows.items():
        shown = Table(*page.HEAD, title=every[name].title, title_justify="left")
        for row in own:
            shown.add_row(*map(escape, page.line(row)))
        console.print(shown)
    out = options.out or (PAGE if whole else results / "peers.md")
    write_text(out, page.markdown(found))
    console.print(f"written: {out}", markup=False)
    return 0
