"""OpenTelemetry's traces of calls, by FastAPI itself: sent where the OTEL_* variables say, else none."""

from __future__ import annotations

from typing import Any

from mediamix.api.settings import Settings
from mediamix.core.extras import extras_of

#: What is asked many times a minute and says nothing.
_QUIET = frozenset(("/", "/health", "/ready", "/metrics"))


@extras_of("sending traces")
def telemetry(settings: Settings, provider: Any = None) -> dict[str, Any]:
    """What FastAPI is told: spans named by the route's path, no values, no messages of errors.

    Args:
        settings: Whether traces are sent.
        provider: Of the spans, for tests; absent: made of the environment.

    Raises:
        ExtraError: They are to be sent, and the extra `traces` isn't installed.
    """
    wanted = settings.traces or provider is not None
    if settings.traces:
        import opentelemetry.exporter.otlp.proto.http
        import opentelemetry.sdk.trace  # noqa: F401
    return {
        "tracing": wanted,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": settings.traces and provider is None,
        "tracer_provider": provider,
        "exclude": lambda scope: scope.get("path") in _QUIET,
    }
