"""Whatever is sent, the answer is one clear problem: nothing is lost, and nothing of the machine is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from api_cases import API, Served

from mediamix.api import problems
from mediamix.api.problems import MEDIA_TYPE, TITLES
from mediamix.api.settings import MOST_BODY
from mediamix.core.errors import FolderError

ASK = f"{API}/runs/current"
KEYS = {"type", "title", "status", "detail", "expected", "got", "next", "findings", "request"}
JSON = {"Content-Type": "application/json"}


def looked_at(served: Served, answer: Any, status: int, kind: str) -> dict[str, Any]:
    """A problem, held to its form."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == MEDIA_TYPE
    found: dict[str, Any] = answer.json()
    assert set(found) == KEYS
    assert (found["type"], found["status"]) == (f"urn:mediamix:problem:{kind}", status)
    assert found["title"] == TITLES[kind]
    assert found["detail"]
    assert found["request"] == answer.headers["x-request-id"]
    assert str(served.project.root) not in answer.text
    assert "Traceback" not in answer.text
    return found


DEEP = "[" * 100_000 + "]" * 100_000
BODIES = {
    "no JSON": ("{", 400, "body", "not valid JSON"),
    "deep": (f'{{"budget": {DEEP}}}', 400, "body", "nested too deeply"),
    "a little too deep": ('{"bounds": ' + "[" * 50 + "]" * 50 + "}", 400, "body", "nested too deeply"),
    "NaN": ('{"budget": NaN}', 400, "body", "NaN"),
    "infinite": ('{"budget": 1e999}', 400, "body", "1e999"),
    "a key twice": ('{"budget": 1, "budget": 2}', 400, "body", "more than once"),
    "not UTF-8": (b'{"objective": "\xff"}', 400, "body", "UTF-8"),
    "huge": ('{"budget": 1e308}', 422, "form", "budget"),
    "negative": ('{"budget": -1}', 422, "form", "budget"),
    "a whole number of 5,000 digits": ('{"last": ' + "9" * 5000 + "}", 400, "body", ""),
    "unknown keys": ('{"budgett": 1}', 422, "form", "budgett"),
    "of another type": ('["budget"]', 422, "form", ""),
    "nothing": ("", 422, "form", ""),
}


@pytest.mark.parametrize("which", BODIES)
def test_a_body_that_cannot_be_is_refused(served: Served, which: str) -> None:
    body, status, kind, words = BODIES[which]
    found = looked_at(
        served, served.call("POST", f"{ASK}/optimize", content=body, headers=JSON), status, kind
    )
    assert words in json.dumps(found)


def test_a_body_of_another_kind_is_refused(served: Served) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = served.call("POST", f"{ASK}/optimize", content="{}", headers={"Content-Type": kind})
        assert looked_at(served, answer, 415, "media-type")["got"] == kind


def test_a_body_of_a_gigabyte_is_not_read(served: Served) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 1 << 30:
            sent += 1 << 16
            yield b" " * (1 << 16)

    told = served.call(
        "POST", f"{ASK}/optimize", content=b"{}", headers={**JSON, "Content-Length": str(1 << 30)}
    )
    looked_at(served, told, 413, "size")
    looked_at(
        served,
        served.call("POST", f"{ASK}/optimize", content=b" " * (MOST_BODY + 1), headers=JSON),
        413,
        "size",
    )


PATHS = [
    "20200101",
    "job-000000000000",
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "a/../../b",
    "x" * 500,
    "%00",
    "é",
]


@pytest.mark.parametrize("id", PATHS)
def test_an_id_that_is_none_is_refused(served: Served, id: str) -> None:
    for path in (f"{API}/runs/{id}", f"{API}/runs/{id}/summary", f"{API}/datasets/{id}", f"{API}/specs/{id}"):
        answer = served.call("GET", path)
        assert answer.status_code in (404, 422), (path, answer.text)
        looked_at(served, answer, answer.status_code, "absent" if answer.status_code == 404 else "form")


