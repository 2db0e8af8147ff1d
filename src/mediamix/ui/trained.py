"""What the page Trainings shows: what ran by itself, what waits, and when it runs next. It only reads."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from mediamix.core.errors import FolderError, UserError
from mediamix.core.text import visible
from mediamix.jobs.job import Job
from mediamix.jobs.kinds import train
from mediamix.jobs.lease import workers_alive
from mediamix.jobs.queue import Queue, queue_of
from mediamix.jobs.schedules import upcoming
from mediamix.jobs.store import DATABASE
from mediamix.project.record import State
from mediamix.project.runs import current
from mediamix.reporting.blocks import Column, Table
from mediamix.training import said
from mediamix.training.record import FAILED, Training, broken_off, names, read, waiting
from mediamix.ui.draw import draw
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.words import plain

#: Trainings that the page lists: a year of weeks.
MOST = 52
_SEEN = "trainings seen"


@st.fragment(run_every="1s")
def watch() -> None:
    """The page is drawn again when a training goes on, or a job begins or ends."""
    seen = (_marks(), [(job.id, job.state, job.attempt) for job in _quietly()])
    if seen != st.session_state.setdefault(_SEEN, seen):
        st.session_state[_SEEN] = seen
        st.rerun()


def _marks() -> list[tuple[str, int]]:
    """Records, and when each was written."""
    try:
        with os.scandir(project().trainings) as found:
            return sorted((one.name, one.stat().st_mtime_ns) for one in found if one.name.endswith(".json"))
    except OSError:
        return []


def recorded() -> tuple[list[Training], list[str]]:
    """Trainings, the newest first, and why others can't be read."""
    found: list[Training] = []
    lost: list[str] = []
    for name in names(project())[:MOST]:
        try:
            found.append(read(project(), name))
        except FolderError as error:
            lost.append(f"{name}: {error.got}")
    return found, lost


def begin() -> None:
    """How a first training is had."""
    st.info("There are no trainings yet. Two ways to begin:", icon=":material/info:")
    st.markdown(
        "- `mediamix train` in the project's folder fetches its platforms, builds, checks, fits, compares "
        "the new run with the promoted one, and promotes it or says why it waits.\n"
        "- `schedule: {}` in the spec (page Fit) does so every Sunday, while `mediamix worker` runs; without "
        "a worker, cron calls `mediamix train`."
    )


def say_what_waits() -> None:
    """The run that waits for somebody, why, and what to do."""
    made = waiting(project(), current(project()))
    if made is None or made.run is None:
        return
    reasons = "\n".join(f"- {plain(reason)}" for reason in made.reasons)
    todo = said.next_step(made) or ""
    st.warning(
        f"**{plain(made.run)} waits for somebody to promote it**\n\n{reasons}\n\n"
        f"Next: {_commands(todo)}; the page Fit promotes it, too.",
        icon=":material/pending_actions:",
    )
    _to_report(made, "Open its report")


def _commands(text: str) -> str:
    """Text of ours with commands between backticks."""
    return "`".join(part if k % 2 else plain(part) for k, part in enumerate(text.split("`")))


def _to_report(made: Training, label: str) -> None:
    if made.run is not None and made.decision is not None:
        st.page_link(
            "views/report.py", label=label, icon=":material/description:", query_params={"run": made.run}
        )


def say_when() -> None:
    """When the next training begins by itself, and who begins it."""
    try:
        next_one = upcoming(project(), train.NAME, datetime.now(UTC))
    except UserError as error:
        tell(error)
        return
    if next_one is None:
        st.caption(
            "The spec has no `schedule:`: nothing begins by itself, unless cron calls `mediamix train`."
        )
        return
    rule, at = next_one
    if at is None:
        st.caption(f"The schedule `{rule.cron}` never comes.")
        return
    wall = "" if rule.zone == "UTC" else f" ({at.astimezone(ZoneInfo(rule.zone)):%H:%M} in {rule.zone})"
    st.markdown(f"Next: **{plain(f'{at:%A}, {said.minute(at)}{wall}')}**, by `schedule: {rule.cron}`.")
    try:
        if workers_of_schedules() == 0:
            st.warning(
                "No worker is at hand to keep the schedule: `mediamix worker` does, for good.",
                icon=":material/warning:",
            )
    except UserError as error:
        tell(error)


