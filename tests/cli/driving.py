"""Calling the command line in this process, and looking at what it left on disk."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediamix.cli import main

SPEC = """\
data: {media: data/media.csv, outcome: data/outcome.csv, controls: data/controls.csv, events: data/events.csv}
sampler: {chains: 2, draws: 500, tune: 500}
"""


@dataclass(frozen=True)
class Result:
    """What a call printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=_no_constants)


def call(*arguments: object) -> Result:
    """`mediamix ARGUMENTS` in this process, without a terminal."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Result(code, out.getvalue(), err.getvalue())


def tree(folder: Path) -> dict[str, str]:
    """Every path below a folder, hidden ones too, with the hash of its content."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        )
        for path in sorted(folder.rglob("*"))
    }


def _no_constants(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def said(stderr: str) -> list[str]:
    """Lines but those that tell of a slow start, which any busy machine may print."""
    return [line for line in stderr.splitlines() if not line.endswith("s so far")]
