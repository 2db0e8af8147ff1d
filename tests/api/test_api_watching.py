"""What is seen from outside: a line in the log, a line in the audit, counters, traces; never a secret."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from api_cases import API, Served, serving

from mediamix.api.settings import Settings
from mediamix.api.watching.logs import configure
from mediamix.core.extras import ExtraError


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the service logs."""
    stream = io.StringIO()
    configure(stream)
    yield stream
    structlog.reset_defaults()


def _read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_call_is_a_line_with_its_ids(changing: Served, lines: io.StringIO) -> None:
    given = {"X-Request-ID": "caller-id-42"}
    answer = changing.call("GET", f"{API}/runs/current?password=hunter2", "viewer", headers=given)
    assert answer.headers["x-request-id"] == "caller-id-42"
    (line,) = _read(lines)
    assert (line["event"], line["request_id"], line["run"]) == ("call", "caller-id-42", "current")
    assert (line["route"], line["status"], line["who"]) == (f"{API}/runs/{{id}}", 200, "the viewer")
    for odd in ("a b", "x" * 100, "short", 'in"jected'):
        other = changing.call("GET", "/health", headers={"X-Request-ID": odd})
        assert other.headers["x-request-id"] != odd
    changing.client.get("/health", headers={"Authorization": f"Bearer {changing.keys['admin']}x"})
    changing.call("POST", f"{API}/runs/current/optimize", content='{"secret": "hunter2"}', headers={})
    text = lines.getvalue()
    assert "hunter2" not in text
    assert not any(key in text for key in changing.keys.values())


def test_secrets_are_not_logged_whoever_would(lines: io.StringIO) -> None:
    structlog.get_logger().info("x", authorization="Bearer 1", api_key="2", token="3", password="4", fine="5")
    (line,) = _read(lines)
    assert set(line) == {"event", "fine", "level", "timestamp"}


def test_what_changes_things_is_audited(changing: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediamix.jobs.runs.tend", lambda project, queue: None)
    changing.project.audit.unlink(missing_ok=True)
    changing.call("GET", f"{API}/runs")
    job = changing.call("POST", f"{API}/runs", "analyst", json={}).json()["id"]
    changing.call("DELETE", f"{API}/runs/{job}", "analyst")
    changing.call("POST", f"{API}/runs/current/promote", "viewer", json={})
    changing.call("POST", f"{API}/runs/current/promote", json={"force": True})
    found = [json.loads(line) for line in changing.project.audit.read_text().splitlines()]
    assert [(one["who"], one["what"].split()[0], one["outcome"]) for one in found] == [
        ("the analyst", "POST", 202),
        ("the analyst", "DELETE", 200),
        ("the viewer", "POST", 403),
        ("the admin", "POST", 200),
    ]
    assert found[0]["job"] == job
    assert found[3]["before"] == changing.run
    assert all(one["by"].startswith("key:") and one["request"] and one["at"].endswith("Z") for one in found)
    assert changing.project.audit.stat().st_mode & 0o077 == 0


def test_calls_are_counted(promoted: tuple[Path, dict[str, str]]) -> None:
    with serving(*promoted) as one:
        for _ in range(3):
            one.call("GET", f"{API}/runs/current/summary")
        one.client.get("/health")
        one.client.get("/anything/at/all")
        text = one.call("GET", "/metrics", "viewer").text
        route = f'method="GET",route="{API}/runs/{{id}}/summary",status="200"'
        assert f"mediamix_calls_total{{{route}}} 3.0" in text
        assert "mediamix_denied_total 1.0" in text
        assert 'route="(no route)",status="404"} 1.0' in text
        assert "/anything" not in text  # else anybody could fill the memory with names
        assert 'mediamix_jobs{state="queued"}' in text


def test_a_trace_has_the_name_of_its_route(promoted: tuple[Path, dict[str, str]]) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with serving(*promoted, spans=provider) as one:
        for path in (f"{API}/runs/current", f"{API}/runs/{one.run}/summary", "/health"):
            one.call("GET", path, headers={"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"})
        one.call("POST", f"{API}/runs/current/optimize", json={"budget": -1})
        one.client.get(f"{API}/runs")
    spans = kept.get_finished_spans()
    assert [span.name for span in spans] == [
        f"GET {API}/runs/{{id}}",
        f"GET {API}/runs/{{id}}/summary",
        f"POST {API}/runs/{{id}}/optimize",
        f"GET {API}/runs",
    ]
    assert f"{spans[0].context.trace_id:032x}" == "1" * 32
    told = str([(span.attributes, span.events) for span in spans])
    assert not any(key in told for key in one.keys.values())


def test_traces_need_their_extra(
    promoted: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ExtraError, match="traces"), serving(*promoted, Settings(traces=True)):
        pass
