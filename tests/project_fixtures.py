"""A project on a small market; every test gets a copy to break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mediamix.jobs import runs as jobs
from mediamix.jobs.runs import follow, launch
from mediamix.project.folder import Project
from mediamix.project.record import State
from mediamix.simulate import Scenario, simulate, write_simulation

SPEC = """\
data: {media: data/media.csv, outcome: data/outcome.csv, controls: data/controls.csv, events: data/events.csv}
outcome: {column: revenue, unit: revenue, currency: EUR}
sampler: {chains: 2, draws: 120, tune: 120}
"""


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``mediamix.yml`` and ``data/`` (60 weeks, 3 channels), no run. Read it only."""
    folder = tmp_path_factory.mktemp("empty")
    write_simulation(simulate(Scenario(every="week", periods=60, channels=3)), folder / "data")
    (folder / "mediamix.yml").write_text(SPEC)
    return folder


@pytest.fixture
def project(empty: Path, tmp_path: Path) -> Project:
    """A copy of `empty`."""
    shutil.copytree(empty, tmp_path / "shop")
    return Project.at(tmp_path / "shop")


@pytest.fixture(scope="session")
def ran(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one run that is done. Read it only."""
    folder = tmp_path_factory.mktemp("ran") / "shop"
    shutil.copytree(empty, folder)
    project = Project.at(folder)
    record, new = launch(project, who="ann")
    assert new
    assert follow(project, record.id).state is State.DONE
    rested(project)
    return folder


def rested(project: Project) -> None:
    """Wait for the end of the worker that this process has begun: a queue at work can't be copied."""
    worker = jobs._BEGUN.get(project.root.absolute())
    assert worker is None or worker.wait(60) == 0


@pytest.fixture
def done(ran: Path, tmp_path: Path) -> Project:
    """A copy of `ran`."""
    shutil.copytree(ran, tmp_path / "shop")
    return Project.at(tmp_path / "shop")
