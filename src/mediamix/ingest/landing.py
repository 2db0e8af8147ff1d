"""Where a pull lands, as dlt sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mediamix.core.errors import UserError
from mediamix.ingest.contracts import SCHEMA
from mediamix.ingest.dlt_folder import imported


@dataclass(frozen=True)
class Landing:
    """Where rows land.

    Args:
        folder: A folder beside the warehouse for what dlt writes while it loads.
        destination: Opens the warehouse: a dlt destination that is good inside the block.
        dataset: What dlt calls the landing schema.
    """

    folder: Path
    destination: Callable[[], AbstractContextManager[object]]
    dataset: str = SCHEMA


class Engine(Protocol):
    """What landing asks of a warehouse."""

    @property
    def work_dir(self) -> Path:
        """A folder of its own on this machine."""
        ...

    def connect(self, *, read_only: bool) -> AbstractContextManager[Any]:
        """An open session; where that can't be, a `UserError` says why."""
        ...

    def dlt_destination(self) -> Any:
        """Dlt's destination for it."""
        ...

    @property
    def dlt_dataset(self) -> str:
        """What dlt calls the landing schema."""
        ...

    def explained(self, error: BaseException | str) -> UserError | None:
        """An error of the engine in plain words; None: it isn't the user's."""
        ...


def landing_of(warehouse: Engine) -> Landing:
    """Landing in a warehouse, which is held only while rows are read or written, not while they are fetched.

    Args:
        warehouse: Any engine.
    """

    @contextmanager
    def opened() -> Iterator[object]:
        imported()
        with warehouse.connect(read_only=False):
            pass  # what is in the way is said in plain words
        try:
            yield warehouse.dlt_destination()
        except UserError:
            raise
        except Exception as error:
            known = next((one for one in map(warehouse.explained, causes(error)) if one), None)
            if known is None:
                raise
            raise known from error

    return Landing(warehouse.work_dir, opened, warehouse.dlt_dataset)


def duckdb_landing(path: Path) -> Landing:
    """Landing in a DuckDB file.

    Args:
        path: Of the file; it is made if it isn't there.
    """
    return Landing(
        path.with_name(f".{path.name}.dlt"),
        lambda: nullcontext(imported().destinations.duckdb(str(path.resolve()))),
    )


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
