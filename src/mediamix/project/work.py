"""The work of a run: all steps beside its folder, then into it in one go."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from mediamix.core.files import write_json
from mediamix.core.locks import aside_of, remove
from mediamix.core.spec import load_spec
from mediamix.project.folder import Project
from mediamix.project.progress import Telling
from mediamix.project.record import Record
from mediamix.project.steps import Steps


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
        (aside / "spec.yml").write_text(spec.to_yaml(), encoding="utf-8")
        made = Steps(spec, project.root, aside, telling.step, telling.sampling).take()
        findings = [*made.summary.data_findings, *made.summary.model_findings]
        write_json(aside / "checks.json", [finding.to_dict() for finding in findings])
        for path in sorted(aside.iterdir()):
            os.replace(path, folder / path.name)
    finally:
        remove(aside)
    seconds = {**made.fit.run.seconds, "total_s": time.monotonic() - began}
    return {"verdict": made.summary.verdict, "seconds": seconds}
