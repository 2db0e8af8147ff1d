"""The code on the pages runs: examples as a reader would type them, skeletons as files."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from docs_pages import Block, blocks

from mediamix.core.registry import discover
from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence
from mediamix.data.dataset import Dataset
from mediamix.models.base import Fit
from mediamix.reporting.blocks import Table
from mediamix.reporting.material import gather
from mediamix.reporting.section import Section
from mediamix.transforms.base import Adstock, Saturation

SKELETONS = blocks("python", "skeleton")


@pytest.mark.parametrize("block", blocks("python", "run"), ids=lambda block: block.page)
def test_examples_run(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "example.py"
    script.write_text(block.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script))


def test_every_python_block_is_valid() -> None:
    for block in blocks("python"):
        compile(block.text, block.page, "exec")


def _write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for block in SKELETONS:
        if not block.name.startswith("try_"):
            (folder / block.name).write_text(block.text, encoding="utf-8")


@pytest.fixture(scope="module")
def skeletons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a package that holds the skeletons, as a component folder does."""
    folder = tmp_path_factory.mktemp("docs") / "skeletons"
    _write(folder)
    (folder / "__init__.py").write_text("")
    sys.path.insert(0, str(folder.parent))
    yield folder.name
    sys.path.remove(str(folder.parent))


def test_skeletons_are_found_by_the_registry(skeletons: str) -> None:
    found = {kind.__name__: list(discover(skeletons, kind)) for kind in (Adstock, Saturation, Check, Section)}
    assert found == {
        "Adstock": ["power"],
        "Saturation": ["exponential"],
        "Check": ["leak"],
        "Section": ["spend"],
    }


@pytest.mark.parametrize("block", [b for b in SKELETONS if b.name.startswith("try_")], ids=lambda b: b.name)
def test_trials_run(block: Block, tmp_path: Path) -> None:
    """In a process of their own, as a developer would run them."""
    _write(tmp_path)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.text],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_check_tells_good_from_bad(skeletons: str, weekly: Dataset) -> None:
    check = discover(skeletons, Check)["leak"]

    def findings(dataset: Dataset) -> list[Finding]:
        return list(check.find(Evidence(None, dataset, Spec(), date(2030, 1, 1))))

    assert findings(weekly) == []
    leaking = weekly.controls_gtk.copy()
    leaking[:, :, 0] = 3 * weekly.outcome_gt + 7
    bad = replace(weekly, controls_gtk=leaking)
    (found,) = findings(bad)
    assert weekly.control_names[0] in found.where
    assert "1.000" in found.message


def test_the_section_makes_its_table(skeletons: str, mixed_fit: Fit) -> None:
    section = discover(skeletons, Section)["spend"]
    (table,) = section.build(gather(mixed_fit))
    assert isinstance(table, Table)
    paid = int(np.count_nonzero(mixed_fit.dataset.spend_c))
    assert len(table.rows) == paid == len(mixed_fit.dataset.channels) - 1
