"""Jobs that survive: asked for once, done by whichever worker lives, recorded once.

One queue a project, in ``PROJECT/jobs.sqlite`` or in the PostgreSQL database that the environment variable
MEDIAMIX_JOBS names. Read first: `jobs.queue` (who asks), `jobs.lease` (who works), `jobs.worker` (how).
"""

from mediamix.jobs.job import Event, Job
from mediamix.jobs.queue import Queue, queue_of

__all__ = ["Event", "Job", "Queue", "queue_of"]
