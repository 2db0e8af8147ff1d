"""A served project: a run that is promoted, a key of each role, and clients that carry them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from mediamix.api.access import keys
from mediamix.api.factory import application
from mediamix.api.settings import Settings
from mediamix.project.folder import Project
from mediamix.project.runs import all_runs, promote

ROLES = ("viewer", "analyst", "admin")
API = "/api/v1"


@dataclass(frozen=True)
class Served:
    """A project, its application, and a key of each role."""

    project: Project
    app: FastAPI
    client: TestClient
    keys: dict[str, str]

    @property
    def run(self) -> str:
        """The id of its run."""
        return all_runs(self.project)[0].id

    def call(self, method: str, path: str, role: str = "admin", **more: Any) -> Any:
        """An answer, called with the key of a role."""
        headers = {"Authorization": f"Bearer {self.keys[role]}", **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)


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
    yield from _served(*promoted)


@pytest.fixture
def changing(promoted: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Served]:
    """A copy of it, to change."""
    shutil.copytree(promoted[0], tmp_path / "shop")
    yield from _served(tmp_path / "shop", promoted[1])


def _served(folder: Path, made: dict[str, str], settings: Settings | None = None) -> Iterator[Served]:
    project = Project.at(folder)
    app = application(project, settings or Settings(works="1000/minute"))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Served(project, app, client, made)
