"""Build the mart with dbt, in this process: staging, marts, calendar and all of their tests.

dbt keeps state in the process (adapters, connections, the environment, the working folder). All
of it is put back here, so that the file can be opened by anybody once `build` returns.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import FrameType
from typing import Any

from mediamix.core.errors import DataError, ExtraError, MediamixError, UserError
from mediamix.core.types import Finding
from mediamix.warehouse.engine import Session, Warehouse

_SAMPLE_ROWS = 3
_UNSHOWN = frozenset({"run_id", "loaded_at"})
_DONE = frozenset({"success", "pass", "warn"})

# dbt can't run twice at a time in one process.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Step:
    """One node of the dbt project and what became of it.

    Args:
        name: Of the model, seed or test.
        kind: ``seed``, ``model`` or ``test``.
        status: ``success``, ``pass``, ``fail``, ``error`` or ``skipped``.
        seconds: Time it took.
        failures: Rows that a test found.
        message: dbt's, for what didn't succeed.
        sql: The query of a test.
    """

    name: str
    kind: str
    status: str
    seconds: float
    failures: int
    message: str
    sql: str

    @property
    def ok(self) -> bool:
        """Whether it did what it should."""
        return self.status in _DONE


@dataclass(frozen=True)
class BuildResult:
    """What a build did.

    Args:
        steps: In the order of execution.
        seconds: Of the whole build.
        warnings: What dbt complained about without failing.
        findings: Of the data checks, where they ran before.
    """

    steps: tuple[Step, ...]
    seconds: float
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def models(self) -> tuple[Step, ...]:
        """Seeds, views and tables."""
        return tuple(step for step in self.steps if step.kind != "test")

    @property
    def tests(self) -> tuple[Step, ...]:
        """Tests of grain, completeness, ranges and reconciliation."""
        return tuple(step for step in self.steps if step.kind == "test")


def build(warehouse: Warehouse, project: Path | None = None) -> BuildResult:
    """Build the mart from the landing tables and test it. Idempotent.

    Where a test of the staging layer fails, the marts are left as they were.

    Args:
        warehouse: With rows in its landing tables.
        project: Folder of the dbt project, if not the one that comes with mediamix.

    Raises:
        ExtraError: dbt or DuckDB isn't installed.
        FolderError: The warehouse can't be opened or written.
        DataError: Nothing was landed, or tests failed: all of them, with rows.
        MediamixError: dbt can't read the project.
    """
    project = project or dbt_project_dir()
    with warehouse.building() as inside:
        _refuse_unlanded(inside)
        started = time.perf_counter()
        with _ONE_AT_A_TIME, _dbt_state(inside):
            nodes, complaints = _run_dbt(inside, project)
        result = BuildResult(tuple(map(_step, nodes)), time.perf_counter() - started, tuple(complaints))
        if not all(step.ok for step in result.steps):
            raise _failure(inside, result)
    return result


def dbt_project_dir() -> Path:
    """Folder of the dbt project: in the installed package, or in the source checkout.

    Raises:
        MediamixError: It is in neither.
    """
    package = Path(str(files("mediamix")))
    for folder in (package / "dbt", package.parent.parent / "dbt"):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise MediamixError(f"the dbt project is missing from this installation of mediamix ({package})")


def _refuse_unlanded(warehouse: Warehouse) -> None:
    with warehouse.connect(read_only=True) as session:
        for name in sorted({"media_day", "campaign_day"} & session.tables("landing")):
            table = session.name("landing", name)
            if session.execute(f"select 1 from {table} limit 1").fetchone():
                return
    raise DataError(
        f"nothing was landed in {warehouse.title}",
        expected="rows of media: from files, a SQL table or a platform",
        next_step="land some: mediamix ingest files PATH…, or name the tables in the spec",
    )


@contextmanager
def _dbt_state(warehouse: Warehouse) -> Iterator[None]:
    """Set what dbt reads from the process, and put everything back."""
    before = {name: os.environ.get(name) for name in warehouse.profile}
    folder = Path.cwd()
    collecting = gc.isenabled()
    os.environ.update(warehouse.profile)
    # Parsing makes many small objects and little garbage: without collection it takes a fifth less.
    gc.disable()
    try:
        # Third-party deprecations inside dbt are not the caller's to mend.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if collecting:
            gc.enable()
        os.chdir(folder)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _run_dbt(warehouse: Warehouse, project: Path) -> tuple[list[Any], list[str]]:
    """The result nodes of dbt, and its warnings."""
    try:
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner
    except ImportError as error:
        raise ExtraError("dbt-core", "warehouse", "building the mart") from error
    complaints: list[str] = []

    def listen(event: Any) -> None:
        if str(event.info.level) == "warn":
            complaints.append(event.info.msg)

    arguments = [
        "build",
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(warehouse.work_dir), "--log-path", str(warehouse.work_dir)),
        *("--quiet", "--log-level", "none", "--log-level-file", "none"),
        *("--no-version-check", "--no-send-anonymous-usage-stats", "--no-write-json"),
    ]
    try:
        with _seen_interrupt() as interrupts, warehouse.dbt():
            outcome = dbtRunner(callbacks=[listen]).invoke(arguments)
    finally:
        reset_adapters()
    if interrupts or isinstance(outcome.exception, KeyboardInterrupt):
        raise KeyboardInterrupt
    if outcome.exception is not None:
        full = warehouse.explained(outcome.exception)
        if full is not None:
            raise full from outcome.exception
        raise MediamixError(f"dbt can't build {project}: {outcome.exception}") from outcome.exception
    nodes: list[Any] = list(outcome.result.results)
    return [node for node in nodes if node.node.resource_type in ("seed", "model", "test")], complaints


@contextmanager
def _seen_interrupt() -> Iterator[list[int]]:
    """Notes Ctrl-C, which dbt turns into skipped models or into an error of its own."""
    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield seen
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)


def _step(node: Any) -> Step:
    return Step(
        name=node.node.name,
        kind=str(node.node.resource_type),
        status=str(node.status),
        seconds=float(node.execution_time),
        failures=int(node.failures or 0),
        message=str(node.message or ""),
        sql=str(getattr(node.node, "compiled_code", None) or ""),
    )


def _failure(warehouse: Warehouse, result: BuildResult) -> UserError:
    failed = [step for step in result.steps if step.status in ("fail", "error")]
    full = warehouse.explained("\n".join(step.message for step in failed))
    if full is not None:
        return full
    skipped = [step.name for step in result.models if step.status == "skipped"]
    with warehouse.connect(read_only=True) as session:
        details = [_describe(step, session) for step in failed]
    n_tests = sum(step.kind == "test" for step in failed)
    return DataError(
        f"the mart of {warehouse.title} was not built: {n_tests} of {len(result.tests)} tests failed"
        + (f" and {len(failed) - n_tests} models" if n_tests < len(failed) else ""),
        details=details,
        got=f"left as they were: {', '.join(skipped)}" if skipped else "",
        next_step="mend the rows at their source, land them again, then run `mediamix build`",
    )


def _describe(step: Step, session: Session) -> str:
    """``test: n rows, such as …`` with the first rows that the test's own query finds."""
    if step.status != "fail" or not step.sql:
        return f"{step.name}: {' '.join(step.message.split())}"
    cursor = session.execute(f"select * from ({step.sql}) as found limit {_SAMPLE_ROWS}")
    columns = [column[0] for column in cursor.description or []]
    rows = [
        ", ".join(f"{name}={value}" for name, value in zip(columns, row, strict=True) if name not in _UNSHOWN)
        for row in cursor.fetchall()
    ]
    count = f"{step.failures} row{'s' if step.failures != 1 else ''}"
    return f"{step.name}: {count}, such as ({'); ('.join(rows)})"
