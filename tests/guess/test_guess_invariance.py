"""The order of columns and rows doesn't matter, nor in which convention or language a table is labelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from known import KNOWN
from tables import assumed, channels, conjura, of, roles, wide_frame

from mediamix.data.guess.whole import guess

#: What the columns of `market` are called by different makers of tables.
CONVENTIONS = {
    name: columns.split("|")
    for name, columns in {
        "robyn": "DATE|revenue|tv_S|tv_I|search_S|search_clicks_P|competitor_sales_B|events",
        "meridian": "time|revenue|TV_spend|TV_impression|Search_spend|Search_clicks|competitor_control|event",
        "capitals": "DATE_DAY|TOTAL_REVENUE|TV_COST|TV_GRP|SEARCH_COST|SEARCH_CLICKS|COMPETITOR_PRICE|EVENTS",
        "camel": "weekDate|netRevenue|tvSpend|tvImpressions|searchSpend|searchClicks|competitorIndex|event",
        "agency": "Week commencing|Net Sales (€)|TV (€)|TV GRPs|Search (€)|Search clicks|Price Index|Events",
        "german": "Woche|Umsatz|TV-Kosten|TV-Kontakte|Search Ausgaben|Search Klicks|Preisindex|Ereignis",
        "french": "Semaine|Chiffre d'affaires|Dépenses TV|TV vues|Coûts search|Search clics|Prix moyen|Event",
        "spanish": "Fecha|Ventas|Gasto TV|Impresiones TV|Inversión search|Clics search|Precio|Event",
    }.items()
}
ROLES = ["date", "outcome", "spend", "exposure", "spend", "exposure", "control", "event"]


def market() -> pd.DataFrame:
    """Weeks in the columns of `CONVENTIONS`."""
    made, rng = wide_frame(), np.random.default_rng(2)
    tv, search = made["tv_spend"], made["search_cost"]
    words = ["na"] * len(made)
    words[20] = words[72] = "launch"
    columns = [made["date"], made["revenue"], tv, (tv * 37).round(), search, (search * 0.8).round()]
    columns += [pd.Series(rng.normal(100, 4, len(made)).round(2)), pd.Series(words)]
    return pd.DataFrame(dict(enumerate(columns)))


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_same_columns_in_another_convention_are_the_same(name: str, tmp_path: Path) -> None:
    frame = market().set_axis(CONVENTIONS[name], axis=1)
    found = of(frame, tmp_path / "table.csv")
    assert roles(found) == dict(zip(CONVENTIONS[name], ROLES, strict=True))
    pairs = [CONVENTIONS[name][2:4], CONVENTIONS[name][4:6]]
    assert channels(found) == {"tv": tuple(pairs[0]), "search": tuple(pairs[1])}


@pytest.mark.parametrize("name", [name for name in KNOWN if len(KNOWN[name].files) == 1])
def test_the_order_of_columns_and_rows_does_not_matter(name: str, shared: Path, tmp_path: Path) -> None:
    known = KNOWN[name]
    path = known.paths(shared)[0]
    if path.suffix != ".csv":
        pytest.skip("its title stands above one of its columns")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.columns = ["" if column.startswith("Unnamed") else column for column in frame.columns]
    rng = np.random.default_rng(5)
    before = guess([path])
    for _ in range(3):
        shuffled = frame.iloc[rng.permutation(len(frame)), rng.permutation(frame.shape[1])]
        after = of(shuffled, tmp_path / path.name)
        named = {c: r for c, r in roles(after).items() if not c.startswith("(column ")}
        assert named == {c: r for c, r in roles(before).items() if not c.startswith("(column ")}
        assert channels(after) == channels(before)
        assert assumed(after) == assumed(before)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_order_of_fifty_columns_does_not_matter(seed: int, tmp_path: Path) -> None:
    frame = conjura(60)
    order = np.random.default_rng(seed).permutation(frame.shape[1])
    after, before = of(frame.iloc[:, order], tmp_path / "a.csv"), of(frame, tmp_path / "b.csv")
    assert roles(after) == roles(before)
    assert channels(after) == channels(before)


def test_another_unit_of_money_and_other_names_of_channels_do_not_matter(tmp_path: Path) -> None:
    frame = market().set_axis(CONVENTIONS["robyn"], axis=1)
    thousands = frame.assign(**{c: frame[c] / 1000 for c in ("revenue", "tv_S", "search_S")})
    renamed = {c: c.replace("tv", "Kanal Plus").replace("search", "Mag") for c in frame.columns}
    found = of(thousands.rename(columns=renamed), tmp_path / "table.csv")
    assert list(roles(found).values()) == ROLES
    assert set(channels(found)) == {"kanal_plus", "mag"}
