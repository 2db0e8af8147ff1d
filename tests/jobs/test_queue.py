"""The queue as those see it who ask, on SQLite and (-m engines) on PostgreSQL."""

from __future__ import annotations

import math
import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mediamix.core.errors import FolderError, SpecError
from mediamix.jobs.job import MOST_JSON
from mediamix.jobs.lease import MOST_ATTEMPTS, Leases, workers_alive
from mediamix.jobs.queue import Queue, queue_of
from mediamix.jobs.retention import forget
from mediamix.jobs.store import GoneError
from mediamix.project.folder import Project
from mediamix.project.record import State


def sql(queue: Queue, statement: str) -> None:
    """As another program."""
    from sqlalchemy import text

    with queue.store.writing() as connection:
        connection.execute(text(statement))


def ids(jobs: list[object]) -> list[str]:
    return [job.id for job in jobs]  # type: ignore[attr-defined]


def test_a_job_is_put_found_and_told_of(queue: Queue) -> None:
    job, new = queue.put("pretend", {"name": "a", "list": [1, "é"]}, who="ann\0", key="k")
    assert new
    assert queue.get(job.id) == job
    assert (job.state, job.who, job.payload, job.attempt) == (
        State.QUEUED,
        "ann",
        {"name": "a", "list": [1, "é"]},
        0,
    )
    assert abs(job.asked - datetime.now(UTC)) < timedelta(seconds=5)
    assert job.due == job.asked
    again, new = queue.put("pretend", {"name": "b"}, who="bob", key="k")
    assert (again, new) == (job, False)
    others = [queue.put("pretend", {"name": str(n)}, who="ann")[0].id for n in range(5)]
    assert ids(queue.list()) == [*reversed(others), job.id]
    assert ids(queue.list(limit=2)) == [others[4], others[3]]
    assert ids(queue.list(after=others[3], limit=2)) == [others[2], others[1]]
    assert queue.list(after=job.id) == []
    assert queue.list(kind="run") == []
    assert ids(queue.list(state="queued", kind="pretend", limit=10**9)) == ids(queue.list())
    ended = queue.cancel(others[0], "eve")
    assert (ended.state, ended.message) == (State.CANCELLED, "cancelled by eve")
    assert ids(queue.list(state=State.CANCELLED)) == [others[0]]
    assert [(event.number, event.what) for event in queue.events(others[0])] == [(1, "state"), (2, "state")]
    assert [event.data["state"] for event in queue.events(others[0], after=1)] == ["cancelled"]
    with pytest.raises(FolderError, match="is cancelled already"):
        queue.cancel(others[0], "eve")
    for unknown in ("", "nope", "job-' or 1=1 --", "\0", "x" * 100_000):
        for asked in (queue.get, queue.events, lambda id: queue.cancel(id, "eve"), lambda id: queue.list(id)):
            with pytest.raises(FolderError, match="there is no such job"):
                asked(unknown)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"name": math.nan}, "can't be kept"),
        ({"name": 1e400}, "can't be kept"),
        ({"name": {1, 2}}, "can't be kept"),
        ({"name": "x" * MOST_JSON}, "too long"),
    ],
)
def test_a_payload_that_cannot_be_kept(place: Project, payload: dict[str, object], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        queue_of(place).put("pretend", payload, who="ann")
    assert queue_of(place).list() == []


def test_what_is_no_job_is_refused(place: Project) -> None:
    deep: dict[str, object] = {}
    for _ in range(3_000):
        deep = {"a": deep}
    with pytest.raises(SpecError, match="can't be kept"):
        queue_of(place).put("pretend", deep, who="ann")
    with pytest.raises(SpecError, match="did you mean 'pretend'"):
        queue_of(place).put("pretent", {}, who="ann")
    with pytest.raises(SpecError, match="needs a zone"):
        queue_of(place).put("pretend", {}, who="ann", not_before=datetime(2026, 1, 1))


def test_who_holds_the_token_changes_the_job_and_nobody_else(queue: Queue) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    waits, _ = queue.put("pretend", {"name": "later"}, who="ann", not_before=later)
    first, _ = queue.put("pretend", {"name": "a"}, who="ann")
    second, _ = queue.put("pretend", {"name": "b"}, who="ann")
    dead, living = Leases(queue.store, lease_s=-1.0), Leases(queue.store)
    lost = dead.take()
    assert lost is not None
    assert (lost.job.id, lost.job.attempt, lost.job.state) == (first.id, 1, State.RUNNING)
    held = living.take()
    assert held is not None
    assert (held.job.id, held.job.attempt, held.job.message) == (first.id, 2, "its worker was gone")
    assert held.job.started == lost.job.started
    # What the dead one says from then on changes nothing.
    assert not dead.renew(lost)
    assert not dead.tell(lost, "step", {"step": "x"})
    assert not dead.about(lost, {"x": 1})
    assert not dead.release(lost, "x")
    assert not dead.finish(lost, State.FAILED, "x")
    assert not dead.ours(lost)
    assert living.ours(held)
    assert living.about(held, {"known": 3})
    assert living.tell(held, "step", {"step": "Fitting"})
    assert living.finish(held, State.DONE, result={"y": 2})
    assert not living.finish(held, State.FAILED, "twice")
    ended = queue.get(first.id)
    assert (ended.state, ended.result, ended.payload) == (State.DONE, {"y": 2}, {"name": "a", "known": 3})
    told = queue.events(first.id)
    assert [event.number for event in told] == list(range(1, len(told) + 1))
    assert [event.data.get("state", event.what) for event in told] == [
        *("queued", "running", "running", "about", "step", "done")
    ]
    third = living.take()
    assert third is not None
    assert third.job.id == second.id
    assert queue.cancel(second.id, "eve").state is State.CANCELLED
    assert not living.ours(third)
    assert not living.renew(third)
    assert not living.finish(third, State.DONE)
    assert living.take() is None
    assert not living.idle()
    assert queue.get(waits.id).state is State.QUEUED
    assert queue.get(waits.id).due == later


def test_a_job_given_back_is_begun_again_and_not_for_ever(queue: Queue) -> None:
    queue.put("pretend", {"name": "a"}, who="ann")
    leases = Leases(queue.store)
    held = leases.take()
    assert held is not None
    assert leases.release(held, "ended in good order")
    held = leases.take()
    assert held is not None
    assert (held.job.attempt, held.deaths) == (1, 0)
    assert leases.release(held, "died", 300.0, died=True)
    assert leases.take() is None  # not before it is due
    sql(queue, "update mediamix_jobs set due = 0")
    held = leases.take()
    assert held is not None
    assert (held.job.attempt, held.deaths) == (2, 1)
    for number in range(3, MOST_ATTEMPTS + 2):
        sql(queue, "update mediamix_jobs set lease = 0")
        held = leases.take()
        assert held is not None
        assert held.job.attempt == number
    assert held.job.attempt > MOST_ATTEMPTS


def test_a_clock_that_was_set_back_keeps_no_job_waiting(queue: Queue) -> None:
    """What was set by a clock a day ahead: a lease, a wait, a worker."""
    leases = Leases(queue.store)
    leases.alive()
    assert workers_alive(queue.store) == 1
    queue.put("pretend", {"name": "a"}, who="ann")
    assert leases.take() is not None
    sql(queue, "update mediamix_jobs set lease = lease + 86400")
    sql(queue, "update mediamix_workers set until = until + 86400")
    assert workers_alive(queue.store) == 0
    held = leases.take()
    assert held is not None
    assert leases.release(held, "died", 86400.0, died=True)
    assert leases.take() is not None
    leases.alive()
    leases.gone()
    assert workers_alive(queue.store) == 0


def test_many_take_at_once_and_each_job_goes_to_one(queue: Queue) -> None:
    for number in range(12):
        queue.put("pretend", {"name": str(number)}, who="ann")
    taken: list[str] = []

    def take() -> None:
        leases = Leases(queue.store)
        while (held := leases.take()) is not None:
            taken.append(held.job.id)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(ids(queue.list()))


def test_what_ended_long_ago_is_forgotten(queue: Queue) -> None:
    leases = Leases(queue.store)
    old, recent, waits = [queue.put("pretend", {"name": name}, who="ann")[0].id for name in "abc"]
    for _ in range(2):
        held = leases.take()
        assert held is not None
        assert leases.finish(held, State.DONE)
    day = 86400
    sql(queue, f"update mediamix_jobs set ended = ended - {400 * day} where id = '{old}'")
    sql(queue, f"update mediamix_events set at = at - {40 * day}")
    assert forget(queue.store) == (6, 1)
    assert ids(queue.list()) == [waits, recent]
    assert queue.events(recent) == []
    assert [event.number for event in queue.events(waits)] == [1]  # it hasn't ended: all is kept
    assert forget(queue.store) == (0, 0)


def test_a_process_that_was_forked_has_connections_of_its_own(queue: Queue, anywhere: Project) -> None:
    queue.put("pretend", {"name": "a"}, who="ann")
    child = os.fork()
    if child == 0:
        try:
            queue_of(anywhere).put("pretend", {"name": "b"}, who="bob")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert len(queue.list()) == 2


def test_a_file_that_is_no_queue(place: Project) -> None:
    place.jobs.write_bytes(b"no database at all" * 100)
    with pytest.raises(FolderError, match="can't be read"):
        queue_of(place).list()


def test_a_queue_of_another_version(place: Project) -> None:
    queue_of(place).list()
    with sqlite3.connect(place.jobs) as handle:
        handle.execute("pragma user_version=99")
    handle.close()
    with pytest.raises(SpecError, match="another version of mediamix"):
        queue_of(place).list()


def test_a_queue_that_was_removed_is_made_anew(place: Project) -> None:
    queue = queue_of(place)
    queue.put("pretend", {"name": "a"}, who="ann")
    for path in place.root.glob("jobs.sqlite*"):
        path.unlink()
    assert queue.list() == []


def test_a_folder_that_is_gone(place: Project) -> None:
    queue = queue_of(Project(place.root / "nowhere"))
    with pytest.raises(GoneError, match="doesn't answer"):
        queue.list()


@pytest.mark.parametrize("address", ["postgresql://u:s3cret@127.0.0.1:1/shop", "not an address s3cret"])
def test_a_server_that_is_not_there_and_no_password(
    place: Project, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIAMIX_JOBS", address)
    with pytest.raises((GoneError, SpecError), match="MEDIAMIX_JOBS") as refused:
        queue_of(place).list()
    assert "s3cret" not in str(refused.value) + repr(refused.value.__context__) + repr(
        refused.value.__cause__
    )


@pytest.mark.engines
def test_projects_that_share_a_database_dont_see_each_other(
    server: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIAMIX_JOBS", server.address(server.new_database()))  # type: ignore[attr-defined]
    one, two = (queue_of(Project(tmp_path / name)) for name in ("one", "two"))
    job, _ = one.put("pretend", {"name": "a"}, who="ann", key="k")
    assert two.put("pretend", {"name": "b"}, who="bob", key="k")[1]
    with pytest.raises(FolderError, match="no such job"):
        two.get(job.id)
    held = Leases(two.store).take()
    assert held is not None
    assert held.job.payload == {"name": "b"}
    assert Leases(two.store).take() is None
    # Under one name they are one, wherever the folder is mounted.
    monkeypatch.setenv("MEDIAMIX_JOBS_PROJECT", "shop")
    queue_of(Project(tmp_path / "one")).put("pretend", {"name": "c"}, who="ann")
    assert len(queue_of(Project(tmp_path / "two")).list()) == 1
