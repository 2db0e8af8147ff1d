"""What candidates are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path


def names_of(paths: Sequence[Path]) -> list[str]:
    """Names of files without their endings; where two are alike, their paths."""
    stems = Counter(path.stem for path in paths)
    return [path.stem if stems[path.stem] == 1 else str(path) for path in paths]
