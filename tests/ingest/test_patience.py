from __future__ import annotations

from datetime import date

import pytest

from mediamix.ingest.patience import Asker, Clock, Patience
from mediamix.ingest.source import (
    Account,
    Days,
    Dropped,
    Reply,
    SourceError,
    Throttled,
    TooMuch,
    Unavailable,
)

ACCOUNT = Account("1", "One", "EUR", "UTC")
WEEK = Days(date(2026, 1, 1), date(2026, 1, 7))


class Waits:
    def __init__(self, patience=Patience(tries=5), chance=0.5):  # noqa: B008  # it is frozen
        self.slept, self.told = [], []
        clock = Clock(sleep=self.slept.append, chance=lambda: chance)
        self.asker = Asker("Pretend", clock, patience, self.told.append)


def failing(*states):
    """Raises these, then answers."""
    left = list(states)

    def call():
        if left:
            raise left.pop(0)
        return "answer"

    return call


def test_it_waits_as_the_platform_says_and_doubles_where_it_does_not():
    waits = Waits()
    states = [Throttled("slow", 17.5), Unavailable("503"), Throttled("slow"), Unavailable("503")]
    assert waits.asker.ask(failing(*states), "rows") == "answer"
    assert waits.slept == [17.5, 4.0, 8.0, 16.0]
    assert waits.told[0] == "Pretend: rows: slow; asked again in 18 s"


@pytest.mark.parametrize(("chance", "first"), [(0.0, 1.0), (0.999, 2.998)])
def test_chance_spreads_the_tries(chance, first):
    waits = Waits(chance=chance)
    waits.asker.ask(failing(Unavailable("503")), "rows")
    assert waits.slept == [pytest.approx(first)]


def test_no_wait_is_longer_than_the_longest():
    waits = Waits(Patience(tries=12, first_s=2, longest_s=60))
    waits.asker.ask(failing(*[Unavailable("503")] * 11), "rows")
    assert max(waits.slept) == 60


def test_it_gives_up_after_its_tries_and_says_what_to_do():
    waits = Waits()
    with pytest.raises(
        SourceError, match=r"Pretend doesn't answer: rows\ngot: .*503, 5 times\nnext: .*try again"
    ):
        waits.asker.ask(failing(*[Unavailable("503")] * 9), "rows")
    assert len(waits.slept) == 4


def test_a_platform_that_wants_an_hour_is_asked_by_the_next_pull():
    with pytest.raises(SourceError, match="takes no more calls for 3600 seconds"):
        Waits().asker.ask(failing(Throttled("daily limit", 3600)), "rows")


class Link:
    """Answers windows of at most `most` days, each day a page; longer ones end as told."""

    def __init__(self, most, state):
        self.most, self.state, self.asked = most, state, []

    def pull(self, account, days):
        self.asked.append(days)
        for number, day in enumerate(days.each):
            if number >= self.most:
                raise self.state
            yield Reply(str(day), [{"date": day}])


@pytest.mark.parametrize("state", [Dropped("broke off"), TooMuch("too many rows")])
def test_what_breaks_off_is_asked_for_by_halves_and_no_page_stays_of_it(state):
    waits, link = Waits(), Link(2, state)
    found = list(waits.asker.pages(link, ACCOUNT, WEEK))
    assert [day for days, _ in found for day in days.each] == WEEK.each
    assert [reply.body for _, replies in found for reply in replies] == [str(day) for day in WEEK.each]
    assert max(len(days) for days, _ in found) == 2
    assert waits.slept == []


def test_a_single_day_that_breaks_off_is_asked_for_again_and_given_up():
    waits = Waits()
    with pytest.raises(SourceError, match="broke off, 5 times"):
        list(waits.asker.pages(Link(0, Dropped("broke off")), ACCOUNT, Days(WEEK.first, WEEK.first)))
    assert len(waits.slept) == 4


def test_throttled_in_the_middle_of_its_pages_the_whole_window_is_asked_for_again():
    waits, link = Waits(), Link(3, Throttled("slow", 5))
    pages = waits.asker.pages(link, ACCOUNT, WEEK)

    def recovers(seconds):
        link.most = 99

    waits.asker._clock = Clock(sleep=recovers)
    assert [len(replies) for _, replies in pages] == [7]
    assert link.asked == [WEEK, WEEK]
