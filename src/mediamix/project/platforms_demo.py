"""The demo from platforms to a report: servers on this machine, asked by the official clients."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from mediamix import pipeline
from mediamix.core.documents import as_yaml
from mediamix.core.errors import MediamixError
from mediamix.core.files import write_text
from mediamix.core.folders import whole_folder
from mediamix.core.spec import load_spec
from mediamix.pipeline import OnProgress, OnStep
from mediamix.project.folder import REPORT, SPEC
from mediamix.project.ingesting import Options, PulledAll, ingest_files, pull_all
from mediamix.project.steps import Outcome, Steps
from mediamix.warehouse.engine import warehouse_of

NAMES = ("google_ads", "meta", "tiktok")


@contextmanager
def platforms(sales: Path, seed: int) -> Iterator[dict[str, Any]]:
    """Servers of platforms in a process of their own, for the length of the block: what they said of them.

    Raises:
        MediamixError: They didn't start.
    """
    command = [sys.executable, "-m", "mediamix.testing.platforms", *NAMES]
    command += ["--sales", str(sales), "--seed", str(seed)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
        if not line:
            _, error = process.communicate(timeout=10)
            last = error.strip().splitlines()[-1:] if error else []
            raise MediamixError(f"the platforms of the demo didn't start: {''.join(last)}")
        yield json.loads(line)
    finally:
        process.terminate()
        process.communicate()


def platforms_demo(
    out: Path,
    *,
    force: bool = False,
    seed: int = 1,
    on_step: OnStep = lambda step: None,
    on_progress: OnProgress | None = None,
) -> tuple[Outcome, PulledAll, dict[str, float]]:
    """Fetch from platforms, land sales, build, fit, plan and report into one folder.

    Returns what a run made, what was fetched, and the true ROI of each channel.

    Raises:
        UserError: Of any step.
    """
    with whole_folder(out, force=force) as folder:
        (folder / "data").mkdir()
        sales = folder / "data" / "sales.csv"
        on_step("Starting platforms on this machine")
        with platforms(sales, seed) as told:
            write_text(folder / SPEC, _spec(told))
            spec = load_spec(folder / SPEC)
            warehouse = warehouse_of(spec, folder)
            secrets = {k: v for one in told["platforms"].values() for k, v in one["secrets"].items()}
            pulled = pull_all(spec, warehouse, (), on_step, environment=secrets)
        for error in pulled.refused.values():
            raise error
        ingest_files([str(sales)], folder / SPEC, warehouse, Options(), on_step)
        on_step("Building the mart")
        with warehouse.renewed() as aside:
            pipeline.build_landed(spec, folder, aside)
        dataset = pipeline.read_mart(spec, warehouse, folder)
        made = Steps(spec, dataset, folder, on_step, on_progress).take()
    return replace(made, report=out / REPORT), pulled, told["roi"]


def _spec(told: dict[str, Any]) -> str:
    sources = {
        name: {"since": told["first"], "endpoint": one["endpoint"], "options": one["options"]}
        for name, one in told["platforms"].items()
    }
    head = "# The endpoints are servers of the demo, which are gone by now.\n"
    outcome = {"column": "revenue", "unit": "revenue", "currency": "EUR"}
    return head + as_yaml({"outcome": outcome, "time": {"every": "day"}, "sources": sources})