def workers_of_schedules() -> int:
    """Workers that stay."""
    queue = _queue()
    return 0 if queue is None else workers_alive(queue.store, stays=True)


def _queue() -> Queue | None:
    """The project's queue; None: nobody has put a job yet. A page that reads makes none."""
    here = project()
    return queue_of(here) if os.environ.get(DATABASE, "").strip() or here.jobs.exists() else None


def at_hand() -> list[Job]:
    """Jobs that wait or work, the newest first.

    Raises:
        FolderError: The queue doesn't answer.
    """
    queue = _queue()
    return [] if queue is None else [*queue.list(state=State.RUNNING), *queue.list(state=State.QUEUED)]


def _quietly() -> list[Job]:
    try:
        return at_hand()
    except UserError:  # the page says it
        return []


def list_jobs() -> None:
    """A row per job that waits or works."""
    try:
        found = at_hand()
    except UserError as error:
        tell(error)
        return
    if not found:
        st.caption("No job waits or works.")
        return
    rows = [
        {
            "Job": job.id,
            "Kind": job.kind,
            "State": str(job.state),
            "Attempt": str(job.attempt or "–"),
            "Asked for": said.minute(job.asked),
            "By": visible(job.who),
        }
        for job in found
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Jobs that wait or work")


def listed(found: list[Training]) -> pd.DataFrame:
    """A row per training, as `mediamix trainings` has them."""
    rows = [said.row(made, gone=broken_off(project(), made)) for made in found]
    names = [header.capitalize() for header in said.HEADERS]
    return pd.DataFrame([[visible(cell) for cell in row] for row in rows], columns=names)


def show(made: Training) -> None:
    """Its steps, its rules, who was told of what, and what to do next."""
    gone = broken_off(project(), made)
    times = f"{_time(made.started)} to {_time(made.ended)}" if made.ended else f"since {_time(made.started)}"
    again = f" · attempt {made.attempt}" if made.attempt > 1 else ""
    st.caption(plain(f"{'broken off' if gone else made.state} · {times} · by {made.who}{again}"))
    if gone:
        st.warning(
            "Its process is gone. The next training goes on with it, within twelve hours: `mediamix train`.",
            icon=":material/warning:",
        )
    wrong = list(said.problems(made))
    if wrong:
        st.error("\n\n".join(_lines(line) for line in wrong), icon=":material/error:")
    elif made.state is State.FAILED:
        st.error(_lines(made.message), icon=":material/error:")
    steps = [
        (f"{step.name}: {step.state}", "See above." if step.state == FAILED else step.message or "–")
        for step in made.steps
    ]
    draw([_pairs("Step", "What", steps, "Steps")] if steps else [])
    _to_report(made, "The report of its run")
    rules = list(said.rules(made))
    if rules:
        draw([_pairs("Rule", "What was seen", rules, "What the new run must show")])
    alarms, told = list(said.alarms(made)), [*said.told(made), *said.untold(made)]
    if alarms or told:
        st.markdown("**What was wrong, and who was told**")
        st.markdown("\n".join(f"- {plain(line)}" for line in (*alarms, *told)))


def _lines(text: str) -> str:
    return "\n\n".join(plain(line) for line in text.splitlines() if line.strip())


def _pairs(first: str, second: str, rows: list[tuple[str, str]], title: str) -> Table:
    return Table((Column(first, numeric=False), Column(second, numeric=False)), tuple(rows), title)


def _time(text: str | None) -> str:
    return "–" if text is None else said.minute(datetime.fromisoformat(text))
