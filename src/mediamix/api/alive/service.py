"""Whether a project can be served."""

from __future__ import annotations

import os
import tempfile

from mediamix.api.service import Service
from mediamix.core.errors import UserError
from mediamix.project.runs import current

OK = "ok"


def checks(service: Service) -> dict[str, str]:
    """Part → ``ok``, or what it lacks."""
    return {"store": _store(service), "queue": _queue(service), "run": _run(service)}


def _store(service: Service) -> str:
    root = service.project.root
    if not service.project.founded:
        return "the project has no spec"
    try:
        handle, name = tempfile.mkstemp(prefix=".ready-", dir=root)
        os.close(handle)
        os.unlink(name)
    except OSError as error:
        return f"the project's folder can't be written: {error.strerror}"
    return OK


def _queue(service: Service) -> str:
    try:
        service.queue.list(limit=1)
    except UserError as error:
        return (
            error.what if error.what.isprintable() and "/" not in error.what else "the queue doesn't answer"
        )
    return OK


def _run(service: Service) -> str:
    return OK if current(service.project) is not None else "no run is promoted"
