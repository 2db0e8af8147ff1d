"""Runs and jobs: pages, queued once, followed through a lost connection, cancelled, promoted by one."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_cases import API, Served

from mediamix.jobs import queue_of
from mediamix.jobs.lease import Leases
from mediamix.project.record import Record, State
from mediamix.project.runs import current, folder_of

RUNS = f"{API}/runs"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody works: what is queued stays so."""
    monkeypatch.setattr("mediamix.jobs.runs.tend", lambda project, queue: None)


def more_runs(served: Served, number: int) -> list[str]:
    """Runs that are done, beside the one that is there."""
    made = []
    for day in range(1, number + 1):
        id = f"202601{day:02d}T0000Z-{day:08x}"
        folder = served.project.runs / id
        folder.mkdir()
        record = Record(id, State.DONE, "ann", f"2026-01-{day:02d}T00:00:00Z", {"seed": "1"}, verdict="ok")
        record.write(folder)
        made.append(id)
    return made


def test_pages_hold_every_run_once(changing: Served) -> None:
    more_runs(changing, 7)
    asked: dict[str, Any] = {"limit": 3}
    seen: list[str] = []
    while True:
        found = changing.call("GET", RUNS, "viewer", params=asked).json()
        assert found["current"] == changing.run
        seen += [one["id"] for one in found["items"]]
        if len(seen) == 3:  # what comes meanwhile moves nothing
            changing.call("POST", RUNS, json={})
        if found["next"] is None:
            break
        asked["cursor"] = found["next"]
    assert len(seen) == len(set(seen)) == 8
    assert seen == sorted(seen, reverse=True)
    queued = changing.call("GET", RUNS, params={"state": "queued"}).json()["items"]
    assert [one["kind"] for one in queued] == ["run"]
    assert queued[0]["who"] == "the admin"


def test_a_run_is_queued_once(changing: Served) -> None:
    sent = {"json": {}, "headers": {"Idempotency-Key": "monday-1"}}
    (changing.project.root / "specs").mkdir(exist_ok=True)
    changing.project.spec("other").write_text(changing.project.spec().read_text())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: changing.call("POST", RUNS, "analyst", **sent), range(4)))
    assert {answer.status_code for answer in answers} == {202}
    ids = {answer.json()["id"] for answer in answers}
    assert len(ids) == 1
    (where,) = {answer.headers["location"] for answer in answers}
    assert changing.call("GET", where).json()["state"] == "queued"
    other = changing.call("POST", RUNS, "analyst", json={"variant": "other"}, headers=sent["headers"])
    assert (other.status_code, other.json()["type"]) == (409, "urn:mediamix:problem:again")
    # Another caller's key of the same name is another key.
    assert changing.call("POST", RUNS, "admin", **sent).json()["id"] not in ids
    assert changing.call("POST", RUNS, json={}, headers={"Idempotency-Key": "a b"}).status_code == 422


def test_a_job_is_followed_through_a_lost_connection(changing: Served) -> None:
    id = changing.call("POST", RUNS, json={}).json()["id"]
    leases = Leases(queue_of(changing.project).store)
    held = leases.take()
    while held is not None and held.job.id != id:  # the one of the run that is there
        leases.finish(held, State.DONE)
        held = leases.take()
    assert held is not None
    leases.tell(held, "step", {"step": "Fitting the model"})

    def events(after: str | None) -> list[dict[str, Any]]:
        headers = {} if after is None else {"Last-Event-ID": after}
        answer = changing.call("GET", f"{RUNS}/{id}/events", "viewer", headers=headers)
        assert answer.headers["content-type"].startswith("text/event-stream")
        blocks = [block.splitlines() for block in answer.text.split("\n\n")]
        return [
            dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
            for lines in blocks
            if lines
        ]

    def ends() -> None:
        leases.tell(held, "sampling", {"done": 3, "total": 10})
        leases.tell(held, "step", {"step": "Writing the report"})
        leases.finish(held, State.DONE, result={"run": changing.run, "verdict": "ok"})

    timer = threading.Timer(0.2, ends)
    timer.start()
    found = [one for one in events(None) if "event" in one]
    timer.join()
    numbers = [int(one["id"]) for one in found if "id" in one]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [one["event"] for one in found][-5:] == ["step", "sampling", "step", "state", "end"]
    end = json.loads(found[-1]["data"])
    assert (end["state"], end["run"]) == ("done", changing.run)
    # Connected again after the third: the rest, and nothing twice.
    again = [one for one in events("3") if "event" in one]
    assert [one.get("id") for one in again] == [one.get("id") for one in found[3:]]
    assert changing.call("GET", f"{RUNS}/{id}/events", headers={"Last-Event-ID": "x"}).status_code == 422


def test_what_waits_is_cancelled(changing: Served) -> None:
    id = changing.call("POST", RUNS, json={}).json()["id"]
    stopped = changing.call("DELETE", f"{RUNS}/{id}", "analyst")
    assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
    assert "the analyst" in stopped.json()["message"]
    assert changing.call("DELETE", f"{RUNS}/{id}").status_code == 409
    ended = changing.call("DELETE", f"{RUNS}/current")
    assert (ended.status_code, ended.json()["type"]) == (409, "urn:mediamix:problem:folder")


def test_one_of_two_promotes(changing: Served) -> None:
    one, other = more_runs(changing, 2)
    known = {"If-Match": f'"{changing.run}"'}
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda id: changing.call("POST", f"{RUNS}/{id}/promote", json={}, headers=known), (one, other)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(answer.json()["id"] for answer in answers if answer.status_code == 200)
    assert current(changing.project) == won
    lost = next(answer.json() for answer in answers if answer.status_code == 409)
    assert lost["got"] == won
    assert changing.call("GET", f"{RUNS}/current").json()["id"] == won
    # Without a precondition the last one counts; without a body, too.
    assert changing.call("POST", f"{RUNS}/{one}/promote").json()["promoted"]
    (folder_of(changing.project, "current").parent.parent / "current").unlink()
    assert changing.call("POST", f"{RUNS}/{one}/promote", headers={"If-Match": '"none"'}).status_code == 200


def test_a_run_that_failed_its_checks_is_promoted_by_force_only(changing: Served) -> None:
    (one,) = more_runs(changing, 1)
    folder = changing.project.runs / one
    raw = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**raw, "verdict": "failed"}))
    refused = changing.call("POST", f"{RUNS}/{one}/promote", json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:mediamix:problem:verdict")
    assert changing.call("POST", f"{RUNS}/{one}/promote", json={"force": True}).status_code == 200


def test_a_run_that_is_not_done_says_nothing(changing: Served) -> None:
    (one,) = more_runs(changing, 1)
    folder = changing.project.runs / one
    raw = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**raw, "state": "failed", "message": f"no {folder}/fit"}))
    answer = changing.call("GET", f"{RUNS}/{one}/summary")
    assert (answer.status_code, answer.json()["got"]) == (409, "failed")
    assert changing.call("GET", f"{RUNS}/{one}").json()["message"] == f"no runs/{one}/fit"
