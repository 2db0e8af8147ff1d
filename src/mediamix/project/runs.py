"""The runs of a project: asked for, found again, listed, promoted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mediamix.core.errors import FolderError, VerdictError
from mediamix.core.files import unwritable, write_text
from mediamix.core.locks import sole_writer
from mediamix.core.registry import suggestion
from mediamix.project.folder import ID, Project
from mediamix.project.record import Record, State, job_of

#: The name that stands for the promoted run.
CURRENT = "current"


def moment(now: datetime | None = None) -> str:
    """``2026-11-25T23:01:30Z``."""
    return f"{now or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def all_runs(project: Project) -> list[Record]:
    """Newest first; a run whose folder can't be read is left out."""
    found = []
    try:
        names = sorted((name for name in os.listdir(project.runs) if ID.fullmatch(name)), reverse=True)
    except OSError:
        return []
    for name in names:
        try:
            found.append(read(project, name))
        except FolderError:
            continue
    return found


def read(project: Project, run: str) -> Record:
    """A run as it was recorded last. Whether somebody works on it, the queue of jobs knows.

    Raises:
        FolderError: There is no such run.
    """
    return Record.read(folder_of(project, run))


def folder_of(project: Project, run: str) -> Path:
    """The folder of a run, by its id, the start of one, or ``current``.

    Raises:
        FolderError: There is no such run, or several begin like that.
    """
    if run == CURRENT:
        named = current(project)
        if named is None:
            raise FolderError(
                "no run of this project is promoted",
                expected=f"an id in {project.current}",
                next_step="promote one: mediamix promote ID (mediamix runs lists them)",
            )
        run = named
    known = _ids(project)
    fitting = [name for name in known if name.startswith(run)] if run else []
    if len(fitting) == 1 or run in fitting:
        return project.runs / (run if run in fitting else fitting[0])
    raise FolderError(
        f"there is no run {run!r} in {project.root}" if not fitting else f"several runs begin with {run!r}",
        expected="the id of a run, or as much of its start as names one",
        got=", ".join(fitting) or f"{len(known)} runs",
        next_step=suggestion(run, known) or "mediamix runs lists them",
    )


def ask(
    project: Project, hashes: Mapping[str, str], who: str, variant: str | None = None
) -> tuple[Record, bool]:
    """A run of a job, and whether it is new: one that is done, at work or waiting isn't made again.

    Raises:
        FolderError: The folder can't be written.
    """
    job = job_of(hashes)
    with _alone(project, "asked"):
        for record in all_runs(project):
            if record.job == job and record.state not in (State.FAILED, State.CANCELLED):
                return record, False
        now = datetime.now(UTC)
        named = now
        # The same job may have failed within this minute: its run stays as it is.
        while (folder := project.runs / f"{named:%Y%m%dT%H%MZ}-{job}").exists():
            named += timedelta(minutes=1)
        record = Record(folder.name, State.QUEUED, who, moment(now), dict(hashes), variant=variant)
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise unwritable(folder, error) from error
        record.write(folder)
        return record, True


def current(project: Project) -> str | None:
    """The id of the promoted run; None: there is none."""
    try:
        name = project.current.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return name if ID.fullmatch(name) and (project.runs / name).is_dir() else None


class Overtaken(FolderError):  # noqa: N818  # a state of the world that whoever compared two runs handles
    """Another run was promoted meanwhile."""


#: Whatever run is promoted.
WHICHEVER = "whichever"


def promote(project: Project, run: str, *, force: bool = False, instead_of: str | None = WHICHEVER) -> Record:
    """Make a run the one that everybody sees.

    Args:
        project: Whose.
        run: Its id.
        force: Also one whose verdict is failed.
        instead_of: Only while this run is promoted (None: none is): whoever compared the two.

    Raises:
        FolderError: There is no such run, or it isn't done.
        VerdictError: Its fit's verdict is failed and `force` isn't given.
        Overtaken: Not `instead_of`, but another run is promoted by now.
    """
    record = read(project, run)
    if record.state is not State.DONE:
        raise FolderError(
            f"the run {record.id} is {record.state}: only what is done can be promoted",
            expected="a run that is done",
            got=record.state,
            next_step="wait for it, or choose another (mediamix runs)",
        )
    if record.verdict == "failed" and not force:
        raise VerdictError(
            f"the checks of the run {record.id} failed: nobody should decide by it",
            expected="a run whose verdict is ok or caution",
            got="failed",
            next_step="look at its report for what to mend; --force promotes it nevertheless",
        )
    with _alone(project, "promoted"):
        now = current(project)
        if instead_of not in (WHICHEVER, now):
            raise Overtaken(
                f"another run was promoted meanwhile: {now or 'none is any more'}",
                expected=f"{instead_of or 'none'} to be promoted, as it was when the two were compared",
                got=now or "none",
                next_step="compare again, then promote",
            )
        write_text(project.current, f"{record.id}\n")
    return record


@contextmanager
def _alone(project: Project, what: str) -> Iterator[None]:
    """One at a time: who ask for the same job get the same run, and of two who promote one sees the other."""
    try:
        project.runs.mkdir(parents=True, exist_ok=True)
        with sole_writer(project.runs / what):
            yield
    except OSError as error:
        raise unwritable(project.runs, error) from error


def _ids(project: Project) -> list[str]:
    try:
        return sorted(name for name in os.listdir(project.runs) if ID.fullmatch(name))
    except OSError:
        return []
