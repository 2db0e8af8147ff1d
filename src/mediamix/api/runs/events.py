"""What is told of a job while it works, as server-sent events, through a lost connection to the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from mediamix.api.runs.service import of_job
from mediamix.api.service import Service, run_of
from mediamix.core.errors import UserError

#: Seconds between two looks; milliseconds after which a browser connects again.
LOOK, AGAIN = 0.3, 2000
#: Looks in a row at a database that doesn't answer, after which the client is to connect again; and at a job
#: whose run has ended, which its worker was about to say.
PATIENCE, GRACE = 20, 10


async def told(service: Service, id: str, after: int) -> AsyncIterator[ServerSentEvent]:
    """The events of a job after one that was seen, until it has ended.

    Args:
        service: Whose.
        id: Of the job.
        after: Number of the last event that the client has (Last-Event-ID).
    """
    yield ServerSentEvent(comment="following", retry=AGAIN)
    missed = over = 0
    while missed < PATIENCE:
        try:
            # The state is read first: what was told before it ended is there when it has.
            job = await run_in_threadpool(service.queue.get, id)
            events = await run_in_threadpool(service.queue.events, id, after)
            missed = 0
        except UserError:
            missed += 1
            await asyncio.sleep(LOOK)
            continue
        for event in events:
            after = event.number
            yield ServerSentEvent(
                id=str(event.number), event=event.what, data={"at": event.at.isoformat(), **event.data}
            )
        if events:
            continue
        over += await run_in_threadpool(_is_over, service, run_of(job))
        if job.state.ended or over > GRACE:
            yield ServerSentEvent(event="end", data=of_job(service, job))
            return
        await asyncio.sleep(LOOK)


def _is_over(service: Service, run: str | None) -> bool:
    """Whether a run has ended."""
    try:
        return run is not None and service.record(run).state.ended
    except UserError:
        return False
