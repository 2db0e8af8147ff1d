"""One attempt at a job: its process is listened to, its lease renewed, its end recorded.

The database may be gone for a while: what the process tells waits here, and the job is still ours if its
token is, once the database answers again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mediamix.core.errors import FolderError, UserError
from mediamix.core.registry import pick
from mediamix.jobs.kind import PACKAGE, Kind
from mediamix.jobs.lease import MOST_ATTEMPTS, Held, Leases
from mediamix.jobs.process import COMMAND, Process
from mediamix.jobs.store import GoneError
from mediamix.project.folder import Project
from mediamix.project.record import State

#: Seconds between two looks whether the job is still ours: a cancelled one is killed that late.
LOOK_S = 0.3
#: Seconds between two events of sampling, and between two tries of a database that is gone.
SAMPLING_S, AGAIN_S = 1.0, 2.0
#: A process that dies by itself so often takes its job with it.
MOST_DEATHS = 3
#: Seconds before a job is begun again, by how often its process died before.
BACK_OFF_S = (2.0, 15.0)
#: Events that wait for a database that is gone.
MOST_WAITING = 10_000


@dataclass
class Attempt:
    """One worker at one job.

    Args:
        project: The job's.
        leases: The worker's side of the queue.
        held: The job.
        stopping: Whether the worker is to end.
        say: Told what happens, a line each.
        command: That begins the process.
        clock: Seconds.
    """

    project: Project
    leases: Leases
    held: Held
    stopping: Callable[[], bool]
    say: Callable[[str], None]
    command: Sequence[str] = COMMAND
    clock: Callable[[], float] = time.monotonic
    _waiting: deque[tuple[str, Mapping[str, Any]]] = field(default_factory=deque)
    _gone: bool = False
    _due: float = 0.0

    def make(self) -> State:
        """Do it to its end, whichever that is, and say how the job stands then; running: another has it."""
        job = self.held.job
        if job.attempt > MOST_ATTEMPTS:
            lost = f"begun {MOST_ATTEMPTS} times, and none of its workers lived to its end"
            return self._end(State.FAILED, lost)
        order = {"project": str(self.project.root.absolute()), "kind": job.kind}
        try:
            process = Process({**order, "payload": dict(job.payload), "who": job.who}, self.command)
        except FolderError as error:
            return self._died(str(error))
        try:
            ended = self._listen(process)
        except BaseException:
            process.kill()
            raise
        if ended is None:
            process.kill()
            return self._left()
        how = process.end()
        if ended["what"] == "done":
            return self._end(State.DONE, result=ended["data"])
        return self._end(State.FAILED, ended["data"]) if ended["what"] == "failed" else self._died(how)

    def _listen(self, process: Process) -> Mapping[str, Any] | None:
        """How it ended, in its own words or in none; None: it is to be killed."""
        looked = renewed = self.clock()
        sampled = 0.0
        while True:
            said, silent = process.next(LOOK_S)
            if silent:
                return {"what": "died"}
            if said is not None:
                if said["what"] in ("done", "failed"):
                    return said
                last = said["data"].get("done") == said["data"].get("total")
                if said["what"] != "sampling" or last or self.clock() - sampled >= SAMPLING_S:
                    sampled = self.clock() if said["what"] == "sampling" else sampled
                    self._waiting.append((said["what"], said["data"]))
            if self.stopping():
                return None
            now = self.clock()
            if now - looked >= LOOK_S and now >= self._due:
                looked = now
                renew = now - renewed >= self.leases.lease_s / 6
                ours = self._try(lambda renew=renew: self._look(renew=renew))  # type: ignore[misc]
                if ours is False:
                    return None
                renewed = now if renew and ours else renewed

    def _look(self, *, renew: bool) -> bool:
        """Say what waits, and whether the job is still ours."""
        if renew:
            self.leases.alive()
            if not self.leases.renew(self.held):
                return False
        while self._waiting:
            what, data = self._waiting[0]
            ours = (
                self.leases.about(self.held, data)
                if what == "about"
                else self.leases.tell(self.held, what, data)
            )
            if not ours:
                return False
            if what == "about":
                job = replace(self.held.job, payload={**self.held.job.payload, **data})
                self.held = replace(self.held, job=job)
            self._waiting.popleft()
        return self.leases.ours(self.held)

    def _try(self, act: Callable[[], bool]) -> bool | None:
        """What it answers; None: the database is gone, and is asked again a little later."""
        try:
            answer = act()
        except GoneError as error:
            if not self._gone:
                self.say(f"{error.what}; its process goes on ({error.got})")
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
            self._gone, self._due = True, self.clock() + AGAIN_S
            return None
        if self._gone:
            self.say("the queue answers again")
        self._gone = False
        return answer

    def _end(self, state: State, message: str = "", result: Mapping[str, Any] | None = None) -> State:
        """Record it; a database that is gone is waited for, as long as the worker lives."""

        def act() -> bool:
            return self._look(renew=False) and self.leases.finish(self.held, state, message, result)

        if self._surely(act) is not True:
            return self._tidied()
        first = message.splitlines()[0] if message else ""
        self.say(f"{self.held.job.id} is {state}" + (f": {first}" if first else ""))
        return state if state is State.DONE else self._tidied()

    def _died(self, how: str) -> State:
        deaths = self.held.deaths + 1
        if deaths >= MOST_DEATHS:
            return self._end(
                State.FAILED, f"its process ended {deaths} times before it was done; the last: {how}"
            )
        delay = BACK_OFF_S[min(deaths, len(BACK_OFF_S)) - 1]
        message = f"its process ended before it was done ({how}); it is begun again in {delay:.0f} s"
        self.say(f"{self.held.job.id}: {message}")

        def act() -> bool:
            return self._look(renew=False) and self.leases.release(self.held, message, delay, died=True)

        return State.QUEUED if self._surely(act) else self._tidied()

    def _left(self) -> State:
        """After the process was killed because the worker ends, or because the job is not ours any more."""
        if self.stopping():
            self._try(lambda: self.leases.release(self.held, "its worker was ended; another one begins it"))
        return self._tidied()

    def _tidied(self) -> State:
        """How the job stands; where it was cancelled or has failed its kind writes so."""
        stands = State.RUNNING

        def act() -> bool:
            nonlocal stands
            job = self.leases.now(self.held)
            stands = State.CANCELLED if job is None else job.state
            if job is not None and job.state in (State.FAILED, State.CANCELLED):
                pick(PACKAGE, Kind, job.kind).stopped(job, self.project)
            return True

        try:
            self._try(act)
        except UserError as error:
            self.say(f"{self.held.job.id}: {error.message}")
        if stands is not State.FAILED:
            self.say(f"{self.held.job.id} is {stands}")
        return stands

    def _surely(self, act: Callable[[], bool]) -> bool | None:
        """Until the database answers, or the worker is to end (None)."""
        while (answer := self._try(act)) is None:
            if self.stopping():
                return None
            time.sleep(min(AGAIN_S, self.leases.lease_s / 6))
        return answer
