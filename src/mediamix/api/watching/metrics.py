"""What Prometheus is told: calls, answers, solvers, the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: Seconds between which calls are counted.
_STEPS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counters of one service.

    Args:
        queue: From nothing to the number of jobs by state, asked when somebody looks.
    """

    def __init__(self, queue: Callable[[], Mapping[str, int]] = dict) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = CollectorRegistry()
        self._calls = Counter(
            "mediamix_calls_total", "Answered calls.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "mediamix_call_seconds", "Seconds of a call.", ("route",), buckets=_STEPS, registry=self._registry
        )
        self._open = Gauge("mediamix_calls_open", "Calls that are being answered.", registry=self._registry)
        self._answers = Counter(
            "mediamix_answers_total",
            "Answered questions, by where from.",
            ("kind", "of"),
            registry=self._registry,
        )
        self._solving = Histogram(
            "mediamix_solve_seconds",
            "Seconds of a question that was solved.",
            ("kind",),
            buckets=_STEPS,
            registry=self._registry,
        )
        self._denied = Counter(
            "mediamix_denied_total", "Calls without a key that holds.", registry=self._registry
        )
        self._registry.register(_Jobs(queue))

    def began(self) -> None:
        """A call."""
        self._open.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """It was answered."""
        self._open.dec()
        self._calls.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def kept(self, kind: str) -> None:
        """A question that was answered before."""
        self._answers.labels(kind, "kept").inc()

    def solved(self, kind: str, seconds: float) -> None:
        """A question that was solved."""
        self._answers.labels(kind, "solved").inc()
        self._solving.labels(kind).observe(seconds)

    def denied(self) -> None:
        """A call without a key that holds."""
        self._denied.inc()

    def text(self) -> bytes:
        """In Prometheus' format."""
        from prometheus_client import generate_latest

        found: bytes = generate_latest(self._registry)
        return found


class _Jobs:
    """The number of jobs by state, counted when somebody looks."""

    def __init__(self, queue: Callable[[], Mapping[str, int]]) -> None:
        self._queue = queue

    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import GaugeMetricFamily

        found = GaugeMetricFamily("mediamix_jobs", "Jobs by state.", labels=("state",))
        for state, number in self._queue().items():
            found.add_metric((state,), number)
        yield found
