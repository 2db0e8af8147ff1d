"""dlt as this project runs it: a working folder beside the warehouse, nothing sent, nothing read elsewhere.

dlt looks for settings in the environment, in the current folder and at home, keeps its state there, and sends
usage data. Here none of it holds: a pull works the same wherever it is started, and what it leaves lies in
one folder, which may be thrown away.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.core.extras import extras_of

if TYPE_CHECKING:
    from dlt import Pipeline

#: Sections as dlt names them.
_SETTINGS: Mapping[str, Any] = {
    "runtime": {"dlthub_telemetry": False, "log_level": "CRITICAL", "intercept_signals": False},
    # The trace is a pickle, and holds what was configured.
    "enable_runtime_trace": False,
    # What is where is asked of the landing tables themselves.
    "restore_from_destination": False,
    "progress": None,
    "normalize": {"workers": 1},
    # One job after the other: DuckDB has one writer, and the order is the one of the code.
    # No second copy of the last rows is left in the warehouse.
    "load": {
        "workers": 1,
        "raise_on_max_retries": 3,
        "delete_completed_jobs": True,
        "truncate_staging_dataset": True,
    },
}


@extras_of("pulling a platform")
def imported() -> Any:
    """dlt, silent.

    Raises:
        ExtraError: It isn't installed.
    """
    # Before the first import, which starts what sends usage data.
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    import dlt

    return dlt


@contextmanager
def pipeline(folder: Path, destination: object, dataset: str, name: str) -> Iterator[Pipeline]:
    """A fresh pipeline into the landing schema; whatever an earlier one has left in the folder is gone.

    A load that was killed isn't gone on with: its rows are fetched again, since their days haven't landed. So
    no package of an earlier load can stand in the way of a later one.

    Args:
        folder: For what dlt writes; emptied before and after. Its owner holds its lock.
        destination: dlt's, open.
        dataset: What it calls the landing schema.
        name: Of the source: two sources never share a staging table.

    Raises:
        ExtraError: dlt isn't installed.
    """
    dlt = imported()
    from dlt.common.configuration.providers import CustomLoaderDocProvider
    from dlt.common.configuration.providers.provider import ConfigProvider
    from dlt.common.runtime.run_context import RunContext, switched_run_context

    class Context(RunContext):  # type: ignore[misc]  # dlt is untyped here
        """Settings from here alone."""

        def initial_providers(self) -> list[ConfigProvider]:
            staging = {"staging_dataset_name_layout": f"%s_incoming_{name}"}
            return [CustomLoaderDocProvider("mediamix", lambda: {**_SETTINGS, "destination": staging})]

    _empty(folder)
    context = Context(str(folder))
    context._global_dir = str(folder)
    with warnings.catch_warnings(), switched_run_context(context):
        warnings.simplefilter("ignore")  # dlt's advice on settings of its own
        try:
            yield dlt.pipeline(
                pipeline_name=f"mediamix_{name}",
                pipelines_dir=str(folder),
                destination=destination,
                dataset_name=dataset,
            )
        finally:
            _empty(folder)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
