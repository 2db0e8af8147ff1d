"""A disk that is full, and one that may not be written: said as what it is, and nothing is half there."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from workload import SPEC

from mediamix.simulate import Scenario, simulate, write_simulation


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    write_simulation(simulate(Scenario(every="week", periods=60)), folder / "data")
    (folder / "spec.yml").write_text(SPEC.format(seed=1), encoding="utf-8")
    return folder


def limited(project: Path, kilobytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where no file may grow beyond a size: as on a full disk, a write fails half-way."""
    size = kilobytes * 1024
    return subprocess.run(
        [sys.executable, "-m", "mediamix", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


@pytest.mark.parametrize("kilobytes", [100, 300])
def test_a_build_that_finds_no_space_says_so(project: Path, kilobytes: int) -> None:
    before = sorted(os.listdir(project))
    result = limited(project, kilobytes, "build", "spec.yml", "--warehouse", "w.duckdb")
    assert result.returncode == 2, result.stderr
    assert "error: can't write the warehouse w.duckdb\n" in result.stderr
    assert "your fault" not in result.stderr
    assert sorted(os.listdir(project)) == before


def test_a_fit_that_finds_no_space_says_so(project: Path) -> None:
    before = sorted(os.listdir(project))
    result = limited(project, 20, "fit", "spec.yml", "--out", "fit", "--quick")
    assert result.returncode == 2, result.stderr
    assert "error: can't write fit/posterior.nc\n" in result.stderr
    assert sorted(os.listdir(project)) == before


def test_a_write_that_fails_anywhere_else_is_the_disks_fault_too() -> None:
    from mediamix.cli.failure import explain

    error = OSError(28, "No space left on device", "/tmp/somewhere")
    assert explain(error, as_json=True, debug=False) == 2
