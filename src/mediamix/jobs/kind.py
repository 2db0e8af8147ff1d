"""What a kind of job is: one file each in `jobs.kinds`, found by being there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mediamix.project.folder import Project

if TYPE_CHECKING:
    from mediamix.inference.progress import Progress
    from mediamix.jobs.job import Job

PACKAGE = "mediamix.jobs.kinds"


@dataclass(frozen=True)
class Telling:
    """What the work of a job may say while it goes on.

    Args:
        who: Asked for the job.
        step: Another step begins, in words.
        sampling: The sampler is so far.
        about: What is known now of what the job is done to: it goes into the payload, so that an attempt
            after this one is about the same.
    """

    who: str
    step: Callable[[str], None]
    sampling: Callable[[Progress], None]
    about: Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Rule:
    """When jobs of a kind are put by themselves.

    Args:
        name: Of the rule, in its project.
        cron: Minute, hour, day of the month, month, day of the week, by the clock on the wall.
        zone: Whose wall: Europe/Berlin, UTC.
        payload: Of the jobs.
    """

    name: str
    cron: str
    zone: str = "UTC"
    payload: Mapping[str, Any] = field(default_factory=dict)


def _never(project: Project) -> Sequence[Rule]:
    """Only when somebody asks."""
    return ()


def _nothing(job: Job, project: Project) -> None:
    """Nothing has to be tidied."""


@dataclass(frozen=True)
class Kind:
    """A kind of job.

    Args:
        name: As `Queue.put` has it.
        title: What it does, in words.
        run: The work, in a process of its own: from payload, project and `Telling` to the result, plain JSON.
            It may be begun again after it was killed at any moment, so what it records it records once.
        stopped: Tidies, in the worker's process, after a job was cancelled or has failed; the job has its
            state and message. May be called twice.
        rules: When jobs are put by themselves, as the project's files say now; UserError where they can't
            be read.
    """

    name: str
    title: str
    run: Callable[[Mapping[str, Any], Project, Telling], Mapping[str, Any]]
    stopped: Callable[[Job, Project], None] = _nothing
    rules: Callable[[Project], Sequence[Rule]] = _never
