"""Who answers a row: the project's linear baseline where it has one, else its promoted run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool

from mediamix.api.replies import encoded
from mediamix.api.service import Service
from mediamix.baseline.line import FittedLine, load_line
from mediamix.core.errors import DataError
from mediamix.project.runs import CURRENT

#: Path and time of a line → the line: read once.
_LINES: dict[tuple[str, int], FittedLine] = {}


async def predicted(service: Service, row: Mapping[str, Any]) -> bytes:
    """The answer to a row.

    Raises:
        UserError: It can't be predicted; all findings at once.
    """
    line = await run_in_threadpool(_line, service)
    if line is not None:
        named = [name for name, value in row.items() if isinstance(value, str)]
        if named:
            raise DataError(
                "the baseline's features are numbers",
                details=[f"{name} is text" for name in named],
                expected=", ".join(line.features),
                next_step="leave out what is no feature of the line",
            )
        return encoded({**line.predict(row), "source": "baseline", "unit": line.unit})
    run, folder = await run_in_threadpool(service.fit, CURRENT)
    content, _ = await service.answers.ask("row", folder, dict(row))
    return encoded({**json.loads(content), "source": run})


def _line(service: Service) -> FittedLine | None:
    path = service.project.line
    try:
        key = (str(path), path.stat().st_mtime_ns)
    except OSError:
        return None
    if key not in _LINES:
        _LINES.clear()
        _LINES[key] = load_line(path)
    return _LINES[key]
