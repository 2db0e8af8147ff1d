"""Pull a platform: what is the same for all connectors. The days that are wanted in, landed rows out."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mediamix.ingest.pulled import Pulled, Wanted
from mediamix.ingest.source import Asked, Source


@dataclass(frozen=True)
class Landing:
    """Where rows land.

    Args:
        folder: A folder beside the warehouse for what dlt writes while it loads.
        destination: Opens the warehouse: a dlt destination that is good inside the block. Of DuckDB
            `duckdb_landing` makes it; of a server ``lambda: nullcontext(engine.dlt_destination())``.
    """

    folder: Path
    destination: Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Clock:
    """Time, so that a test needs none.

    Args:
        now: The moment, UTC.
        sleep: Wait for some seconds.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


def pull(
    source: Source,
    asked: Asked,
    landing: Landing,
    wanted: Wanted | None = None,
    *,
    clock: Clock | None = None,
    told: Callable[[str], None] | None = None,
) -> Pulled:
    """Fetch what is missing and what the platform may have changed, and land it.

    Args:
        source: The connector.
        asked: Accounts, options, secrets: see `read_secrets`.
        landing: Where to.
        wanted: Which days; absent: the source's defaults.
        clock: Time.
        told: Takes a line of progress.

    Raises:
        SourceError: The platform refuses; what landed before stays.
        DataError: An account without currency or time zone.
        FolderError: The warehouse can't be written.
        ExtraError: dlt or the platform's client isn't installed.
    """
    raise NotImplementedError
