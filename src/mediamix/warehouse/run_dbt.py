"""Run dbt in this process.

dbt keeps state in the process (adapters, connections, the environment, the working folder). All
of it is put back here, so that the file can be opened by anybody once `run_dbt` returns.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from mediamix.core.errors import ExtraError, MediamixError
from mediamix.warehouse.dialogue import Dialogue
from mediamix.warehouse.engine import Warehouse
from mediamix.warehouse.steps import Step

_ARGUMENTS = (
    "build",
    *("--quiet", "--log-level", "none", "--log-level-file", "none"),
    *("--no-version-check", "--no-send-anonymous-usage-stats", "--no-write-json"),
)
#: Events of tests that warn: they become findings, with their rows.
_OF_TESTS = frozenset({"LogTestResult", "RunResultWarning", "RunResultWarningMessage"})

# dbt can't run twice at a time in one process.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Run:
    """What dbt did.

    Args:
        steps: In the order of execution.
        warnings: What it complained about without failing.
        dialogue: What it said to the database; None where that can't be repeated.
        parsed: The project as dbt keeps it once it is parsed; None where it wasn't parsed now, or not without
            a complaint, which would be lost.
    """

    steps: tuple[Step, ...]
    warnings: tuple[str, ...]
    dialogue: Dialogue | None
    parsed: bytes | None


def arguments_of(variables: Mapping[str, object]) -> tuple[str, ...]:
    """The command of a build, without its paths; `variables` are dbt's vars."""
    return (*_ARGUMENTS, *(("--vars", json.dumps(variables, sort_keys=True)) if variables else ()))


def run_dbt(
    warehouse: Warehouse, project: Path, arguments: Sequence[str], parsed: bytes | None = None
) -> Run:
    """Let dbt build.

    Args:
        warehouse: With rows in its landing tables.
        project: Of dbt.
        arguments: Of dbt.
        parsed: The same project with the same settings, parsed; dbt parses it otherwise.

    Raises:
        ExtraError: dbt or DuckDB isn't installed.
        FolderError: The warehouse can't be written.
        MediamixError: dbt can't read the project.
    """
    with _ONE_AT_A_TIME, _state_put_back(warehouse):
        return _run(warehouse, project, arguments, parsed)


@contextmanager
def _state_put_back(warehouse: Warehouse) -> Iterator[None]:
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


def _run(warehouse: Warehouse, project: Path, arguments: Sequence[str], parsed: bytes | None) -> Run:
    try:
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner
    except ImportError as error:
        raise ExtraError("dbt-core", "warehouse", "building the mart") from error
    from mediamix.warehouse.hearing import dialogue_of, heard, repeatable

    complaints: list[str] = []

    def listen(event: Any) -> None:
        if str(event.info.level) == "warn" and event.info.name not in _OF_TESTS:
            complaints.append(event.info.msg)

    paths = [
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(warehouse.work_dir), "--log-path", str(warehouse.work_dir)),
    ]
    try:
        with _seen_interrupt() as interrupts, warehouse.dbt() as manager, heard(manager) as hearing:
            manifest = _manifest(parsed)
            outcome = dbtRunner(manifest, callbacks=[listen]).invoke([*arguments, *paths])
    finally:
        reset_adapters()
    if interrupts or isinstance(outcome.exception, KeyboardInterrupt):
        raise KeyboardInterrupt
    if outcome.exception is not None:
        full = warehouse.explained(outcome.exception)
        if full is not None:
            raise full from outcome.exception
        raise MediamixError(f"dbt can't build {project}: {outcome.exception}") from outcome.exception
    results: list[Any] = list(outcome.result.results)
    steps = {
        str(result.node.unique_id): _step(result)
        for result in results
        if result.node.resource_type in ("seed", "model", "test")
    }
    dialogue = None
    if repeatable(project):
        dialogue = dialogue_of(hearing, results, steps, complaints, warehouse.place)
    file = warehouse.work_dir / "partial_parse.msgpack"
    new = file.read_bytes() if manifest is None and not complaints and file.is_file() else None
    return Run(tuple(steps.values()), tuple(complaints), dialogue, new)


def _manifest(parsed: bytes | None) -> Any:
    """The parsed project; None if there is none, or none that this dbt reads."""
    if parsed is None:
        return None
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    try:
        manifest = Manifest.from_msgpack(parsed, decoder=extended_mashumuro_decoder)
    except Exception:  # as dbt does, which then parses
        return None
    manifest.build_flat_graph()
    return manifest


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


def _step(result: Any) -> Step:
    return Step(
        name=result.node.name,
        kind=str(result.node.resource_type),
        status=str(result.status),
        seconds=float(result.execution_time),
        failures=int(result.failures or 0),
        message=str(result.message or ""),
        sql=str(getattr(result.node, "compiled_code", None) or ""),
    )
