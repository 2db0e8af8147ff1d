"""An environment per peer, outside of ours and of our lock: made by uv from a pinned list, and kept."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from mediamix.core.files import write_json

HERE = Path(__file__).parent
#: What isn't pinned is resolved as of this day.
AS_OF = "2026-11-20T00:00:00Z"
#: LightweightMMM's JAX has no wheels beyond it.
PYTHON = "3.11"
STAMP = "mediamix-peer.json"


class NoEnvironmentError(Exception):
    """An environment can't be made; its text says why."""


@dataclass(frozen=True)
class Environment:
    """A peer's interpreter.

    Args:
        python: Its path.
        versions: Installed packages of its list, name → version.
    """

    python: Path
    versions: dict[str, str]


def requirements_of(peer: str) -> str:
    """The pinned list of a peer; empty for our own engine."""
    path = HERE / "requirements" / f"{peer}.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def environment_of(peer: str, root: Path) -> Environment:
    """The peer's environment under `root`, made unless one from the same list is there.

    Raises:
        NoEnvironmentError: uv is absent, or can't resolve, build or install.
    """
    wanted = requirements_of(peer)
    if not wanted:
        return Environment(Path(sys.executable), {})
    digest = hashlib.sha256(f"{wanted}{AS_OF}{PYTHON}".encode()).hexdigest()[:16]
    folder = root / "environments" / f"{peer}-{digest}"
    stamp = folder / STAMP
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _make(peer, folder)
    made = json.loads(stamp.read_text(encoding="utf-8"))
    return Environment(folder / "bin" / "python", made["versions"])


def _make(peer: str, folder: Path) -> None:
    if peer == "robyn":
        _need_r()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _uv("venv", "--quiet", "--python", PYTHON, str(folder))
    python = str(folder / "bin" / "python")
    _uv(
        "pip", "install", "--quiet", "--compile-bytecode", "--exclude-newer", AS_OF, "--python", python,
        "--requirement", str(HERE / "requirements" / f"{peer}.txt"),
    )  # fmt: skip
    frozen = _uv("pip", "freeze", "--quiet", "--python", python)
    installed = dict(line.split("==", 1) for line in frozen.splitlines() if "==" in line)
    pinned = [line.split("==")[0].lower() for line in requirements_of(peer).splitlines() if "==" in line]
    write_json(folder / STAMP, {"versions": {name: installed[name] for name in pinned if name in installed}})


def _need_r() -> None:
    if shutil.which("R") is None:
        raise NoEnvironmentError("R is not installed (Debian: apt-get install r-base-core r-cran-glmnet)")


def _uv(*arguments: str) -> str:
    try:
        done = subprocess.run(["uv", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NoEnvironmentError("uv is not installed (pip install uv)") from error
    if done.returncode:
        text = done.stderr.strip() or done.stdout.strip()
        last = text.splitlines()[-1] if text else "failed"
        raise NoEnvironmentError(f"uv {arguments[0]} {arguments[1]}: {last}")
    return done.stdout
