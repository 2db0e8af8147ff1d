"""A served project: its application, a key of each role, and a client that carries them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from mediamix.api.factory import application
from mediamix.api.settings import Settings
from mediamix.project.folder import Project
from mediamix.project.runs import all_runs

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


@contextmanager
def serving(
    folder: Path, made: dict[str, str], settings: Settings | None = None, **more: Any
) -> Iterator[Served]:
    """A project, served in this process."""
    project = Project.at(folder)
    app = application(project, settings or Settings(works="1000/minute"), **more)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Served(project, app, client, made)
