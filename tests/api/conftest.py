"""Projects that are served: one to read, and copies to change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_cases import ROLES, Served, serving

from mediamix.api.access import keys
from mediamix.project.folder import Project
from mediamix.project.runs import all_runs, promote


@pytest.fixture(scope="session")
def promoted(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A project whose run is promoted, with a key of each role. Read it only."""
    folder = tmp_path_factory.mktemp("served") / "shop"
    shutil.copytree(ran, folder)
    project = Project.at(folder)
    promote(project, all_runs(project)[0].id, force=True)
    return folder, {role: keys.create(project, f"the {role}", role)[1] for role in ROLES}


@pytest.fixture(scope="session")
def served(promoted: tuple[Path, dict[str, str]]) -> Iterator[Served]:
    """It, served in this process. Read it only."""
    with serving(*promoted) as found:
        yield found


@pytest.fixture
def changing(promoted: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Served]:
    """A copy of it, to change."""
    shutil.copytree(promoted[0], tmp_path / "shop")
    with serving(tmp_path / "shop", promoted[1]) as found:
        yield found
