"""A queue on each database, and a kind of job that only waits and records."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs import with_pretend
from mediamix.jobs.queue import Queue, queue_of
from mediamix.project.folder import Project
from warehouse.postgres_server import Server, server

__all__ = ["server"]


@pytest.fixture(autouse=True)
def _pretend() -> None:
    with_pretend.add()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A folder with a queue on SQLite."""
    monkeypatch.delenv("MEDIAMIX_JOBS", raising=False)
    return Project(tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.engines)])
def anywhere(request: pytest.FixtureRequest, place: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The same on each database."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("server")
        monkeypatch.setenv("MEDIAMIX_JOBS", server.address(server.new_database()))
    return place


@pytest.fixture
def queue(anywhere: Project) -> Queue:
    """The queue of `anywhere`."""
    return queue_of(anywhere)
