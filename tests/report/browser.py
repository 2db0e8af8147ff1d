"""A real browser on a page, asked until something holds.

Chromium's `--dump-dom` waits in virtual time, which runs out at once while no task is pending; but what
draws a figure when it comes into view waits for a frame, and on a busy machine the first frame comes later
than that. So the page is asked in real time, over the pipe of the DevTools protocol (descriptors 3 and 4).
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Becomes Chromium with two descriptors as its 3 and 4, whatever their numbers (a shell takes one digit).
LAUNCH = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for wanted, pipe in zip((3, 4), pipes):
    os.dup2(pipe, wanted)
os.execvp("chromium", ["chromium", *sys.argv[3:]])
"""
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")


class Tab:
    """One page; `ask` runs a script in it."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from, self._number, self._rest = to_browser, from_browser, 0, b""
        self._session = ""

    def open(self, address: str, patience: float) -> None:
        target = self._call("Target.createTarget", patience, url=address)["targetId"]
        found = self._call("Target.attachToTarget", patience, targetId=target, flatten=True)
        self._session = found["sessionId"]

    def ask(self, script: str, patience: float) -> Any:
        """The value of an expression."""
        answer = self._call("Runtime.evaluate", patience, expression=script, returnByValue=True)
        return answer["result"].get("value")

    def resize(self, width: int, height: int, patience: float) -> None:
        """A telephone's width: no window is as narrow."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self._call("Emulation.setDeviceMetricsOverride", patience, **metrics)

    def until(self, script: str, patience: float) -> bool:
        """Whether an expression becomes true within so many seconds."""
        end = time.monotonic() + patience
        while not self.ask(script, patience):
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    def _call(self, method: str, patience: float, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + patience
        while True:
            answer = self._read(max(end - time.monotonic(), 0.0))
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def _read(self, patience: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], patience)
            assert ready, "the browser doesn't answer"
            more = os.read(self._from, 1 << 16)
            assert more, "the browser has ended"
            self._rest += more
        first, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(first))


@contextmanager
def browsing(page: Path, profile: Path, *, width: int, height: int, patience: float = 120.0) -> Iterator[Tab]:
    """The page in a window of that size; the browser ends with the block."""
    (their_in, to_browser), (from_browser, their_out) = os.pipe(), os.pipe()
    options = [
        *OPTIONS,
        f"--user-data-dir={profile}",
        f"--window-size={width},{height}",
        "--remote-debugging-pipe",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(their_in), str(their_out), *options],
        pass_fds=(their_in, their_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(their_in)
        os.close(their_out)
        try:
            tab = Tab(to_browser, from_browser)
            tab.open(page.as_uri(), patience)
            tab.resize(width, height, patience)
            yield tab
        finally:
            process.kill()
            os.close(to_browser)
            os.close(from_browser)
