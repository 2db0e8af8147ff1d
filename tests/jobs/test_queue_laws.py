"""Laws of the queue, whatever happens in which order: one holder, one end, numbered events."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import text

from jobs import with_pretend
from mediamix.core.errors import FolderError
from mediamix.jobs.lease import Held, Leases
from mediamix.jobs.queue import queue_of
from mediamix.project.folder import Project
from mediamix.project.record import State

KEYS = st.sampled_from(["a", "b", "c", None])


class Machine(RuleBasedStateMachine):
    """Two workers, three keys; a model of what each job is beside it."""

    def __init__(self) -> None:
        super().__init__()
        with_pretend.add()
        self.folder = tempfile.TemporaryDirectory()
        self.queue = queue_of(Project(Path(self.folder.name)))
        self.workers = [Leases(self.queue.store), Leases(self.queue.store)]
        self.states: dict[str, State] = {}
        self.keys: dict[str, str] = {}
        self.holder: dict[str, Held] = {}
        self.stale: list[Held] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(key=KEYS)
    def put(self, key: str | None) -> None:
        job, new = self.queue.put("pretend", {"name": "x"}, who="ann", key=key)
        assert new == (key is None or key not in self.keys)
        if new:
            self.states[job.id] = State.QUEUED
        if key is not None:
            assert self.keys.setdefault(key, job.id) == job.id

    @rule(worker=st.integers(0, 1))
    def take(self, worker: int) -> None:
        held = self.workers[worker].take()
        waiting = [id for id, state in self.states.items() if state is State.QUEUED]
        assert (held is None) == (not waiting)
        if held is not None:
            assert held.job.id in waiting
            self.states[held.job.id] = State.RUNNING
            self.holder[held.job.id] = held

    @precondition(lambda self: self.holder)
    @rule(data=st.data(), end=st.sampled_from([State.DONE, State.FAILED]))
    def finish(self, data: st.DataObject, end: State) -> None:
        held = self._one(data)
        assert self.workers[0].finish(held, end, "why")
        self.states[held.job.id] = end

    @precondition(lambda self: self.holder)
    @rule(data=st.data(), died=st.booleans())
    def give_back(self, data: st.DataObject, died: bool) -> None:
        held = self._one(data)
        assert self.workers[1].release(held, "why", died=died)
        self.states[held.job.id] = State.QUEUED

    @precondition(lambda self: self.holder)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        """Its lease ends, and the next one takes it."""
        held = self._one(data)
        with self.queue.store.writing() as connection:
            connection.execute(text("update mediamix_jobs set lease = 1 where id = :id"), {"id": held.job.id})
        waiting = [id for id, state in self.states.items() if state is State.QUEUED]
        taken = []
        while (again := self.workers[1].take()) is not None:
            taken.append(again.job.id)
            self.states[again.job.id] = State.RUNNING
            self.holder[again.job.id] = again
        assert sorted(taken) == sorted([*waiting, held.job.id])

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.states)))
        try:
            self.queue.cancel(id, "eve")
            assert not self.states[id].ended
            self.states[id] = State.CANCELLED
            if id in self.holder:
                self.stale.append(self.holder.pop(id))
        except FolderError:
            assert self.states[id].ended

    @invariant()
    def what_is_not_held_changes_nothing(self) -> None:
        for held in self.stale[-2:]:
            assert not self.workers[0].finish(held, State.DONE)
            assert not self.workers[0].tell(held, "step", {"step": "x"})

    @invariant()
    def jobs_are_as_the_model_says(self) -> None:
        found = self.queue.list()
        assert {job.id: job.state for job in found} == self.states
        for job in found[:1]:
            told = self.queue.events(job.id)
            assert [event.number for event in told] == list(range(1, len(told) + 1))
            ends = [event for event in told if State(event.data["state"]).ended]
            assert len(ends) == (1 if job.state.ended else 0)

    def _one(self, data: st.DataObject) -> Held:
        held = self.holder.pop(data.draw(st.sampled_from(sorted(self.holder))))
        self.stale.append(held)
        return held


TestLaws = Machine.TestCase
TestLaws.settings = settings(max_examples=5, stateful_step_count=12, deadline=None)
