"""The panels among the examples: what their specs make of the tables. The tables may be absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.spec import load_spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.data.read import examine, read_spec

PANELS = Path(__file__).resolve().parents[2] / "examples" / "panels"
NAMES = {
    "meridian_panel": (40, 156, 6),
    "pymc_multidimensional": (2, 159, 2),
    "recovery_growing_business": (2, 131, 6),
    "recovery_small_business": (1, 104, 4),
}


def load(name: str) -> tuple[Dataset, pd.DataFrame]:
    spec = load_spec(PANELS / f"{name}.yml")
    table = PANELS / str(spec.data.wide)
    if not table.is_file():
        pytest.skip(f"{spec.data.wide} is not there: the repository ships no data")
    return read_spec(spec, PANELS), pd.read_csv(table)


def test_every_panel_is_tested_and_names_its_licence() -> None:
    paths = sorted(PANELS.glob("*.yml"))
    assert [path.stem for path in paths] == sorted(NAMES)
    readme = (PANELS / "README.md").read_text(encoding="utf-8")
    for path in paths:
        assert load_spec(path).geo is not None
        assert "Apache-2.0" in path.read_text(encoding="utf-8")
        assert path.name in readme


@pytest.mark.parametrize("name", NAMES)
def test_the_panel_passes_the_checks_whole(name: str) -> None:
    data, table = load(name)
    assert (len(data.geos), data.n_periods, len(data.channels)) == NAMES[name]
    column = data.outcome_name
    by_geo = table.groupby("geo", sort=False)[column].sum()
    np.testing.assert_allclose(data.outcome_gt.sum(axis=1), by_geo.loc[list(data.geos)])
    spec = load_spec(PANELS / f"{name}.yml")
    assert isinstance(spec.data.media, dict)
    for c, columns in enumerate(spec.data.media.values()):
        spent = table[columns.spend].sum() if columns.spend else 0.0
        assert data.spend_c[c] == pytest.approx(spent)
        assert data.exposure_gtc[:, :, c].sum() == pytest.approx(
            table[columns.exposure or columns.spend].sum()
        )
    assert data.present_gt.all()
    assert not [f for f in examine(spec, PANELS) if f.severity == "error"]


@pytest.mark.parametrize("name", ["recovery_small_business", "recovery_growing_business"])
def test_no_truth_leaks_into_the_data(name: str) -> None:
    data, table = load(name)
    assert data.control_names == ("c1", "c2")
    assert {"c1_effect", "c2_effect"} <= set(table.columns)


def test_meridian_is_a_count_with_people_and_a_price() -> None:
    data, table = load("meridian_panel")
    assert data.unit == "count"
    assert data.value_per_unit == pytest.approx(table["revenue_per_conversion"].mean(), rel=1e-3)
    assert [c.kind for c in data.channels] == [*[Kind.PAID] * 5, Kind.ORGANIC]
    people = table.drop_duplicates("geo").set_index("geo")["population"]
    np.testing.assert_allclose(data.size_g, people / people.mean())
