"""Many fits in one call: planned, spread over an engine, told in one table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import SpecError
from mediamix.core.extras import extras_of
from mediamix.core.registry import strangers
from mediamix.core.spec import Spec
from mediamix.data.files import Source
from mediamix.many.bill import PRICE, Bill
from mediamix.many.job import How, Job, Refused
from mediamix.many.place import Place
from mediamix.many.plan import LEAST_ROWS, jobs_of, specs_of
from mediamix.many.rows import Row, frame_of, row_of, write_table
from mediamix.many.work import Order, fit_job
from mediamix.project.compiling import beside
from mediamix.spread.contract import Ended, Engine, Means, Task, engine_called
from mediamix.spread.engine.shard import shard_of

if TYPE_CHECKING:
    import pandas as pd

    from mediamix.models.base import Fit


@dataclass(frozen=True)
class Far:
    """How far many fits are.

    Args:
        done: Fits that are there.
        failed: Jobs that have none, and will not.
        total: Jobs, without those of other shards.
        last: The one that ended last; empty before the first.
    """

    done: int
    failed: int
    total: int
    last: str = ""


@dataclass(frozen=True, repr=False)
class ManyFits:
    """What became of many fits.

    Args:
        rows: One per job, in the order of the input.
        out: Their folder.
        bill: What this call cost; fits that were there already cost nothing.
        found: Fits that were there already.
        part: Which shard this was; None: all jobs.
    """

    rows: tuple[Row, ...]
    out: Path
    bill: Bill
    found: int
    part: tuple[int, int] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.out}: {self.words})"

    @property
    def words(self) -> str:
        """``131 done, 3 failed``."""
        counts = {state: self.count(state) for state in ("done", "failed", "waiting")}
        return ", ".join(
            f"{number:,} {state}" for state, number in counts.items() if number or state == "done"
        )

    def count(self, state: str) -> int:
        """Rows of a state: done, failed or waiting."""
        return sum(row.state == state for row in self.rows)

    def table(self) -> pd.DataFrame:
        """A row per job: verdict, R², returns with 90 % intervals, or the reason why there is no fit."""
        return frame_of(self.rows)

    def load(self, brand: str | None = None, spec: str | None = None) -> Fit:
        """One of the fits.

        Args:
            brand: Of its rows.
            spec: Of its spec, where there are several.

        Raises:
            SpecError: There is no such fit, or more than one.
        """
        from mediamix.pipeline import load

        fitting = [
            row
            for row in self.rows
            if row.state == "done" and brand in (None, row.brand) and spec in (None, row.spec)
        ]
        if len(fitting) != 1:
            known = [row.brand or row.spec for row in self.rows if row.state == "done"]
            raise SpecError(
                f"{len(fitting) or 'no'} fits are called so",
                expected="brand=… and, with several specs, spec=… of a fit that is done",
                got=", ".join(str(one) for one in (brand, spec) if one is not None) or "neither",
                details=[] if brand is None else strangers([brand], known, "brand '{}'"),
            )
        return load(self.out / fitting[0].folder)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        counts = {state: self.count(state) for state in ("done", "failed", "waiting")}
        return {
            **counts,
            "found": self.found,
            "shard": None if self.part is None else list(self.part),
            "out": str(self.out),
            "bill": self.bill.to_dict(),
            "rows": [row.to_dict() for row in self.rows],
        }


@extras_of("mediamix.fit_all")
def fit_all(
    specs: Spec | str | Path,
    out: str | Path,
    by: str | None = None,
    *,
    wide: Source | None = None,
    engine: str | None = None,
    shard: str | None = None,
    workers: int | None = None,
    threads: int = 1,
    quick: bool = False,
    checks: bool = True,
    least_rows: int = LEAST_ROWS,
    price: float = PRICE,
    on_step: Callable[[str], None] = lambda step: None,
    on_progress: Callable[[Far], None] = lambda far: None,
) -> ManyFits:
    """Fit every brand of a table, every spec of a folder, or both at once (`mediamix.fit_all`).

    What is done is found again: the same call goes on where an earlier one was stopped, with any engine.
    One job that fails is a row with its reason; the others go on.

    Args:
        specs: A spec, the path of one, or a folder of specs.
        out: Folder for the fits and their table; new, or of an earlier call.
        by: Column that says whose rows they are; None: each spec is one fit.
        wide: A frame or file in place of the spec's ``data.wide``.
        engine: ``local``, ``ray`` or ``shard``; None: local, or shard where one is given.
        shard: ``i/n`` of the engine shard.
        workers: Processes at once; None: one per core.
        threads: Of each process.
        quick: Approximate instead of sampling.
        checks: Whether cheap refits look for misfit.
        least_rows: Brands with fewer rows are not fitted.
        price: Of a core-hour, for the bill.
        on_step: Told what begins.
        on_progress: Told when a job has ended.

    Raises:
        SpecError: No spec, no such engine or shard, a number out of range.
        DataError: No such column, or it names no brands.
        FolderError: `out` holds something else, or can't be written.
    """
    began = time.perf_counter()
    chosen = engine_called(engine or ("local" if shard is None else "shard"))
    means = _means(chosen, shard, workers, threads)
    _refuse_numbers(least_rows=(least_rows, 1), price=(price, 0))
    part, place = chosen.part(means), Place(Path(out))
    with beside(on_step):
        on_step("Reading and cutting the tables" if by else "Reading the specs")
        jobs = jobs_of(specs_of(specs), by, wide, How(quick, checks), least_rows)
        place.begin(_asked(specs, by, jobs))
    wanted = [job for job in jobs if isinstance(job, Job)]
    tasks = _tasks(wanted, place, part)
    todo = [task for task in tasks if not place.done(task.argument.job.folder)]
    ended: list[Ended] = []
    try:
        if todo:
            on_step(f"Fitting {len(todo):,} of {len(jobs):,} ({chosen.title.lower()})")
        refused = len(jobs) - len(wanted)
        for one in _each(chosen, todo, means, place):
            ended.append(one)
            failed = sum(bool(e.reason) for e in ended)
            done = len(tasks) - len(todo) + len(ended) - failed
            on_progress(Far(done, failed + refused, len(tasks) + refused, one.task.name))
    finally:
        rows = tuple(row_of(job, place) for job in jobs)
        write_table(rows, place)
    held = sum(one.seconds for one in ended) * threads
    made = sum(not one.reason for one in ended)
    cpu = sum(one.cpu_seconds for one in ended)
    bill = Bill(made, held, cpu, time.perf_counter() - began, price)
    return ManyFits(rows, place.root, bill, len(tasks) - len(todo), part)


def _tasks(wanted: Sequence[Job], place: Place, part: tuple[int, int] | None) -> list[Task]:
    """The jobs of this part; two of one folder are one task."""
    out, folders = place.root.absolute(), dict.fromkeys(job.folder for job in wanted)
    first = {job.folder: job for job in reversed(wanted)}
    tasks = [Task(i, _name(first[name]), Order(first[name], out)) for i, name in enumerate(folders)]
    return [task for task in tasks if part is None or task.position % part[1] == part[0]]


def _each(engine: Engine, tasks: Sequence[Task], means: Means, place: Place) -> Iterator[Ended]:
    """What ended, once it is written how."""
    with closing(engine.map(fit_job, tasks, means)) as running:  # type: ignore[type-var]
        for one in running:
            folder = one.task.argument.job.folder
            if not one.reason and not place.done(folder):
                words = (
                    f"its process says that it is done, but nothing is in {place.fit(folder)}: all machines "
                )
                one = Ended(one.task, reason=words + "must see the same --out folder", attempts=one.attempts)
            place.tell(folder, _told(one))
            yield one


def _told(one: Ended) -> dict[str, Any]:
    job = one.task.argument.job
    return {
        "spec": job.spec_name,
        "brand": job.brand,
        "state": "failed" if one.reason else "done",
        "reason": one.reason,
        "trace": one.trace,
        "attempts": one.attempts,
        "seconds": one.seconds,
        "cpu_seconds": one.cpu_seconds,
        "hashes": {"data": job.data, "spec": job.spec.hash, "seed": str(job.spec.sampler.seed)},
    }


def _name(job: Job) -> str:
    return job.spec_name if job.brand is None else job.brand


def _asked(specs: Spec | str | Path, by: str | None, jobs: Sequence[Job | Refused]) -> dict[str, Any]:
    """What `fit-all.json` holds: the same for every shard."""
    named = "" if isinstance(specs, Spec) else Path(specs).name
    return {"written_by": "mediamix fit-all", "specs": named, "by": by, "jobs": len(jobs)}


def _means(engine: Engine, shard: str | None, workers: int | None, threads: int) -> Means:
    _refuse_numbers(workers=(1 if workers is None else workers, 1), threads=(threads, 1))
    if shard is not None and engine.name != "shard":
        raise SpecError(
            f"the engine {engine.name} fits all jobs, not a shard of them",
            expected="--engine shard with --shard i/n",
            got=f"--engine {engine.name} --shard {shard}",
            next_step="leave out one of the two",
        )
    return Means(workers, threads, shard=None if shard is None else shard_of(shard))


def _refuse_numbers(**given: tuple[float, float]) -> None:
    wrong = [f"{name}: {value}" for name, (value, least) in given.items() if not value >= least]
    if wrong:
        raise SpecError(
            f"{' and '.join(wrong)} can't be",
            expected=", ".join(f"{name} from {least:g}" for name, (_, least) in given.items()),
            got=", ".join(wrong),
            next_step="give a number in this range",
        )
