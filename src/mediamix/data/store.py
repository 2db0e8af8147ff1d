"""One dataset, one Parquet file: readable columns, and the rest as JSON in its metadata.

Columns: ``date, geo, outcome``, then ``spend.<channel>``, ``exposure.<channel>``,
``control.<name>`` and, if known, ``population``; a row per geo and period. Periods from before the
window, whose media are carried in, come first, without outcome and controls.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mediamix.core.errors import FolderError
from mediamix.core.files import whole_file
from mediamix.core.types import Channel, Event, Every, Finding, Kind
from mediamix.data.dataset import Dataset, experiment_of, experiment_row
from mediamix.data.periods import TimeAxis, preceding

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

    n_geo, n_before = len(dataset.geos), dataset.n_before
    n_time = n_before + dataset.n_periods
    earlier = preceding(TimeAxis(dataset.dates, dataset.every), n_before).starts

    def rows(array_gt: np.ndarray, before_gt: np.ndarray | None = None) -> pa.Array:
        if before_gt is None:
            before_gt = np.full((n_geo, n_before), np.nan)
        return pa.array(np.concatenate([before_gt, array_gt], axis=1).ravel())

    columns: dict[str, pa.Array] = {
        "date": pa.array(np.tile(np.concatenate([earlier, dataset.dates]).astype("datetime64[D]"), n_geo)),
        "geo": pa.array(np.repeat(np.array(dataset.geos, dtype=object), n_time), type=pa.string()),
        "outcome": rows(dataset.outcome_gt),
    }
    for kind, array, before in (
        ("spend", dataset.spend_gtc, dataset.before_spend_gtc),
        ("exposure", dataset.exposure_gtc, dataset.before_exposure_gtc),
        ("frequency", dataset.frequency_gtc, dataset.before_frequency_gtc),
    ):
        if array is None:
            continue
        for index, name in enumerate(dataset.channel_names):
            own = None if before is None else before[:, :, index]
            columns[f"{kind}.{name}"] = rows(array[:, :, index], own)
    for index, name in enumerate(dataset.control_names):
        columns[f"control.{name}"] = rows(dataset.controls_gtk[:, :, index])
    if dataset.population_g is not None:
        columns["population"] = pa.array(np.repeat(dataset.population_g, n_time))
    described = {
        "version": VERSION,
        "hash": dataset.hash,
        "before": n_before,
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
        "experiments": [experiment_row(one) for one in dataset.experiments],
    }
    return pa.table(columns).replace_schema_metadata({KEY: json.dumps(described).encode()})


def _dataset(table: pa.Table, described: dict[str, Any]) -> Dataset:
    geos = tuple(described["geos"])
    channels = tuple(Channel(name, Kind(kind), exposure) for name, kind, exposure in described["channels"])
    n_geo, n_time = len(geos), table.num_rows // len(geos)

    def block(names: list[str]) -> np.ndarray:
        arrays = [table.column(name).to_numpy().reshape(n_geo, n_time) for name in names]
        return np.stack(arrays, axis=-1) if arrays else np.zeros((n_geo, n_time, 0))

    # Files of before this key have no such rows.
    n_before = int(described.get("before", 0))

    def both(names: list[str]) -> tuple[np.ndarray, np.ndarray | None]:
        whole = block(names)
        return whole[:, n_before:].copy(), whole[:, :n_before].copy() if n_before else None

    spend_gtc, before_spend_gtc = both([f"spend.{c.name}" for c in channels])
    exposure_gtc, before_exposure_gtc = both([f"exposure.{c.name}" for c in channels])
    often = [f"frequency.{c.name}" for c in channels]
    frequency_gtc, before_frequency_gtc = (
        both(often) if set(often) <= set(table.column_names) else (None, None)
    )
    controls_gtk, _ = both([f"control.{name}" for name in described["controls"]])
    has_population = "population" in table.column_names
    return Dataset(
        dates=table.column("date").to_numpy()[n_before:n_time].astype("datetime64[D]"),
        every=Every(described["every"]),
        geos=geos,
        channels=channels,
        outcome_name=described["outcome_name"],
        unit=described["unit"],
        currency=described["currency"],
        outcome_gt=block(["outcome"])[:, n_before:, 0].copy(),
        spend_gtc=spend_gtc,
        exposure_gtc=exposure_gtc,
        controls_gtk=controls_gtk,
        control_names=tuple(described["controls"]),
        events=tuple(
            Event(name, np.datetime64(start), np.datetime64(end), geo)
            for name, start, end, geo in described["events"]
        ),
        population_g=block(["population"])[:, 0, 0].copy() if has_population else None,
        value_per_unit=described["value_per_unit"],
        findings=tuple(Finding(**finding) for finding in described["findings"]),
        before_exposure_gtc=before_exposure_gtc,
        before_spend_gtc=before_spend_gtc,
        frequency_gtc=frequency_gtc,
        before_frequency_gtc=before_frequency_gtc,
        experiments=tuple(map(experiment_of, described.get("experiments", ()))),
    )
