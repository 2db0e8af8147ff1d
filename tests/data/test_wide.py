"""One wide table is the same dataset as the long tables it holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Kind
from mediamix.data.files import read_rows
from mediamix.data.read import read
from mediamix.data.wide import wide_tables

MAPPING = {
    "wide": "t.csv",
    "date": "DATE",
    "outcome": "sales",
    "media": {
        "tv": {"spend": "tv_S"},
        "search": {"spend": "search_S", "exposure": "clicks"},
        "mail": {"exposure": "mails"},
    },
    "controls": ["price"],
    "events": "what",
}
SPEC = parse_spec({"data": MAPPING})


def wide_frame(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"DATE": pd.date_range("2023-01-01", periods=n, freq="7D").strftime("%Y-%m-%d")})
    for column in ("sales", "tv_S", "search_S", "clicks", "mails", "price"):
        frame[column] = rng.gamma(4.0, 100.0, n)
    return frame.assign(what=["na", "", "sale", "None", *["na"] * (n - 4)])


def test_wide_equals_long() -> None:
    frame = wide_frame()
    parts = [
        pd.DataFrame({"date": frame["DATE"], "channel": name, "spend": spend, "exposure": exposure})
        for name, spend, exposure in (
            ("tv", frame["tv_S"], np.nan),
            ("search", frame["search_S"], frame["clicks"]),
            ("mail", np.nan, frame["mails"]),
        )
    ]
    long = read(
        pd.concat(parts),
        frame[["DATE", "sales"]].rename(columns={"DATE": "date"}),
        frame[["DATE", "price"]].rename(columns={"DATE": "date"}),
        pd.DataFrame({"date": ["2023-01-15"], "end_date": ["2023-01-21"], "event": ["sale"]}),
        spec=parse_spec({"outcome": {"column": "sales"}}),
    )
    wide = read(wide=frame, spec=SPEC)
    assert wide.hash == long.hash
    assert [(c.kind, c.exposure) for c in wide.channels] == [
        (Kind.PAID, "spend"),
        (Kind.PAID, "exposure"),
        (Kind.ORGANIC, "exposure"),
    ]


def test_a_column_of_zeros_and_ones_is_an_event_of_its_name() -> None:
    frame = wide_frame().assign(what=[0.0, 1.0] + [0.0] * 58)
    events = read(wide=frame, spec=SPEC).events
    assert [(e.name, str(e.start), str(e.end)) for e in events] == [("what", "2023-01-08", "2023-01-14")]


def test_geos_population_and_their_events() -> None:
    north, south = (wide_frame().assign(where=geo, people=n) for geo, n in (("north", 2e6), ("south", 1e6)))
    north.loc[20, "what"] = "fair"
    data = {**MAPPING, "geo": "where", "population": "people"}
    spec = parse_spec({"data": data, "geo": {}})
    panel = read(wide=pd.concat([north, south]), spec=spec)
    assert panel.geos == ("north", "south")
    assert panel.population_g is not None
    assert panel.population_g.tolist() == [2e6, 1e6]
    assert [(e.name, e.geo) for e in panel.events] == [("sale", None), ("fair", "north")]
    nation = read(wide=pd.concat([north, south]), spec=parse_spec({"data": data}))
    assert nation.geos == ("national",)
    np.testing.assert_allclose(nation.spend_c, panel.spend_c)


BAD_WIDE = {
    "missing columns": (
        {"sales": "sale_", "tv_S": "tv-S"},
        r"2 columns are missing: 'sales' \(did you mean 'sale_'\?\), 'tv_S' \(did you mean 'tv-S'\?\)",
    ),
    "text": ({}, r"wide row 4, column 'tv_S': '12 €' is not a number"),
}


@pytest.mark.parametrize("case", BAD_WIDE)
def test_bad_wide_tables(case: str) -> None:
    renamed, message = BAD_WIDE[case]
    frame = wide_frame().astype({"tv_S": object})
    frame.loc[2, "tv_S"] = "12 €"
    with pytest.raises(DataError, match=message):
        read(wide=frame.rename(columns=renamed), spec=SPEC)


def test_a_wide_table_needs_a_mapping() -> None:
    with pytest.raises(SpecError, match="needs a mapping of its columns"):
        wide_tables(read_rows(wide_frame(), "wide"), Spec())
    with pytest.raises(DataError, match="not both"):
        read(wide_frame(), wide=wide_frame(), spec=SPEC)


def test_two_outcomes_are_one_too_many() -> None:
    spec = parse_spec({"data": MAPPING, "outcome": {"column": "orders"}})
    with pytest.raises(SpecError, match="two outcome columns"):
        read(wide=wide_frame(), spec=spec)
