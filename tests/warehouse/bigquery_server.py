"""A BigQuery of the tests' own: `bqemulator`, in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Its SQL needs DuckDB's spatial extension, which comes as a package and not from the net.
_START = """
import duckdb_extensions
duckdb_extensions.import_extension("spatial")
from bqemulator.cli import main
main()
"""


@contextmanager
def emulated(folder: Path) -> Iterator[str]:
    """The address of a server that lives as long as the block."""
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(str(free.getsockname()[1]))
    command = [sys.executable, "-c", _START, "start", "--rest-port", ports[0], "--grpc-port", ports[1]]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{ports[0]}"
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=1)
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()[-2000:]
                assert time.monotonic() < until, "the server doesn't answer"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)
