"""When a schedule fires: by hand on the days that clocks are set, by counting minutes elsewhere; and once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamix.core.errors import SpecError
from mediamix.jobs.cron import last_moment, next_moment
from mediamix.jobs.queue import Queue, queue_of
from mediamix.jobs.schedules import Firing
from mediamix.project.folder import Project
from mediamix.project.record import State


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("cron", "zone", "now", "last"),
    [
        ("0 0 * * 0", "UTC", "2026-11-28 00:10", "2026-11-22 00:00"),
        ("0 0 * * 7", "UTC", "2026-11-29 00:00", "2026-11-29 00:00"),
        ("0 0 * * sun", "UTC", "2026-11-28 23:59", "2026-11-22 00:00"),
        # A Sunday's midnight in Berlin, in winter, and on the nights when clocks are set.
        ("0 0 * * 0", "Europe/Berlin", "2026-03-29 12:00", "2026-03-28 23:00"),
        ("0 0 * * 0", "Europe/Berlin", "2026-10-25 12:00", "2026-10-24 22:00"),
        # 02:30 isn't there on March 29th: it comes at 03:30.
        ("30 2 * * *", "Europe/Berlin", "2026-03-29 01:29", "2026-03-28 01:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29 01:30", "2026-03-29 01:30"),
        # 02:30 is there twice on October 25th: it comes once.
        ("30 2 * * *", "Europe/Berlin", "2026-10-25 00:29", "2026-10-24 00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25 00:30", "2026-10-25 00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25 05:00", "2026-10-25 00:30"),
        # What comes every hour comes every hour.
        ("30 * * * *", "Europe/Berlin", "2026-10-25 01:29", "2026-10-25 00:30"),
        ("30 * * * *", "Europe/Berlin", "2026-10-25 01:45", "2026-10-25 01:30"),
        ("30 * * * *", "Europe/Berlin", "2026-03-29 01:10", "2026-03-29 00:30"),
        ("*/20 */2 * * *", "Europe/Berlin", "2026-10-25 01:45", "2026-10-25 01:40"),
        ("30 2 * * *", "America/New_York", "2026-03-08 07:30", "2026-03-08 07:30"),
        ("30 1 * * *", "America/New_York", "2026-11-01 06:45", "2026-11-01 05:30"),
        # Half an hour is skipped.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 16:00", "2026-10-03 15:45"),
        ("0 9 * * 1", "Asia/Kolkata", "2026-11-28 00:00", "2026-11-23 03:30"),
        ("0 0 29 2 *", "UTC", "2026-11-28 00:00", "2024-02-29 00:00"),
    ],
)
def test_the_last_moment(cron: str, zone: str, now: str, last: str) -> None:
    assert last_moment(cron, zone, at(now)) == at(last)


@pytest.mark.parametrize(
    ("cron", "zone", "now", "next"),
    [
        ("0 0 * * 0", "UTC", "2026-11-28 23:59", "2026-11-29 00:00"),
        ("0 0 * * 0", "UTC", "2026-11-29 00:00", "2026-12-06 00:00"),
        ("0 0 * * 0", "Europe/Berlin", "2026-03-24 12:00", "2026-03-28 23:00"),
        # 02:30 isn't there on March 29th: it comes at 03:30.
        ("30 2 * * *", "Europe/Berlin", "2026-03-29 01:29", "2026-03-29 01:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29 01:30", "2026-03-30 00:30"),
        # 02:30 is there twice on October 25th: it comes once.
        ("30 2 * * *", "Europe/Berlin", "2026-10-25 00:29", "2026-10-25 00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25 00:30", "2026-10-26 01:30"),
        ("30 * * * *", "Europe/Berlin", "2026-10-25 00:30", "2026-10-25 01:30"),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 15:30", "2026-10-03 15:45"),
        ("0 0 29 2 *", "UTC", "2026-11-28 00:00", "2028-02-29 00:00"),
    ],
)
def test_the_next_moment(cron: str, zone: str, now: str, next: str) -> None:
    assert next_moment(cron, zone, at(now)) == at(next)


def test_a_moment_that_never_comes() -> None:
    assert next_moment("0 0 30 2 *", "UTC", at("2026-11-28 00:00")) is None
    assert last_moment("0 0 30 2 *", "UTC", at("2026-11-28 00:00")) is None


@pytest.mark.parametrize(
    "cron", ["", "0 0 * *", "61 0 * * *", "0 0 * * 0 0", "@weekly", "a b c d e", "0 0 * * 8"]
)
def test_what_is_no_expression(cron: str) -> None:
    with pytest.raises(SpecError, match="is no cron expression"):
        last_moment(cron, "UTC", at("2026-11-28 00:00"))


@pytest.mark.parametrize("zone", ["", "Berlin", "../../etc/passwd", "Europe/Berlin\0"])
def test_what_is_no_zone(zone: str) -> None:
    with pytest.raises(SpecError, match="there is no time zone"):
        last_moment("0 0 * * 0", zone, at("2026-11-28 00:00"))


def part(least: int, most: int) -> st.SearchStrategy[str]:
    number = st.integers(least, most).map(str)
    return st.one_of(st.just("*"), number, st.lists(number, min_size=2, max_size=3).map(",".join))


@settings(max_examples=12)
@given(part(0, 59), part(0, 23), part(0, 6), st.integers(0, 10_000_000))
def test_the_last_moment_is_that_found_by_looking_at_every_minute(
    minute: str, hour: str, day: str, minutes: int
) -> None:
    now = at("2020-01-01 00:00") + timedelta(minutes=minutes, seconds=minutes % 60)
    there = now.replace(second=0)
    while not all(
        field == "*" or str(value) in field.split(",")
        for field, value in ((minute, there.minute), (hour, there.hour), (day, there.isoweekday() % 7))
    ):
        there -= timedelta(minutes=1)
    assert last_moment(f"{minute} {hour} * * {day}", "UTC", now) == there


class Clock:
    """The time that both the database and its workers see."""

    def __init__(self, now: str) -> None:
        self.now = at(now)

    def __call__(self) -> datetime:
        return self.now


def workers(project: Project, clock: Clock, said: list[str], number: int = 2) -> list[Firing]:
    store = queue_of(project).store
    ticks = iter(range(0, 10_000_000, 100))
    return [Firing(project, store, said.append, lambda: float(next(ticks)), clock) for _ in range(number)]


def keys(queue: Queue) -> list[str]:
    return [job.key or "" for job in reversed(queue.list())]


def test_a_schedule_fires_once_though_two_workers_look(anywhere: Project, queue: Queue) -> None:
    (anywhere.root / "rule.txt").write_text("0 0 * * 0|Europe/Berlin")
    said: list[str] = []
    clock = Clock("2026-11-25 12:00")
    both = workers(anywhere, clock, said)

    def look() -> None:
        for worker in both:
            worker.look()

    look()
    assert keys(queue) == []  # what is new fires nothing of the past
    clock.now = at("2026-11-28 22:59")
    look()
    assert keys(queue) == []
    clock.now = at("2026-11-28 23:00:20")
    look()
    look()
    assert keys(queue) == ["schedule:weekly:2026-11-28T23:00:00Z"]
    (job,) = queue.list()
    assert (job.kind, job.who, job.payload) == ("pretend", "schedule weekly", {"name": "of the schedule"})
    assert said == [f"schedule weekly: {job.id} for 2026-11-28T23:00:00Z"]
    # A week later it is still to be done: no second one waits behind it.
    clock.now = at("2026-12-05 23:00:05")
    look()
    assert len(keys(queue)) == 1
    assert "is left out" in said[-1]
    queue.cancel(job.id, "ann")
    # Nobody was there for a month: the last one is fired, once, and that is said.
    clock.now = at("2027-01-06 23:00:05")
    both = workers(anywhere, clock, said)
    look()
    assert keys(queue)[1:] == ["schedule:weekly:2027-01-02T23:00:00Z"]
    assert "96.0 h late: no worker was there" in said[-1]
    assert len(said) == 3


def test_a_clock_that_jumps_fires_nothing_twice(place: Project) -> None:
    queue = queue_of(place)
    (place.root / "rule.txt").write_text("0 * * * *")
    said: list[str] = []
    clock = Clock("2026-11-25 12:30")
    (worker,) = workers(place, clock, said, 1)
    for moment in (
        "2026-11-25 12:31",
        "2026-11-25 13:01",
        "2030-01-01 00:10",
        "2026-11-25 13:30",
        "2026-11-25 13:59",
    ):
        clock.now = at(moment)
        worker.look()
        for job in (*queue.list(state=State.QUEUED),):
            queue.cancel(job.id, "ann")
    assert keys(queue) == ["schedule:weekly:2026-11-25T13:00:00Z", "schedule:weekly:2030-01-01T00:00:00Z"]
    assert any("the clock was set back" in line for line in said)
    clock.now = at("2026-11-25 14:00")
    worker.look()
    assert keys(queue)[2:] == ["schedule:weekly:2026-11-25T14:00:00Z"]


def test_a_rule_that_was_changed_or_is_wrong(place: Project) -> None:
    queue = queue_of(place)
    rule = place.root / "rule.txt"
    rule.write_text("0 0 * * 0")
    said: list[str] = []
    clock = Clock("2026-11-28 12:00")
    (worker,) = workers(place, clock, said, 1)
    worker.look()
    rule.write_text("0 9 * * *")
    clock.now = at("2026-11-29 10:00")
    worker.look()  # the old rule's moment has passed, and the new one's as well: neither is fired
    assert keys(queue) == []
    clock.now = at("2026-11-30 09:00")
    worker.look()
    assert keys(queue) == ["schedule:weekly:2026-11-30T09:00:00Z"]
    rule.write_text("0 9 * *")
    worker.look()
    worker.look()
    assert [line for line in said if "is no cron expression" in line] == said[1:]
    assert len(said) == 2
