"""Specs to pictures, without a browser: SVG for pages and print, PNG for slides.

The renderer takes half a second to start, which a process of its own does while a fit is measured. Where
there can be no such process, pictures are drawn in this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from mediamix.reporting import drawn_apart
from mediamix.reporting.figures.theme import sized

#: Dots per pixel of a PNG.
SCALE = 2.0


@dataclass(frozen=True)
class Wanted:
    """A figure at a width in pixels, labels included; it is as high as it has to be."""

    spec: Mapping[str, Any]
    width: float
    form: Literal["svg", "png"] = "svg"

    def request(self) -> dict[str, Any]:
        """As the renderer takes it."""
        return {"spec": sized(self.spec, self.width), "form": self.form, "scale": SCALE}


class Pen:
    """Draws figures, in a process that starts when the pen is taken and ends when it is laid down.

    Raises:
        ModuleNotFoundError: vl_convert is not installed.
    """

    def __init__(self) -> None:
        import vl_convert  # noqa: F401  # said here, not by the other process

        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(Path(drawn_apart.__file__))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def __enter__(self) -> Pen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._end()

    def draw(self, wanted: Sequence[Wanted]) -> list[str]:
        """The pictures in order: SVG as text, PNG in base 64."""
        requests = [one.request() for one in wanted]
        apart = self._draw_apart(requests)
        return [drawn_apart.drawn(request) for request in requests] if apart is None else apart

    def svg(self, wanted: Sequence[tuple[Mapping[str, Any], float]]) -> list[str]:
        """Each figure, at its width, as SVG."""
        return self.draw([Wanted(spec, width) for spec, width in wanted])

    def png(self, wanted: Sequence[tuple[Mapping[str, Any], float]]) -> list[bytes]:
        """Each figure, at its width, as PNG."""
        return [b64decode(text) for text in self.draw([Wanted(spec, width, "png") for spec, width in wanted])]

    def _draw_apart(self, requests: list[dict[str, Any]]) -> list[str] | None:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        line = json.dumps(requests, allow_nan=False).encode() + b"\n"
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer: list[str] = json.loads(process.stdout.readline())
        except (OSError, ValueError):  # it couldn't start here, or was ended
            self._end()
            return None
        return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()
