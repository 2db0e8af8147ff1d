"""Logs as JSON, a line each, with the request's id and the run's; never a key, a body or a query."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

#: What is never written, whoever would.
SECRET = ("authorization", "key", "token", "secret", "password", "cookie")


def _without_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {name: value for name, value in event.items() if not any(part in name.lower() for part in SECRET)}


def configure(stream: TextIO | None = None) -> None:
    """Have everything that the service and its server say as JSON, on stderr or another stream."""
    import structlog

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    for name in ("uvicorn", "uvicorn.error"):
        of = logging.getLogger(name)
        of.handlers[:], of.propagate = [handler], False
        of.setLevel(logging.WARNING)


def log() -> FilteringBoundLogger:
    """The service's log."""
    import structlog

    found: FilteringBoundLogger = structlog.get_logger("mediamix.api")
    return found
