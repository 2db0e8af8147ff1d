"""Tables of other tools: every column's role as a person who knows the set says it, and a spec that reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known import KNOWN, Known
from tables import PLATFORMS, assumed, channels, conjura, roles, saved

from mediamix.core.documents import parse_yaml
from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.data.guess.result import Guess
from mediamix.data.guess.whole import guess
from mediamix.data.read import inspect

TODAY = date(2026, 1, 1)


def read_back(found: Guess, folder: Path) -> tuple[Spec, tuple[Finding, ...], Dataset | None]:
    """The tables that a guess writes, read by the spec that it writes."""
    (folder / "data").mkdir(parents=True)
    for table in found.tables:
        target = folder / "data" / table.name
        if table.text is None:
            assert table.source is not None
            target.symlink_to(table.source)
        else:
            target.write_text(table.text, encoding="utf-8", newline="")
    spec = parse_spec(parse_yaml(found.spec, "the spec", SpecError))
    return spec, *inspect(spec, folder, TODAY)


@pytest.mark.parametrize("name", KNOWN)
def test_columns_are_what_their_makers_say(name: str, shared: Path) -> None:
    known = KNOWN[name]
    found = guess(known.paths(shared), known.answers)
    of_channels = {c: "spend" for c, _ in known.channels.values() if c}
    of_channels |= {c: "exposure" for _, c in known.channels.values() if c}
    assert roles(found) == {**known.roles, **of_channels}
    assert channels(found) == known.channels
    assert assumed(found) == known.asked
    assert all(column.why for column in found.columns)


@pytest.mark.parametrize("name", KNOWN)
def test_the_spec_reads_its_tables_without_an_error(name: str, shared: Path, tmp_path: Path) -> None:
    known = KNOWN[name]
    spec, findings, dataset = read_back(guess(known.paths(shared), known.answers), tmp_path)
    assert [f.message for f in findings if f.severity == "error"] == []
    assert dataset is not None
    assert dataset.unit == spec.outcome.unit == known.unit
    assert (len(dataset.geos) > 1) == (spec.geo is not None) == known.panel
    if known.channels:
        assert set(dataset.channel_names) == set(known.channels)


def totals(known: Known, shared: Path) -> dict[str, float]:
    """Sums of all columns by plain pandas."""
    made: dict[str, float] = {}
    for path in known.paths(shared):
        made |= pd.read_csv(path).select_dtypes("number").sum().to_dict()
    return made


@pytest.mark.parametrize("name", [n for n in KNOWN if not KNOWN[n].files[0].startswith("inputs/")])
def test_totals_are_those_of_plain_sums(name: str, shared: Path, tmp_path: Path) -> None:
    """Also of copies: no row is lost on the way."""
    known = KNOWN[name]
    found = guess(known.paths(shared), known.answers)
    _, _, dataset = read_back(found, tmp_path)
    assert dataset is not None
    wanted = totals(known, shared)
    outcome = next(column for column, role in known.roles.items() if role == "outcome")
    np.testing.assert_allclose(np.nansum(dataset.outcome_gt), wanted[outcome], rtol=1e-9)
    for index, channel in enumerate(dataset.channel_names):
        spend, exposure = known.channels[channel]
        np.testing.assert_allclose(dataset.spend_c[index], wanted[spend] if spend else 0.0, err_msg=channel)
        delivered = dataset.exposure_gtc[..., index].sum()
        np.testing.assert_allclose(delivered, wanted[str(exposure or spend)], err_msg=channel)


def test_one_of_a_conversion_is_worth_what_all_of_them_are(shared: Path, tmp_path: Path) -> None:
    path = shared / "meridian/geo_all_channels.csv"
    spec, _, _ = read_back(guess([path]), tmp_path)
    frame = pd.read_csv(path)
    revenue = float((frame["conversions"] * frame["revenue_per_conversion"]).sum())
    assert spec.outcome.value_per_unit == pytest.approx(revenue / frame["conversions"].sum(), rel=1e-5)


def test_conjuras_fifty_columns(tmp_path: Path) -> None:
    found = guess([saved(conjura(), tmp_path / "conjura.csv")])
    wanted = {
        "DATE_DAY": "date",
        "CURRENCY_CODE": "currency",
        "MMM_TIMESERIES_ID": "empty",
        "ORGANISATION_ID": "empty",
        "ORGANISATION_VERTICAL": "empty",
        "ORGANISATION_SUBVERTICAL": "empty",
        "ORGANISATION_MARKETING_SOURCES": "empty",
        "ORGANISATION_PRIMARY_TERRITORY_NAME": "empty",
        "TERRITORY_NAME": "empty",
        "ALL_PURCHASES_ORIGINAL_PRICE": "outcome",  # money of all customers
        "DIRECT_CLICKS": "ignored",  # visits that demand brings
        "BRANDED_SEARCH_CLICKS": "ignored",
        "REFERRAL_CLICKS": "ignored",
        "ALL_OTHER_CLICKS": "ignored",
        "ORGANIC_SEARCH_CLICKS": "exposure",
        "EMAIL_CLICKS": "exposure",
    }
    for kind in ("FIRST", "ALL"):
        for part in ("", "_UNITS", "_GROSS_DISCOUNT", "_ORIGINAL_PRICE"):
            wanted.setdefault(f"{kind}_PURCHASES{part}", "ignored")
    for position, platform in enumerate(PLATFORMS):
        search = "search" in platform or "shopping" in platform
        used, other = ("CLICKS", "IMPRESSIONS") if search else ("IMPRESSIONS", "CLICKS")
        absent = position in (3, 8)
        wanted[f"{platform.upper()}_SPEND"] = "empty" if absent else "spend"
        wanted[f"{platform.upper()}_{used}"] = "empty" if absent else "exposure"
        wanted[f"{platform.upper()}_{other}"] = "empty" if absent else "ignored"
    assert roles(found) == wanted
    assert assumed(found) == {"outcome": "ALL_PURCHASES_ORIGINAL_PRICE"}
    spec, findings, _ = read_back(found, tmp_path / "project")
    assert [f for f in findings if f.severity == "error"] == []
    assert spec.outcome.currency == "GBP"


def test_one_of_conjuras_series_has_to_be_chosen(tmp_path: Path) -> None:
    path = saved(conjura(450, ("a1", "b2")), tmp_path / "conjura.csv")
    found = guess([path])
    assert [question.key for question in found.open] == ["only.MMM_TIMESERIES_ID"]
    assert found.open[0].options == ("a1", "b2")
    assert found.spec == ""
    chosen = guess([path], {"only.MMM_TIMESERIES_ID": "b2"})
    assert chosen.open == ()
    assert any("450 rows whose 'MMM_TIMESERIES_ID' isn't 'b2' are left out" in note for note in chosen.notes)
    _, _, dataset = read_back(chosen, tmp_path / "project")
    assert dataset is not None
    only = conjura(450, ("a1", "b2")).query("MMM_TIMESERIES_ID == 'b2'")
    np.testing.assert_allclose(dataset.outcome_gt.sum(), only["ALL_PURCHASES_ORIGINAL_PRICE"].sum())


def test_a_table_without_an_outcome_asks_for_it(shared: Path) -> None:
    found = guess([shared / "meridian/hypothetical_geo_all_channels.csv"])
    assert [question.key for question in found.open] == ["outcome"]
    assert "no column of hypothetical_geo_all_channels.csv is named as an outcome" in found.open[0].text


def test_a_table_without_media_asks_for_them(shared: Path) -> None:
    found = guess([shared / "incrementality/GeoLift_Test.csv"])
    assert [question.key for question in found.open] == ["role"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("incrementality/tfci_arma_data.csv", r"no column holds dates[\s\S]*y \(118"),
        ("attribution/ChannelAttribution_Data.csv", "no column holds dates"),
        ("robyn/df_curve_reach_freq.csv", "no column holds dates"),
        ("incrementality/tfci_volks_data.csv", "has one column only"),
        (
            "incrementality/mm_outlier_dataset.csv",
            "several rows per date and geo, and nothing tells them apart",
        ),
    ],
)
def test_tables_of_other_things_are_refused(name: str, message: str, shared: Path) -> None:
    with pytest.raises(DataError, match=message):
        guess([shared / name])
