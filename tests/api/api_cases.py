"""A served project: its application, a key of each role, and a client that carries them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from mediamix.api.access import keys
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


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    url: str
    folder: Path
    said: Path

    def key(self, role: str = "analyst") -> str:
        """A new key, whose calls are counted from 0."""
        return keys.create(Project.at(self.folder), "caller", role)[1]

    def get(self, path: str, key: str | None) -> tuple[int, dict[str, str]]:
        """A status, and headers in small letters."""
        request = urllib.request.Request(self.url + path)
        if key is not None:
            request.add_header("Authorization", f"Bearer {key}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, {name.lower(): value for name, value in answer.headers.items()}
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {name.lower(): value for name, value in error.headers.items()}


@contextmanager
def running(folder: Path, said: Path, *options: str) -> Iterator[Server]:
    """`mediamix serve` in a process of its own, on a free port.

    Args:
        folder: The project.
        said: The file of its log.
        options: Further ones.
    """
    command = [
        sys.executable,
        "-m",
        "mediamix",
        "serve",
        str(folder),
        "--port",
        "0",
        "--solvers",
        "1",
        *options,
    ]
    with said.open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            until = time.monotonic() + 120
            while (found := re.search(r"http://127\.0\.0\.1:(\d+)", said.read_text())) is None:
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < until
                time.sleep(0.05)
            server = Server(f"http://127.0.0.1:{found[1]}", folder, said)
            while True:
                try:
                    server.get("/health", None)
                    break
                except urllib.error.URLError:
                    time.sleep(0.05)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert process.returncode in (0, 130, -signal.SIGINT)
