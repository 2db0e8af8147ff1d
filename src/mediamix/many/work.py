"""The work of one job, wherever it is done: read, fit, write its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.many.job import Job
from mediamix.many.place import Place


@dataclass(frozen=True)
class Order:
    """What travels to the process that fits.

    Args:
        job: What is fitted.
        out: The folder of many fits, absolute.
    """

    job: Job
    out: Path


def fit_job(order: Order) -> None:
    """Fit a job, unless it is done already.

    What it writes has no seconds in it: two runs of one job leave the same bytes.

    Raises:
        UserError: What reading or fitting refuses.
    """
    from mediamix.pipeline import fit_model, save

    job, place = order.job, Place(order.out)
    if place.done(job.folder):
        return
    made = fit_model(job.read(), job.spec, quick=job.how.quick, checks=job.how.checks)
    try:
        save(made.untimed(), place.fit(job.folder))
    except FolderError:
        if not place.done(job.folder):  # somebody else was as fast
            raise
