"""Which of a dataset's controls are mediators."""

from __future__ import annotations

from mediamix.core.names import plain
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset


def columns_of(dataset: Dataset, spec: Spec) -> dict[str, int]:
    """Mediator → position of its column among the dataset's controls; those without a column are left out."""
    places = {plain(name): k for k, name in enumerate(dataset.control_names)}
    columns = {name: plain(one.column or name) for name, one in spec.mediators.items()}
    return {name: places[column] for name, column in columns.items() if column in places}


def known_ahead(dataset: Dataset, spec: Spec) -> Dataset:
    """A fit's data with those controls only that a future must give: mediators are forecast."""
    left_out = set(columns_of(dataset, spec).values())
    return dataset.with_controls([k for k in range(len(dataset.control_names)) if k not in left_out])
