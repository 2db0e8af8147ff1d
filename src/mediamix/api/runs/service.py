"""Runs and jobs of a project as one list, and what is done to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamix.api.problems import Refusal, absent, hidden
from mediamix.api.replies import JSON, encoded, matches
from mediamix.api.service import JOB, Service, run_of
from mediamix.core.errors import FolderError, UserError
from mediamix.core.locks import sole_writer
from mediamix.jobs.recording import record_promotion
from mediamix.project.record import Record
from mediamix.project.runs import all_runs, current, promote

if TYPE_CHECKING:
    from mediamix.jobs import Job

#: Jobs that are looked through for those without a run.
_JOBS = 1000


def of_record(
    service: Service, record: Record, promoted: str | None, job: str | None = None
) -> dict[str, Any]:
    """A run as it is shown."""
    return {
        "id": record.id,
        "kind": "run",
        "state": str(record.state),
        "who": record.who,
        "asked": record.asked,
        "started": record.started,
        "ended": record.ended,
        "job": job,
        "run": record.id,
        "promoted": record.id == promoted,
        "verdict": record.verdict,
        "variant": record.variant,
        "message": hidden(record.message, service.project.root),
        "seconds": record.seconds,
        "hashes": record.hashes,
        "attempt": None,
        "result": None,
    }


def of_job(service: Service, job: Job) -> dict[str, Any]:
    """A job as it is shown."""
    run = run_of(job)
    return {
        "id": job.id,
        "kind": job.kind,
        "state": str(job.state),
        "who": job.who,
        "asked": _stamp(job.asked),
        "started": _stamp(job.started),
        "ended": _stamp(job.ended),
        "job": job.id,
        "run": run,
        "promoted": run is not None and run == current(service.project),
        "verdict": None if job.result is None else job.result.get("verdict"),
        "variant": job.payload.get("variant"),
        "message": hidden(job.message, service.project.root),
        "seconds": {},
        "hashes": {},
        "attempt": job.attempt,
        "result": None if job.result is None else dict(job.result),
    }


def listed(service: Service, state: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """All runs, and jobs without one, the newest first; and which run is promoted."""
    promoted = current(service.project)
    jobs = service.queue.list(limit=_JOBS)
    made = {run: job.id for job in jobs if (run := run_of(job)) is not None}
    found = [of_record(service, one, promoted, made.get(one.id)) for one in all_runs(service.project)]
    there = {one["id"] for one in found}
    found += [
        of_job(service, job) for job in jobs if run_of(job) not in there and job.kind in ("run", "train")
    ]
    chosen = [one for one in found if state is None or one["state"] == state]
    return sorted(chosen, key=place, reverse=True), promoted


def place(one: Mapping[str, Any]) -> str:
    """What a run's place in the list is."""
    return f"{one['asked'] or ''}|{one['id']}"


def one(service: Service, id: str) -> dict[str, Any]:
    """A run or a job by its id.

    Raises:
        Refusal: 404.
    """
    if JOB.fullmatch(id):
        return of_job(service, job_named(service, id))
    record = service.record(id)
    return of_record(service, record, current(service.project), job_making(service, record.id))


def job_named(service: Service, id: str) -> Job:
    """A job by its id.

    Raises:
        Refusal: 404.
    """
    try:
        return service.queue.get(id)
    except FolderError as error:
        if error.__cause__ is not None:
            raise
        raise absent(error.what, got=error.got, next_step="GET /api/v1/runs lists them") from None


def job_making(service: Service, run: str) -> str | None:
    """The id of the job that makes a run; None: none that is known."""
    try:
        return next((job.id for job in service.queue.list(limit=_JOBS) if run_of(job) == run), None)
    except UserError:
        return None


async def put(
    service: Service, request: Request, kind: str, payload: Mapping[str, Any], key: str
) -> Response:
    """Queue a job, and have somebody work on it.

    Raises:
        Refusal: 409: the key was used for another request.
        UserError: It can't be queued.
    """
    who = request.state.who

    def ask() -> tuple[Job, bool]:
        named = None if not key else f"api:{who.id}:{kind}:{key}"
        job, new = service.queue.put(kind, payload, who=who.name, key=named)
        if not new and job.payload.get("variant") != payload.get("variant"):
            raise Refusal(
                409,
                "again",
                "this Idempotency-Key was used for another request",
                expected="a new key for a new request",
                next_step="make a new key, e.g. a UUID",
            )
        if new:
            _wake(service)
        return job, new

    job, new = await run_in_threadpool(ask)
    request.state.about = {"job": job.id}
    headers = {"Location": f"/api/v1/runs/{job.id}"} | ({} if new else {"Idempotency-Replayed": "true"})
    return Response(encoded(of_job(service, job)), 202, headers, JSON)


def _wake(service: Service) -> None:
    """Where no worker lives, begin one: a laptop needs to know of none."""
    from mediamix.jobs.runs import tend

    tend(service.project, service.queue)


def cancelled(service: Service, id: str, who: str) -> dict[str, Any]:
    """Stop what waits or works.

    Raises:
        Refusal: 404.
        FolderError: It has ended.
    """
    if not JOB.fullmatch(id):
        record = service.record(id)
        job = job_making(service, record.id)
        if job is None or record.state.ended:
            raise FolderError(
                f"the run {record.id} is {record.state}: what has ended is never changed",
                expected="a run that waits or works",
                got=record.state,
            )
        id = job
    job_named(service, id)
    return of_job(service, service.queue.cancel(id, who))


def promoted(service: Service, id: str, force: bool, given: str) -> dict[str, Any]:
    """Make a run the one that everybody sees; of two who do so at once with a precondition, one does.

    Args:
        service: Whose project.
        id: Of the run.
        force: Although its verdict is failed.
        given: If-Match: the id of the run that is promoted now, in quotes; ``"none"`` where none is; empty:
            whichever is.

    Raises:
        Refusal: 404, or 409: another run was promoted meanwhile.
        UserError: It can't be promoted.
    """
    record = service.record(id)
    with sole_writer(service.project.root / "promotion"):
        before = current(service.project)
        if given and not matches(given, f'"{before or "none"}"'):
            raise Refusal(
                409,
                "precondition",
                "another run was promoted meanwhile",
                expected=f"If-Match: {given[:100]}",
                got=before or "none",
                next_step="look at it, then decide again",
            )
        made = promote(service.project, record.id, force=force)
    record_promotion(service.project, made.id, made.who)
    return of_record(service, made, made.id)


def _stamp(at: Any) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
