"""A PostgreSQL server of the tests' own: started where it is first needed, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

USER, PASSWORD = "mediamix", "s3cret/p@ss"
_NUMBERS = count()


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        folder: Its data.
        port: On 127.0.0.1.
    """

    folder: Path
    port: int

    def address(self, database: str, user: str = USER, password: str = PASSWORD) -> str:
        """A database as libpq has it, the password with characters that an address has to escape."""
        quoted = password.replace("/", "%2F").replace("@", "%40")
        return f"postgresql://{user}:{quoted}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The name of a new, empty database."""
        name = f"shop_{next(_NUMBERS)}"
        self.run("postgres", f"create database {name}")
        return name

    def run(self, database: str, *statements: str, user: str = USER, password: str = PASSWORD) -> list[tuple]:
        """Run statements one by one, as another program; the rows of the last one."""
        import psycopg2

        connection = psycopg2.connect(self.address(database, user, password))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


def binaries() -> Path | None:
    """Folder of initdb and pg_ctl; None where they aren't installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return None if there is None else Path(there).resolve().parent


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """A server that lives as long as the block."""
    folder = Path(tempfile.mkdtemp(prefix="mediamix-postgres-"))
    # PostgreSQL doesn't run as root.
    who: dict[str, object] = {}
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(*command: str) -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **who)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stdout + done.stderr

    data, secret = str(folder / "data"), folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    settings = (
        f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    )
    try:
        call(
            *(
                str(programs / "initdb"),
                "-D",
                data,
                "-U",
                USER,
                "--pwfile",
                str(secret),
                "-A",
                "scram-sha-256",
            ),
            *("-E", "UTF8", "--locale", "C", "--no-sync"),
        )
        call(str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", settings, "start")
        yield Server(folder, port)
    finally:
        subprocess.run(  # type: ignore[call-overload]
            [str(programs / "pg_ctl"), "-D", data, "-m", "fast", "stop"],
            cwd=folder,
            capture_output=True,
            check=False,
            **who,
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    with running(programs) as started:
        yield started
