"""What is asked, what is assumed, and what an answer changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tables import INPUTS, assumed, channels, of, roles, saved
from test_guess_known_sets import read_back

from mediamix.core.errors import UserError
from mediamix.data.guess.whole import guess


def test_nothing_is_asked_where_everything_is_said(wide: pd.DataFrame, tmp_path: Path) -> None:
    found = of(wide.rename(columns={"revenue": "revenue_usd"}), tmp_path / "table.csv")
    assert found.questions == ()
    assert "currency: USD" in found.spec


def test_thousands_or_decimals_is_asked_and_never_guessed(tmp_path: Path) -> None:
    paths = [INPUTS / "de_media.csv", INPUTS / "de_outcome.csv"]
    found = guess(paths)
    assert [question.key for question in found.open] == ["decimal"]
    assert "is '87.509' 87.509 (decimal=.) or 87,509 (decimal=,)?" in found.open[0].text
    assert found.spec == ""
    totals = {}
    for decimal in (",", "."):
        spec, findings, dataset = read_back(
            guess(paths, {"decimal": decimal}), tmp_path / f"as{ord(decimal)}"
        )
        assert spec.numbers is not None
        assert dataset is not None
        assert [f for f in findings if f.severity == "error"] == []
        totals[decimal] = dataset.spend_c.sum()
        np.testing.assert_allclose(dataset.outcome_gt.sum(), 227_500_000.56)
    assert totals[","] == pytest.approx(1000 * totals["."])


def test_an_ambiguous_number_in_a_column_that_is_not_used_is_not_asked(
    wide: pd.DataFrame, tmp_path: Path
) -> None:
    found = of(
        wide.assign(y_predicted=[f"{i}.{i % 900 + 100}" for i in range(1, len(wide) + 1)]), tmp_path / "a.csv"
    )
    assert assumed(found) == {"currency": "EUR"}


def test_day_or_month_first_is_asked_where_both_are_regular(wide: pd.DataFrame, tmp_path: Path) -> None:
    # the first of the month in the first of the years, and so on: both readings are one day a year
    dates = [f"0{k}/0{k}/{2000 + k}" for k in range(1, 10)]
    dates[1] = "02/03/2002"
    found = of(wide.iloc[:9].assign(date=dates), tmp_path / "table.csv")
    assert [question.key for question in found.open] == ["day_first"]
    answered = of(wide.iloc[:9].assign(date=dates), tmp_path / "table.csv", day_first="true")
    assert answered.open == ()
    assert "day_first: true" in answered.spec


def test_the_whole_is_explained_and_not_its_part(wide: pd.DataFrame, tmp_path: Path) -> None:
    more = wide.assign(sales_online=wide["revenue"] * 0.4, orders=(wide["revenue"] / 50).round())
    found = of(more, tmp_path / "table.csv")
    question = next(q for q in found.questions if q.key == "outcome")
    assert question.assumed == "revenue"
    assert set(question.options) == {"revenue", "sales_online", "orders"}
    column = next(c for c in found.columns if c.name == "revenue")
    assert column.why == "named 'revenue'; 'sales_online' is a part of it"
    other = of(more, tmp_path / "table.csv", outcome="orders")
    assert "outcome: orders" in other.spec
    assert "unit: count" in other.spec
    assert roles(other)["revenue"] == "ignored"


def test_any_column_can_be_the_outcome(wide: pd.DataFrame, tmp_path: Path) -> None:
    named = wide.rename(columns={"revenue": "thing"})
    assert [question.key for question in of(named, tmp_path / "table.csv").open] == ["outcome"]
    found = of(named, tmp_path / "table.csv", outcome="Thing", unit="revenue")
    assert "outcome: thing" in found.spec
    assert found.open == ()


def test_roles_that_are_said_are_taken(wide: pd.DataFrame, tmp_path: Path) -> None:
    answers = {
        "role__tv_spend": "exposure",
        "channel__tv_spend": "television",
        "role__PRICE_index": "ignored",
    }
    found = of(wide, tmp_path / "table.csv", **answers)
    assert channels(found) == {"television": (None, "tv_spend"), "search": ("search_cost", None)}
    assert roles(found)["price_index"] == "ignored"
    assert {c.why for c in found.columns if c.name == "price_index"} == {"you said so"}


def test_numbered_columns_are_asked_about_once(wide: pd.DataFrame, tmp_path: Path) -> None:
    named = wide.rename(columns={"tv_spend": "x1", "search_cost": "x2", "price_index": "z1"})
    found = of(named, tmp_path / "table.csv")
    asked = [question for question in found.questions if question.key == "media"]
    assert len(asked) == 1
    assert asked[0].text.startswith("are 'x1', 'x2' of table.csv money or delivery? (x1: ")
    assert asked[0].assumed == "spend"  # about 3 % of the outcome, as media cost
    as_exposure = of(named, tmp_path / "table.csv", media="exposure")
    assert channels(as_exposure) == {"x1": (None, "x1"), "x2": (None, "x2")}
    one = of(named, tmp_path / "table.csv", role__x1="control")
    assert roles(one)["x1"] == "control"
    assert roles(one)["x2"] == "spend"


def test_columns_of_unknown_names_are_left_out_and_asked_about(wide: pd.DataFrame, tmp_path: Path) -> None:
    found = of(wide.assign(zorbs=wide["price_index"] * 3, flum=wide["tv_spend"] * 2), tmp_path / "table.csv")
    assert assumed(found) == {"media": "spend", "others": "ignored", "currency": "EUR"}
    assert (roles(found)["zorbs"], roles(found)["flum"]) == ("ignored", "spend")
    assert roles(of(wide.assign(zorbs=wide["price_index"] * 3), tmp_path / "b.csv", others="control"))[
        "zorbs"
    ] == ("control")


def test_a_column_that_tells_rows_apart_may_be_a_place(wide: pd.DataFrame, tmp_path: Path) -> None:
    shops = pd.concat([wide.assign(shop="A"), wide.assign(shop="B")])
    found = of(shops, tmp_path / "table.csv")
    assert assumed(found)["role.shop"] == "geo"
    assert "geo: shop" in found.spec
    only = of(shops, tmp_path / "table.csv", only__shop="B")
    assert "geo" not in only.spec.partition("\n# ")[0]
    assert any("104 rows whose 'shop' isn't 'B' are left out" in note for note in only.notes)


def test_channels_of_two_tables_have_names_of_their_own(wide: pd.DataFrame, tmp_path: Path) -> None:
    paths = [
        saved(wide[["date", "tv_spend"]].rename(columns={"tv_spend": "cost"}), tmp_path / "tv.csv"),
        saved(wide[["date", "search_cost"]].rename(columns={"search_cost": "cost"}), tmp_path / "search.csv"),
        saved(wide[["date", "revenue"]], tmp_path / "sales.csv"),
    ]
    _, findings, dataset = read_back(guess(paths), tmp_path / "project")
    assert [f.message for f in findings if f.severity == "error"] == []
    assert dataset is not None
    assert dataset.channel_names == ("media", "media_2")
    np.testing.assert_allclose(dataset.spend_c, [wide["tv_spend"].sum(), wide["search_cost"].sum()])


def test_two_currencies_are_asked_about(wide: pd.DataFrame, tmp_path: Path) -> None:
    mixed = wide.rename(columns={"tv_spend": "tv_spend_usd", "revenue": "revenue (€)"})
    question = next(q for q in of(mixed, tmp_path / "table.csv").questions if q.key == "currency")
    assert set(question.options) == {"USD", "EUR"}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"outcom": "revenue"}, r"'outcom' is no question; did you mean 'outcome'\?"),
        ({"unit": "euros"}, "unit=euros: one of revenue count"),
        ({"role.tv_spend": "spent"}, r"role\.tv_spend=spent: no role; did you mean 'spend'\?"),
        (
            {"role.tv_spnd": "spend"},
            r"role\.tv_spnd: no table has a column 'tv_spnd'; did you mean 'tv_spend'",
        ),
        ({"outcome": "reveneu"}, r"outcome: no table has a column 'reveneu'; did you mean 'revenue'"),
        ({"value_per_unit": "-3"}, "value_per_unit=-3: a number above zero"),
        ({"only.tv_spend": "nothing"}, "no row whose 'tv_spend' is 'nothing'"),
    ],
)
def test_answers_that_cannot_be_taken(
    answers: dict[str, str], message: str, wide: pd.DataFrame, tmp_path: Path
) -> None:
    path = saved(wide, tmp_path / "table.csv")
    with pytest.raises(UserError, match=message):
        guess([path], answers)


def test_all_wrong_answers_are_said_at_once(wide: pd.DataFrame, tmp_path: Path) -> None:
    path = saved(wide, tmp_path / "table.csv")
    with pytest.raises(UserError, match="these answers") as refused:
        guess([path], {"outcom": "x", "unit": "y", "role.a": "b"})
    assert len(refused.value.details) == 3


def test_an_amount_is_one_however_regular_it_is(wide: pd.DataFrame, tmp_path: Path) -> None:
    n = list(range(len(wide)))
    regular = wide.assign(revenue=[1000 + i for i in n], tv_spend=[i + 1 for i in n], t=n)
    found = roles(of(regular, tmp_path / "table.csv"))
    assert (found["revenue"], found["tv_spend"], found["t"]) == ("outcome", "spend", "ignored")
