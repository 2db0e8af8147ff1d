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


def limited(project: Path, cache: Path, kilobytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where no file may grow beyond a size: as on a full disk, a write fails half-way."""
    size = kilobytes * 1024
    return subprocess.run(
        [sys.executable, "-m", "mediamix", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        # Python's cache of modules would be cut short as well, and is not to lie beside the sources; a
        # log of seeds is larger than the disk.
        env={**os.environ, "PYTHONPYCACHEPREFIX": str(cache), "MEDIAMIX_TEST_SEED_LOG": ""},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


@pytest.mark.parametrize("kilobytes", [100, 300])
def test_a_build_that_finds_no_space_says_so(project: Path, tmp_path: Path, kilobytes: int) -> None:
    before = sorted(os.listdir(project))
    result = limited(project, tmp_path, kilobytes, "build", "spec.yml", "--warehouse", "w.duckdb")
    assert result.returncode == 2, result.stderr
    assert "error: can't write the warehouse w.duckdb\n" in result.stderr
    assert "your fault" not in result.stderr
    assert sorted(os.listdir(project)) == before


def test_a_fit_that_finds_no_space_says_so(project: Path, tmp_path: Path) -> None:
    before = sorted(os.listdir(project))
    result = limited(project, tmp_path, 20, "fit", "spec.yml", "--out", "fit", "--quick")
    assert result.returncode == 2, result.stderr
    assert "error: can't write fit/posterior.nc\n" in result.stderr
    assert sorted(os.listdir(project)) == before


def test_a_module_that_a_full_disk_cut_short_is_said_and_mended_by_hand(
    project: Path, tmp_path: Path
) -> None:
    """Some Pythons put a cached module in place that they could write only in part."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}
    command = [sys.executable, "-m", "mediamix", "check", "spec.yml"]
    subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False)
    (cached,) = tmp_path.rglob("assemble.*.pyc")
    cached.write_bytes(cached.read_bytes()[:1000])
    result = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "cached module of Python was cut short" in result.stderr
    assert str(tmp_path) in result.stderr


def test_a_write_that_fails_anywhere_else_is_the_disks_fault_too() -> None:
    from mediamix.cli.failure import explain

    error = OSError(28, "No space left on device", "/tmp/somewhere")
    assert explain(error, as_json=True, debug=False) == 2
