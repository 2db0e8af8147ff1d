"""A kind of job for tests: it says that it begins, waits, and records once, as a fit does."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mediamix.core.errors import FolderError
from mediamix.core.locks import sole_writer
from mediamix.inference.progress import Progress
from mediamix.jobs.job import Job
from mediamix.jobs.kind import Kind, Rule, Telling
from mediamix.project.folder import Project

BEGUN, RECORDS, ENDS = "begun.txt", "records", "ends.txt"


def run(payload: Mapping[str, Any], project: Project, telling: Telling) -> Mapping[str, Any]:
    """Begin, wait, record under a name; or do as `payload` says."""
    name = payload["name"]
    with (project.root / BEGUN).open("a") as begun:
        begun.write(f"{name} {os.getpid()}\n")
    telling.step("Waiting")
    telling.sampling(Progress(1, 1, 0, 0.1))
    what = payload.get("what", "")
    if what == "about":
        telling.about({"known": 3})
    elif what == "bug":
        raise ZeroDivisionError("one by zero")
    elif what == "refuse":
        raise FolderError("no such table", next_step="name one")
    elif what == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "fit/posterior.nc")
    elif what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "deaf":
        # Neither it nor what it has begun hears that it should end; both work.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        (project.root / "other.txt").write_text(str(other.pid))
        while True:
            pass
    time.sleep(payload.get("seconds", 0.0))
    (project.root / RECORDS).mkdir(exist_ok=True)
    target = project.root / RECORDS / name
    with sole_writer(target):
        if not target.exists():
            aside = target.with_name(f".{name}.{os.getpid()}.aside")
            aside.write_text(str(os.getpid()))
            os.link(aside, target)  # fails where it is there: a record is never replaced
            aside.unlink()
    return {"name": name, "by": telling.who}


def _stopped(job: Job, project: Project) -> None:
    with (project.root / ENDS).open("a") as ends:
        ends.write(f"{job.payload['name']} {job.state}\n")


def _rules(project: Project) -> Sequence[Rule]:
    rule = project.root / "rule.txt"
    if not rule.exists():
        return ()
    cron, _, zone = Path(rule).read_text().partition("|")
    return [Rule("weekly", cron, zone or "UTC", {"name": "of the schedule"})]


PRETEND = Kind("pretend", "Waits and records", run, _stopped, _rules)
