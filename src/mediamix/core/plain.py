"""Results as JSON for machines: what `--json` prints and the API answers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from mediamix.core.text import safe_json


def plain(value: Any) -> Any:
    """Plain JSON types; NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | int | bool) or value is None:
        return value
    # A NumPy scalar or array, without importing NumPy here.
    return plain(value.tolist()) if hasattr(value, "tolist") else str(value)


def plain_text(value: Any, *, indent: int | None = 2) -> str:
    """One JSON document; what is no number is null."""
    return safe_json(json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False))