def test_a_run_of_another_project_is_none(served: Served) -> None:
    other = "20200101T0000Z-0123abcd"
    for path in ("", "/summary", "/roi", "/events", "/report.pdf"):
        looked_at(served, served.call("GET", f"{API}/runs/{other}{path}"), 404, "absent")
    looked_at(served, served.call("POST", f"{API}/runs/{other}/optimize", json={}), 404, "absent")
    looked_at(served, served.call("POST", f"{API}/runs/{other}/promote", json={}), 404, "absent")
    looked_at(served, served.call("DELETE", f"{API}/runs/{other}"), 404, "absent")


def test_paths_and_methods_that_are_none(served: Served) -> None:
    looked_at(served, served.call("GET", "/nothing"), 404, "absent")
    answer = served.call("PUT", f"{API}/runs")
    looked_at(served, answer, 405, "method")
    assert "POST" in answer.headers["allow"]
    for query in ("limit=0", "limit=x", "cursor=%21", "state=sleeping"):
        looked_at(served, served.call("GET", f"{API}/runs?{query}"), 422, "form")
    looked_at(served, served.call("GET", f"{API}/runs?cursor=0"), 404, "absent")
    looked_at(served, served.call("POST", f"{API}/runs", json={"variant": "nobody"}), 404, "absent")
    looked_at(served, served.call("POST", f"{API}/checks", json={"variant": "nobody"}), 404, "absent")


def test_our_fault_is_said_without_its_reason(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("the password is hunter2 in /etc/secret/place")

    monkeypatch.setattr("mediamix.api.measures.service.summary", broken)
    monkeypatch.setattr("mediamix.api.measures.endpoints.measured.summary", broken)
    answer = served.call("GET", f"{ASK}/summary")
    looked_at(served, answer, 500, "fault")
    assert "hunter2" not in answer.text


def test_what_does_not_answer_may_be_asked_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise FolderError("the jobs can't be read", got="no database") from OSError("down")

    monkeypatch.setattr("mediamix.jobs.queue.Queue.list", gone)
    monkeypatch.setattr("mediamix.jobs.queue.Queue.put", gone)
    for answer in (served.call("GET", f"{API}/runs"), served.call("POST", f"{API}/runs", json={})):
        looked_at(served, answer, 503, "unreachable")
        assert answer.headers["retry-after"] == "5"
    ready = served.call("GET", "/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["queue"] == "the jobs can't be read"
    assert served.call("GET", "/health").status_code == 200
    assert served.call("GET", "/metrics").status_code == 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("can't read /srv/shop/data/media.csv", "can't read data/media.csv"),
        ("/srv/shop is not a project", "the project is not a project"),
        ("see /home/ann/.ssh/id_rsa, or '/etc/passwd'", "see …, or '…'"),
        ("GET /api/v1/runs lists them; tv/north has 1/2", "GET /api/v1/runs lists them; tv/north has 1/2"),
        ("https://id.example/keys is no safe address", "https://id.example/keys is no safe address"),
    ],
)
def test_paths_of_the_machine_are_hidden(text: str, shown: str) -> None:
    from pathlib import Path

    assert problems.hidden(text, Path("/srv/shop")) == shown


def test_the_document_has_an_example_of_every_route_and_error(served: Served) -> None:
    document = served.call("GET", "/openapi.json").json()
    assert document["security"] == [{"key": []}]
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            where = f"{method} {path}"
            assert {"401", "403", "422", "429", "500", "503"} <= set(one["responses"]), where
            for status, told in one["responses"].items():
                content = told.get("content", {})
                if int(status) >= 400 and path != "/ready":
                    assert content[MEDIA_TYPE]["example"]["status"] == int(status), where
                elif status in ("200", "201", "202") and "events" not in path and "report" not in path:
                    assert "example" in next(iter(content.values())), where
            for kind, content in one.get("requestBody", {}).get("content", {}).items():
                assert "examples" in content or kind == "multipart/form-data", where
    page = served.call("GET", "/docs")
    assert all(path in page.text for path in document["paths"])
    assert "http" not in page.text.split("<nav>")[0].replace("Idempotency", "")
