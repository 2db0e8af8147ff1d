"""One process, measured from outside: wall time, peak memory, and a time limit for all it started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCH = Path(__file__).parent / "launch.py"


@dataclass(frozen=True)
class Measured:
    """What a process took.

    Args:
        seconds: Wall time.
        peak_mb: Largest resident size of it or of a process it waited for, in MB.
        code: Exit code, negative for a signal; None: stopped at the limit.
    """

    seconds: float
    peak_mb: float
    code: int | None


def measure(
    command: Sequence[str | Path], folder: Path, limit_s: float, environment: Mapping[str, str]
) -> Measured:
    """Run a command with its output in ``output.txt`` of `folder`; at the limit all it started is ended."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "process.json"
    with (folder / "output.txt").open("wb") as output:
        launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", LAUNCH, file, str(limit_s), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
        )
        try:
            launcher.wait()
        except KeyboardInterrupt:
            launcher.send_signal(signal.SIGINT)
            launcher.wait()
            raise
    return Measured(**json.loads(file.read_text(encoding="utf-8")))


def last_words(folder: Path) -> str:
    """The last line that a failed process printed: with Python, the exception."""
    text = (folder / "output.txt").read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a peer: none of ours, bytecode allowed, no screen, no accelerator."""
    ours = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    quiet = {"MPLBACKEND": "Agg", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1"}
    return {**kept, **quiet, **(extra or {})}
