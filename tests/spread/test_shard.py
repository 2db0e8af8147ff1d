"""One part of n: every task is in exactly one, whoever asks."""

from __future__ import annotations

import pieces
import pytest

from mediamix.core.errors import SpecError
from mediamix.spread.contract import Means, Task, engine_called, mine
from mediamix.spread.engine.shard import COUNT, INDEX, part, shard_of


@pytest.fixture(autouse=True)
def no_cloud(monkeypatch):
    for name in (*INDEX, *COUNT):
        monkeypatch.delenv(name, raising=False)


def test_parts_are_disjoint_and_whole_and_nearly_equal():
    tasks = [Task(i, str(i), i) for i in range(134)]
    parts = [mine(tasks, (i, 20)) for i in range(20)]
    assert sorted(task.position for one in parts for task in one) == list(range(134))
    assert {len(one) for one in parts} == {6, 7}


def test_a_part_stays_when_some_of_it_is_done():
    tasks = [Task(i, str(i), i) for i in range(9)]
    assert [task.position for task in mine(tasks[4:], (1, 3))] == [4, 7]


@pytest.mark.parametrize(("text", "want"), [("0/1", (0, 1)), ("3/20", (3, 20)), (" 3 / 20 ", (3, 20))])
def test_a_shard_is_read(text, want):
    assert shard_of(text) == want


@pytest.mark.parametrize("text", ["3", "20/20", "-1/4", "a/4", "1/0", "1/", "/", "1/2/3", "1.5/3"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(SpecError, match="shard") as error:
        shard_of(text)
    assert "--shard i/n" in error.value.message


@pytest.mark.parametrize("name", INDEX)
def test_clouds_say_which(monkeypatch, name):
    monkeypatch.setenv(name, "5")
    assert shard_of("/20") == (5, 20)
    with pytest.raises(SpecError, match="no shard 5 of 4"):
        shard_of("/4")


@pytest.mark.parametrize(
    ("index", "count"), [(INDEX[0], COUNT[0]), (INDEX[1], COUNT[1]), (INDEX[3], COUNT[2])]
)
def test_some_clouds_say_of_how_many(monkeypatch, index, count):
    monkeypatch.setenv(index, "2")
    monkeypatch.setenv(count, "8")
    assert part(Means()) == (2, 8)


def test_without_a_cloud_it_must_be_said(monkeypatch):
    with pytest.raises(SpecError, match="nothing says which of the 20 shards this is"):
        shard_of("/20")
    monkeypatch.setenv(INDEX[2], "2")
    with pytest.raises(SpecError, match="nothing says which shard this is") as error:
        part(Means())
    assert "JOB_COMPLETION_INDEX=2" in error.value.message


def test_the_engine_does_its_part():
    tasks = [Task(i, str(i), i) for i in range(5)]
    found = engine_called("shard").map(pieces.square, tasks, Means(workers=1, shard=(1, 2)))
    assert {one.task.position: one.value for one in found} == {1: 1, 3: 9}
