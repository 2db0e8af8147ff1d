"""Where a pull lands, as dlt sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mediamix.ingest.dlt_folder import imported
from mediamix.ingest.load import Connects


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


def duckdb_landing(warehouse: Connects, folder: Path) -> Landing:
    """Landing in a DuckDB file, held only while rows are read or written, not while they are fetched.

    Args:
        warehouse: The file.
        folder: Beside it.
    """

    @contextmanager
    def opened() -> Iterator[object]:
        dlt = imported()
        with warehouse.connect(read_only=False) as connection:
            yield dlt.destinations.duckdb(connection)

    return Landing(folder, opened)
