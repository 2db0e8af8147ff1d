"""Bounds of spend per channel, and their file: ``bounds.yml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from mediamix.core.errors import BudgetError, FolderError
from mediamix.core.files import write_text


def load_bounds(path: str | Path) -> dict[str, tuple[float, float]]:
    """Read bounds from YAML: ``{tv: [0, 400000], search: [50000, 200000]}``.

    Raises:
        FolderError: The file is absent or can't be read.
        BudgetError: It isn't such a mapping; all findings at once.
    """
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise FolderError(
            f"can't read the bounds {path}", got=str(error), next_step="check the path"
        ) from error
    except yaml.YAMLError as error:
        raise BudgetError(
            f"{path} is not valid YAML", got=str(error).replace("\n", " "), next_step="mend the named line"
        ) from error
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise BudgetError(
            f"{path} must map channels to bounds",
            expected="tv: [0, 400000]",
            got=type(raw).__name__,
            next_step="write one line per channel",
        )
    pairs, findings = pairs_of(raw)
    if findings:
        raise BudgetError(
            f"{path} holds bounds that can't be used", details=findings, next_step="write tv: [0, 400000]"
        )
    return pairs


def save_bounds(bounds: Mapping[str, tuple[float, float]], path: str | Path) -> None:
    """Write bounds as `load_bounds` reads them; the file appears whole or not at all."""
    text = yaml.safe_dump(
        {name: [float(low), float(high)] for name, (low, high) in bounds.items()},
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
    )
    write_text(Path(path), text)


def pairs_of(bounds: Mapping[str, object]) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Bounds as pairs of floats, and what is wrong with them."""
    pairs: dict[str, tuple[float, float]] = {}
    found = []
    for name, value in bounds.items():
        if not isinstance(name, str):
            found.append(f"the channel {name!r} is not text: put quotes around its name")
            continue
        parts = list(value) if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) else []
        if len(parts) != 2 or not all(is_number(part) for part in parts):
            found.append(f"{name}: bounds must be two numbers (lowest, highest), got {value!r}")
            continue
        low, high = float(parts[0]), float(parts[1])
        if low < 0:
            found.append(f"{name}: the lower bound is negative ({low:,g}); spend can't be")
        if low > high:
            found.append(f"{name}: the lower bound {low:,g} is above the upper bound {high:,g}")
        pairs[name] = (low, high)
    return pairs, found


def is_number(value: object) -> bool:
    """Whether a value is a number (infinity counts, NaN and booleans don't)."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and not np.isnan(value)
