"""What a run says, from its folder or measured once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mediamix.api.problems import absent
from mediamix.api.replies import encoded
from mediamix.core.errors import FolderError


def summary(fit: Path) -> bytes:
    """`summary.json`.

    Raises:
        FolderError: It can't be read.
    """
    return encoded(_read(fit / "summary.json"))


def diagnostics(fit: Path) -> bytes:
    """Whether to believe it: verdict, sampler, scores, findings.

    Raises:
        FolderError: It can't be read.
    """
    said = _read(fit / "summary.json")
    checks = _read(fit.parent / "checks.json")
    return encoded(
        {
            "verdict": checks.get("verdict") or said.get("verdict"),
            "diagnostics": said.get("diagnostics"),
            "fit": said.get("fit"),
            "findings": checks.get("findings", []),
        }
    )


def page(fit: Path, name: str) -> bytes | None:
    """A report that the run has written; None: it has none of this form."""
    try:
        return (fit.parent / name).read_bytes()
    except OSError:
        return None


def no_page(name: str) -> FolderError | Exception:
    """404 for a report that isn't there."""
    return absent(f"the run has no {name}", next_step="run again: mediamix run")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FolderError(
            f"the run's {path.name} can't be read",
            expected="a run as mediamix wrote it",
            got=type(error).__name__,
            next_step="run again",
        ) from None
    return found if isinstance(found, dict) else {}
