"""Specs to pictures, without a browser: SVG for pages and print, PNG for slides.

The renderer takes half a second to start and a fiftieth of one for a figure, on one core. So processes of
their own start it while a fit is read and measured, and draw while further figures are made: one of a
machine's cores is left to that. Where there can be no such process, pictures are drawn in this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Literal

from mediamix.core.machine import cores
from mediamix.reporting import drawn_apart

#: Dots per pixel of a PNG.
SCALE = 2.0
#: Processes at most: the half second that one takes to start has to pay.
HANDS = 2


@dataclass(frozen=True)
class Wanted:
    """A figure at a width in pixels, labels included; it is as high as it has to be."""

    spec: Mapping[str, Any]
    width: float
    form: Literal["svg", "png"] = "svg"

    @property
    def key(self) -> tuple[int, float, str]:
        """The same picture, as long as the spec lives."""
        return id(self.spec), self.width, self.form

    def request(self) -> dict[str, Any]:
        """As the renderer takes it."""
        from mediamix.reporting.figures.theme import sized

        return {"spec": sized(self.spec, self.width), "form": self.form, "scale": SCALE}


class Pen:
    """Draws figures, in processes that start when the pen is taken and end when it is laid down.

    Raises:
        ModuleNotFoundError: vl_convert is not installed.
    """

    def __init__(self) -> None:
        if find_spec("vl_convert") is None:  # said here, not by another process
            raise ModuleNotFoundError("No module named 'vl_convert'", name="vl_convert")
        self._hands = [_Hand() for _ in range(max(1, min(HANDS, cores() - 1)))]
        self._idle: SimpleQueue[_Hand] = SimpleQueue()
        for hand in self._hands:
            self._idle.put(hand)
        self._threads = ThreadPoolExecutor(len(self._hands), "pen")
        self._begun: dict[tuple[int, float, str], tuple[Wanted, Future[str]]] = {}

    def __enter__(self) -> Pen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for hand in self._hands:
            hand.end()

    def begin(self, wanted: Iterable[Wanted]) -> None:
        """Draw these when a process is idle; who asks for them later finds them."""
        for one in wanted:
            if one.key not in self._begun:
                self._begun[one.key] = one, self._threads.submit(self._drawn, one)

    def draw(self, wanted: Iterable[Wanted]) -> Iterator[str]:
        """The pictures in order, each when it is there: SVG as text, PNG in base 64."""
        wanted = list(wanted)
        self.begin(wanted)
        return (self._begun[one.key][1].result() for one in wanted)

    def svg(self, wanted: Iterable[tuple[Mapping[str, Any], float]]) -> Iterator[str]:
        """Each figure, at its width, as SVG."""
        return self.draw(Wanted(spec, width) for spec, width in wanted)

    def png(self, wanted: Iterable[tuple[Mapping[str, Any], float]]) -> Iterator[bytes]:
        """Each figure, at its width, as PNG."""
        return map(b64decode, self.draw(Wanted(spec, width, "png") for spec, width in wanted))

    def _drawn(self, wanted: Wanted) -> str:
        request = wanted.request()
        hand = self._idle.get()
        try:
            picture = hand.draw(request)
        finally:
            self._idle.put(hand)
        return drawn_apart.drawn(request) if picture is None else picture


class _Hand:
    """A process that draws one picture at a time."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._laid_down = False
        with suppress(OSError):
            self.process = subprocess.Popen(
                [sys.executable, "-I", str(Path(drawn_apart.__file__))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def draw(self, request: Mapping[str, Any]) -> str | None:
        """The picture; None where the process couldn't start here, or was ended.

        Raises:
            BrokenPipeError: The pen was laid down; nobody wants it any more.
        """
        process = self.process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        line = json.dumps(request, allow_nan=False).encode() + b"\n"
        try:
            process.stdin.write(line)
            process.stdin.flush()
            picture: str = json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:
            if self._laid_down:
                raise BrokenPipeError("the pen was laid down") from error
            self._close()
            return None
        return picture

    def end(self) -> None:
        """Stop at once."""
        self._laid_down = True
        if self.process is not None:
            self.process.kill()
            self._close()

    def _close(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()
