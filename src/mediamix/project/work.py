"""The work of a run: all steps beside its folder, then into it in one go."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mediamix import pipeline
from mediamix.core.errors import DataError, UserError
from mediamix.core.files import refused_by_disk, write_json, write_text
from mediamix.core.locks import aside_of, remove, sole_writer
from mediamix.core.spec import Spec, load_spec
from mediamix.data.dataset import Dataset
from mediamix.inference.progress import Progress
from mediamix.project.folder import Project
from mediamix.project.launch import hashes_of
from mediamix.project.progress import Telling
from mediamix.project.record import LOG, RECORD, Record, State
from mediamix.project.runs import folder_of, moment
from mediamix.project.steps import Steps, through_mart
from mediamix.warehouse.engine import warehouse_of

#: Seconds that an attempt waits for one before it that is still at work on the same run.
PATIENCE = 3_600.0


def work_on(
    project: Project,
    run: str,
    on_step: Callable[[str], None] = lambda step: None,
    on_sampling: Callable[[Progress], None] = lambda progress: None,
) -> Record:
    """Do the work of a run, unless it has ended; a second attempt begins anew.

    An interrupted one waits for another attempt: the record says queued.

    Raises:
        UserError: Of any step; the record has it as well.
        Exception: Our fault; the record has it as well.
    """
    folder = folder_of(project, run)
    with sole_writer(folder, patience=PATIENCE):
        record = Record.read(folder)
        if record.state.ended:
            return record
        for path in folder.iterdir():  # of an attempt that was killed while it renamed its results
            if path.name not in (RECORD, LOG):
                remove(path)
        record = replace(record, state=State.RUNNING, started=moment(), process=os.getpid())
        record.write(folder)
        telling = Telling(folder, on_step, on_sampling)
        changes: dict[str, Any] = {"state": State.QUEUED}
        try:
            made = _work(project, record, folder, telling)
            changes = {"state": State.DONE, "ended": moment(), **made}
        except UserError as error:
            changes = {"state": State.FAILED, "ended": moment(), "message": str(error)}
            raise
        except Exception as error:
            refused = refused_by_disk(error)
            said = not_yours(error) if refused is None else str(refused)
            changes = {"state": State.FAILED, "ended": moment(), "message": said}
            raise
        finally:
            telling.end()
            record = replace(record, process=None, **changes)
            record.write(folder)
    return record


def _work(project: Project, record: Record, folder: Path, telling: Telling) -> dict[str, Any]:
    """Do it, and say what the record then holds. A run that ends early leaves nothing of it."""
    began = time.monotonic()
    spec = load_spec(project.spec(record.variant))
    aside = aside_of(folder)
    aside.mkdir()
    try:
        write_text(aside / "spec.yml", spec.to_yaml())
        dataset = dataset_of_run(spec, project.root, telling)
        _refuse_changed(record, hashes_of(dataset, spec))
        from mediamix.project.earlier import earlier_fit  # brings the engine, which may have to be compiled

        made = Steps(spec, dataset, aside, telling.step, telling.sampling).take(since=earlier_fit(project))
        findings = [finding.to_dict() for finding in made.summary.findings]
        write_json(aside / "checks.json", {"verdict": made.summary.judged.to_dict(), "findings": findings})
        for path in sorted(aside.iterdir()):
            os.replace(path, folder / path.name)
    finally:
        remove(aside)
    seconds = {**made.fit.run.seconds, "all_s": time.monotonic() - began}
    return {"verdict": made.summary.verdict, "seconds": seconds}


def dataset_of_run(spec: Spec, root: Path, telling: Telling) -> Dataset:
    """Of the spec's tables, through a mart; the mart of rows that have been landed before was built when the
    run was asked for.
    """
    warehouse = warehouse_of(spec, root)
    if not pipeline.names_tables(spec):
        return pipeline.read_mart(spec, warehouse, root)
    with warehouse.renewed() as renewed:
        return through_mart(spec, root, renewed, telling.step)


def not_yours(error: Exception) -> str:
    """What is said of an error that nobody expected."""
    return f"that is not your fault: {type(error).__name__}: {error}"


def _refuse_changed(record: Record, now: dict[str, str]) -> None:
    changed = [name for name, value in record.hashes.items() if now.get(name) != value]
    if changed:
        raise DataError(
            f"{' and '.join(changed)} changed after the run {record.id} was asked for",
            expected="what its id stands for",
            got=", ".join(f"{name} {now.get(name)}" for name in changed),
            next_step="run again: that makes a run of what is there now",
        )
