"""Processes of this machine: what they are given, and what becomes of a task whose process is killed."""

from __future__ import annotations

import os
import time
from contextlib import closing

import pieces
import pytest

from mediamix.core.errors import SpecError
from mediamix.spread.contract import BrokenError, Ended, Means, Task, engine_called, engines


def tasks(arguments) -> list[Task]:
    return [Task(i, f"task {i}", one) for i, one in enumerate(arguments)]


def ended(work, arguments, **means) -> dict[int, Ended]:
    found = engine_called("local").map(work, tasks(arguments), Means(**{"workers": 2, **means}))
    return {one.task.position: one for one in found}


def test_every_task_ends_once_with_its_value():
    found = ended(pieces.square, range(9))
    assert {i: one.value for i, one in found.items()} == {i: i * i for i in range(9)}
    assert all(one.attempts == 1 and not one.reason and one.seconds >= 0 for one in found.values())


def test_no_task_starts_no_process():
    assert ended(pieces.square, []) == {}


def test_a_killed_process_costs_only_the_task_it_had(tmp_path):
    found = ended(pieces.asked, [(str(tmp_path), i) for i in range(8)])
    assert {i: one.value for i, one in found.items()} == {i: i for i in range(8)}
    assert {i: one.attempts for i, one in found.items()} == {**dict.fromkeys(range(8), 1), 3: 2}
    # Every other task was begun exactly once.
    begun = [int(path.name.partition("-")[0]) for path in tmp_path.iterdir()]
    assert sorted(begun) == [0, 1, 2, 3, 3, 4, 5, 6, 7]


def test_a_task_that_always_kills_its_process_is_given_up_and_the_others_go_on():
    found = ended(pieces.poison, range(5), attempts=2, workers=1)
    assert "its process ended 2 times before it was done (killed by signal 9" in found[2].reason
    assert found[2].attempts == 2
    assert {i: found[i].value for i in (0, 1, 3, 4)} == {0: 0, 1: 1, 3: 3, 4: 4}


def test_an_error_is_a_reason_and_a_bug_has_its_trace():
    found = ended(pieces.fails, range(4), workers=1)
    assert found[1].reason.startswith("there is no such column")
    assert "name it" in found[1].reason
    assert not found[1].trace
    assert found[2].reason == "that is not your fault: ZeroDivisionError: a bug"
    assert "in fails" in found[2].trace
    assert (found[0].value, found[3].value) == (0, 3)


def test_threads_are_bounded_and_processes_live_long():
    found = ended(pieces.threads, range(6), workers=1)
    assert {(one.value["omp"], one.value["cores"]) for one in found.values()} == {("1", "1")}
    assert len({one.value["pid"] for one in found.values()}) == 1
    assert os.environ.get("MEDIAMIX_CORES") is None


def test_what_a_library_prints_is_no_answer():
    assert [one.value for one in ended(pieces.noisy, range(3), workers=1).values()] == [0, 1, 2]


def test_work_that_cannot_be_imported_is_said(monkeypatch):
    gone = type(pieces)("gone")
    gone.work = eval("lambda number: number")
    gone.work.__module__, gone.work.__qualname__ = "gone", "work"
    monkeypatch.setitem(__import__("sys").modules, "gone", gone)
    with pytest.raises(BrokenError, match="No module named 'gone'"):
        ended(gone.work, range(2))


def test_closing_stops_what_is_at_work():
    running = engine_called("local").map(pieces.naps, tasks([0.0, 60.0, 60.0]), Means(workers=2))
    with closing(running) as map_:
        first = next(map_)
        began = time.perf_counter()
    assert time.perf_counter() - began < 30
    with pytest.raises(ProcessLookupError):
        os.kill(first.value, 0)


def test_engines_are_a_registry_and_an_unknown_one_is_named():
    assert set(engines()) == {"local", "ray", "shard"}
    with pytest.raises(SpecError, match="there is no engine called 'lokal'") as error:
        engine_called("lokal")
    assert "did you mean 'local'" in error.value.message
