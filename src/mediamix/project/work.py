"""The work of a run: all steps beside its folder, then into it in one go."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from mediamix import pipeline
from mediamix.core.errors import DataError
from mediamix.core.files import write_json, write_text
from mediamix.core.locks import aside_of, remove
from mediamix.core.spec import Spec, load_spec
from mediamix.data.dataset import Dataset
from mediamix.project.folder import Project
from mediamix.project.launch import hashes_of
from mediamix.project.progress import Telling
from mediamix.project.record import Record
from mediamix.project.steps import Steps, through_mart
from mediamix.warehouse.engine import warehouse_of


def work(project: Project, record: Record, folder: Path, telling: Telling) -> dict[str, Any]:
    """Do it, and say what the record then holds. A run that ends early leaves nothing of it.

    Raises:
        UserError: Of any step.
    """
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


def _refuse_changed(record: Record, now: dict[str, str]) -> None:
    changed = [name for name, value in record.hashes.items() if now.get(name) != value]
    if changed:
        raise DataError(
            f"{' and '.join(changed)} changed after the run {record.id} was asked for",
            expected="what its id stands for",
            got=", ".join(f"{name} {now.get(name)}" for name in changed),
            next_step="run again: that makes a run of what is there now",
        )
