"""One dataset, one Parquet file: readable columns, and the rest as JSON in its metadata.

Columns: ``date, geo, outcome``, then ``spend.<channel>``, ``exposure.<channel>``,
``control.<name>`` and, if known, ``population``; a row per geo and period.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mediamix.core.errors import FolderError
from mediamix.core.files import whole_file
from mediamix.core.types import Channel, Event, Every, Finding, Kind
from mediamix.data.dataset import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

KEY = b"mediamix.dataset"
VERSION = 1


def save_dataset(dataset: Dataset, path: str | Path) -> Path:
    """Write a dataset to one Parquet file, aside first, so that no half file is ever there.

    Raises:
        FolderError: The file can't be written.
    """
    import pyarrow.parquet as pq

    path = Path(path)
    with whole_file(path) as aside:
        pq.write_table(_table(dataset), aside)
    return path


def load_dataset(path: str | Path) -> Dataset:
    """Read a dataset that `save_dataset` wrote; the same to the bit, its `hash` included.

    Raises:
        FolderError: The file is absent, damaged, changed or not one of ours.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(path)
    if not path.is_file():
        raise FolderError(
            f"there is no dataset {path}", expected="a file of `mediamix fit`", next_step="check the path"
        )
    try:
        table = pq.ParquetFile(path).read()
        described: dict[str, Any] = json.loads((table.schema.metadata or {})[KEY])
        if described["version"] != VERSION:
            raise _not_ours(path, f"version {described['version']} of the format, not {VERSION}")
        dataset = _dataset(table, described)
        if dataset.hash != described["hash"]:
            raise _not_ours(path, f"its content has the hash {dataset.hash}, not {described['hash']}")
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise _not_ours(path, f"{type(error).__name__}: {str(error)[:200]}") from error
    return dataset


def _not_ours(path: Path, got: str) -> FolderError:
    return FolderError(
        f"{path} is not a whole dataset of mediamix",
        expected="a Parquet file as `mediamix fit` or save_dataset left it",
        got=got,
        next_step="fit again, or take the file from a backup",
    )


def _table(dataset: Dataset) -> pa.Table:
    import pyarrow as pa

    n_geo, n_time = len(dataset.geos), dataset.n_periods
    columns: dict[str, pa.Array] = {
        "date": pa.array(np.tile(dataset.dates.astype("datetime64[D]"), n_geo)),
        "geo": pa.array(np.repeat(np.array(dataset.geos, dtype=object), n_time), type=pa.string()),
        "outcome": pa.array(dataset.outcome_gt.ravel()),
    }
    for kind, array in (("spend", dataset.spend_gtc), ("exposure", dataset.exposure_gtc)):
        for index, name in enumerate(dataset.channel_names):
            columns[f"{kind}.{name}"] = pa.array(array[:, :, index].ravel())
    for index, name in enumerate(dataset.control_names):
        columns[f"control.{name}"] = pa.array(dataset.controls_gtk[:, :, index].ravel())
    if dataset.population_g is not None:
        columns["population"] = pa.array(np.repeat(dataset.population_g, n_time))
    described = {
        "version": VERSION,
        "hash": dataset.hash,
        "every": str(dataset.every),
        "geos": dataset.geos,
        "channels": [[c.name, str(c.kind), c.exposure] for c in dataset.channels],
        "outcome_name": dataset.outcome_name,
        "unit": dataset.unit,
        "currency": dataset.currency,
        "value_per_unit": dataset.value_per_unit,
        "controls": dataset.control_names,
        "events": [[e.name, str(e.start), str(e.end), e.geo] for e in dataset.events],
        "findings": [finding.to_dict() for finding in dataset.findings],
    }
    return pa.table(columns).replace_schema_metadata({KEY: json.dumps(described).encode()})


def _dataset(table: pa.Table, described: dict[str, Any]) -> Dataset:
    geos = tuple(described["geos"])
    channels = tuple(Channel(name, Kind(kind), exposure) for name, kind, exposure in described["channels"])
    n_geo, n_time = len(geos), table.num_rows // len(geos)

    def block(names: list[str]) -> np.ndarray:
        arrays = [table.column(name).to_numpy().reshape(n_geo, n_time) for name in names]
        return np.stack(arrays, axis=-1) if arrays else np.zeros((n_geo, n_time, 0))

    has_population = "population" in table.column_names
    return Dataset(
        dates=table.column("date").to_numpy()[:n_time].astype("datetime64[D]"),
        every=Every(described["every"]),
        geos=geos,
        channels=channels,
        outcome_name=described["outcome_name"],
        unit=described["unit"],
        currency=described["currency"],
        outcome_gt=block(["outcome"])[:, :, 0].copy(),
        spend_gtc=block([f"spend.{c.name}" for c in channels]),
        exposure_gtc=block([f"exposure.{c.name}" for c in channels]),
        controls_gtk=block([f"control.{name}" for name in described["controls"]]),
        control_names=tuple(described["controls"]),
        events=tuple(
            Event(name, np.datetime64(start), np.datetime64(end), geo)
            for name, start, end, geo in described["events"]
        ),
        population_g=block(["population"])[:, 0, 0].copy() if has_population else None,
        value_per_unit=described["value_per_unit"],
        findings=tuple(Finding(**finding) for finding in described["findings"]),
    )
