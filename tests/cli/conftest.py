"""One small market, its spec and its fit, made once; every test gets a copy to break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from driving import SPEC, call

from mediamix.simulate import Scenario, simulate, write_simulation


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``mediamix.yml``, ``data/`` (60 weeks, 5 channels), ``fit/``. Read it only."""
    folder = tmp_path_factory.mktemp("cli")
    write_simulation(simulate(Scenario(every="week", periods=60)), folder / "data")
    (folder / "mediamix.yml").write_text(SPEC)
    fitted = call("fit", folder / "mediamix.yml", "--out", folder / "fit")
    assert fitted.code == 0, fitted.err
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `made`, which is the working folder."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
