"""The chart grammar: measured numbers stand in the specs, one colour a channel, units on the axes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import vl_convert
from figure_cases import axis_titles, column, domain, layers, line_at, rows_of, strings

from mediamix.core.types import Every
from mediamix.reporting.bins import bins
from mediamix.reporting.blocks import Cell, Figure, Kpis, Table, figures_of
from mediamix.reporting.figures import Pair, Row, forest, pairs
from mediamix.reporting.figures.dates import iso, time_axis
from mediamix.reporting.figures.theme import NARROW, PANEL, WIDE, sized
from mediamix.reporting.material import Material
from mediamix.reporting.palette import BAD, GOOD, INK, MUTED, PAPER, dark, in_dark
from mediamix.reporting.section import build_sections


def figures(material: Material) -> dict[str, list[Figure]]:
    """Section → its figures."""
    return {built.section.name: figures_of(built.blocks) for built in build_sections(material)}


def every(material: Material) -> list[Figure]:
    return [figure for found in figures(material).values() for figure in found]


def digits(values: Any) -> list[float | None]:
    """Five significant digits, by another way than the grammar's."""
    return [None if v is None else float(np.format_float_scientific(v, 4)) for v in values]


def drawn(spec: Any, width: float, capfd: pytest.CaptureFixture[str]) -> str:
    picture = str(vl_convert.vegalite_to_svg(sized(spec, width), show_warnings=True, allowed_base_urls=[]))
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    return picture


def test_every_figure_is_drawn_without_a_warning(
    material: Material, capfd: pytest.CaptureFixture[str]
) -> None:
    for figure in every(material):
        for width in (WIDE, NARROW, PANEL):
            picture = drawn(figure.spec, width, capfd)
            assert not set(re.findall(r"undefined|NaN|Infinity|null", picture)), figure.title
            size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
            assert size is not None
            assert 0.8 * width < float(size[1]) < 1.25 * width


def test_a_spec_is_plain_json_and_names_no_address_but_its_schema(material: Material) -> None:
    for figure in every(material):
        spec = json.loads(json.dumps(figure.spec, allow_nan=False))
        assert spec.pop("$schema").startswith("https://vega.github.io/schema/vega-lite/")
        assert not [text for text in strings(spec) if "://" in text]


def test_returns_are_the_measured_ones(material: Material) -> None:
    (figure,) = figures(material)["returns"]
    measured = {m.name: m for m in material.summary.channels}
    for row in rows_of(figure):
        m = measured[row["name"]]
        assert m.roi is not None
        assert m.mroi is not None
        wanted = digits([m.roi.mean, m.roi.p5, m.roi.p95, m.mroi.mean])
        assert [row["at"], row["low"], row["high"], row["second"]] == wanted
    assert line_at(figure) == 1.0


def test_spend_is_the_plans(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    assert plan.current is not None
    (figure,) = figures(material)["budget"]
    shown: dict[str, dict[str, float]] = {"first": {}, "second": {}}
    for bar in rows_of(figure, "bars"):
        shown[bar["which"]][bar["name"]] = bar["value"]
    for which, wanted in (("first", plan.current.allocation), ("second", plan.allocation)):
        assert list(shown[which].values()) == digits(wanted[name] for name in shown[which])


def test_shares_are_of_all_paid_media(material: Material) -> None:
    (figure,) = figures(material)["shares"]
    shown = {(bar["name"], bar["which"]): bar["value"] for bar in rows_of(figure, "bars")}
    spend = {m.name: m.spend for m in material.summary.channels if m.spend > 0}
    total = sum(spend.values())
    assert sum(v for (_, which), v in shown.items() if which == "first") == pytest.approx(1, abs=1e-3)
    assert sum(v for (_, which), v in shown.items() if which == "second") == pytest.approx(1, abs=1e-3)
    for name, money in spend.items():
        assert shown[name, "first"] == pytest.approx(money / total, rel=1e-4)
    # The contributions' own means, by another road: the mean of a share is near the share of means.
    brought = {m.name: m.contribution.mean for m in material.summary.channels}
    for name in spend:
        near = brought[name] / sum(brought[n] for n in spend)
        assert shown[name, "second"] == pytest.approx(near, abs=0.03)


def test_curves_are_the_measured_ones(material: Material) -> None:
    for figure in figures(material)["response"]:
        curve = material.curves[material.curves["channel"] == figure.title]
        for field, measured in (("x", "spend"), ("mean", "mean"), ("low", "p5"), ("high", "p95")):
            assert column(figure, field, "curve") == digits(curve[measured])
        today = rows_of(figure, "stops")[0]
        at = curve[np.isclose(curve["multiplier"], 1.0)].iloc[0]
        assert (today["x"], today["y"]) == pytest.approx((at["spend"], at["mean"]), rel=1e-3)


def test_the_band_is_the_predictive_one(material: Material) -> None:
    (figure,) = figures(material)["explained"]
    low, high = np.quantile(material.outcome.predictive_dt, (0.05, 0.95), axis=0)
    assert column(figure, "low", "periods") == digits(low)
    assert column(figure, "high", "periods") == digits(high)
    assert column(figure, "mean", "periods") == digits(material.outcome.mean_t)


def test_a_channel_has_one_colour_in_all_of_the_report(material: Material) -> None:
    colours = material.colours
    seen: dict[str, set[str]] = {name: set() for name in colours}

    def see(name: str, colour: str | None) -> None:
        if name in seen and colour is not None:
            seen[name].add(colour)

    for built in build_sections(material):
        for block in built.blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    for cell in row:
                        if isinstance(cell, Cell):
                            see(cell.text, cell.colour)
            if isinstance(block, Kpis):
                for tile in block.tiles:
                    see(tile.label, tile.colour)
        for figure in figures_of(built.blocks):
            for entry in figure.legend:
                see(entry.label, entry.colour)
            for rows in figure.spec["datasets"].values():
                for row in rows:
                    see(row.get("name", ""), row.get("colour"))
            for area in layers(figure, "area"):
                fill = area["encoding"]["fill"]
                if "scale" in fill:
                    parts = {row["part"]: row["name"] for row in rows_of(figure, "values")}
                    for part, colour in zip(fill["scale"]["domain"], fill["scale"]["range"], strict=True):
                        see(parts[part], colour)
            if figure.title in seen:  # a panel of its own
                (band, *_) = layers(figure, "area") or [{"encoding": {"fill": {"value": None}}}]
                see(figure.title, band["encoding"]["fill"].get("value"))
    assert seen == {name: {colour} for name, colour in colours.items()}


def test_axes_carry_their_units(material: Material) -> None:
    found = figures(material)
    assert axis_titles(found["budget"][0]) == ["spend, EUR"]
    assert axis_titles(found["returns"][0]) == ["return per unit of spend"]
    assert axis_titles(found["decomposition"][0]) == ["revenue, EUR per week"]
    assert axis_titles(found["explained"][0]) == ["revenue, EUR per week"]
    assert set(axis_titles(found["response"][0])) == {"spend, EUR", "revenue, EUR"}
    assert axis_titles(found["carryover"][0]) == ["half-life in weeks"]
    assert axis_titles(found["recovery"][0]) == ["contribution, EUR"]


def test_numbers_on_axes_read_as_in_the_text(capfd: pytest.CaptureFixture[str]) -> None:
    rows = [Row("tv", INK, 1.2e6, 0.6e6, 2.4e6, "EUR 1.2 M", "said")]
    picture = drawn(forest(rows, axis="EUR"), WIDE, capfd)
    assert {">0<", ">500 k<", ">1 M<", ">1.5 M<", ">2 M<"} <= set(re.findall(r">[^<>]+<", picture))
    shares = [Pair("tv", INK, 0.2, 0.4, "", "said")]
    assert ">40%<" in drawn(pairs(shares, axis="share", kind="percent"), WIDE, capfd)
    assert ">1.5\u00d7<" in drawn(
        forest([Row("tv", INK, 1, 0.5, 2, "", "")], axis="", kind="times"), WIDE, capfd
    )


@pytest.mark.parametrize(
    ("start", "n", "first", "last", "many"),
    [
        ("2023-01-02", 157, "2023-07-01", "2025-07-01", 5),
        ("2024-01-01", 53, "2024-01-01", "2024-11-01", 6),
        ("2014-03-01", 600, "2016-01-01", "2024-01-01", 5),
    ],
)
def test_months_are_labelled_as_months(start: str, n: int, first: str, last: str, many: int) -> None:
    axis = time_axis("at", np.datetime64(start) + 7 * np.arange(n))["axis"]
    assert axis["format"] == "%b %Y"
    assert (axis["values"][0], axis["values"][-1], len(axis["values"])) == (first, last, many)


def test_dates_are_read_in_no_zone(capfd: pytest.CaptureFixture[str]) -> None:
    """A date is a day wherever the reader sits: dates alone, or hours with their zone, on an axis of UTC."""
    days = np.datetime64("2024-01-01") + np.arange(3)
    assert iso(days) == ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert iso(days.astype("datetime64[h]"))[0] == "2024-01-01T00:00Z"
    assert time_axis("at", days)["scale"] == {"type": "utc"}
    assert time_axis("at", days)["axis"]["format"] == "%-d %b"


def test_points_are_named_as_people_do() -> None:
    days = np.datetime64("2024-01-01") + np.arange(3)
    assert bins(days, Every.DAY).names == ["1 Jan 2024", "2 Jan 2024", "3 Jan 2024"]
    assert bins(days[:1], Every.WEEK).names == ["week of 1 Jan 2024"]
    assert bins(days[:1], Every.MONTH).names == ["Jan 2024"]
    left, right = bins(days, Every.DAY).edges
    assert [str(hour) for hour in (left[0], right[0], left[1], right[2])] == [
        "2023-12-31T12", "2024-01-01T12", "2024-01-01T12", "2024-01-03T12",
    ]  # fmt: skip


def test_what_marks_say_is_in_words(material: Material) -> None:
    for name, found in figures(material).items():
        for figure in found:
            asked = [layer for layer in figure.spec["layer"] if layer["mark"].get("aria")]
            assert asked, name
            for layer in asked:
                assert (
                    layer["encoding"]["tooltip"]["field"]
                    == layer["encoding"]["description"]["field"]
                    == "said"
                )
                said = column(figure, "said", layer["data"]["name"])
                assert said
                assert all(len(words) > 5 for words in said)
    tv = rows_of(figures(material)["returns"][0])[0]
    assert re.fullmatch(r"\w+: ROI\s[\d.]+× \([\d.]+× to [\d.]+×\), next EUR\s.+", tv["said"])


def test_a_long_interval_is_cut_and_no_row_lost() -> None:
    rows = [Row("tv", INK, 1.0, 0.5, 50.0, "1.00×", "a"), Row("ctv", INK, 2.0, 1.5, 2.5, "2.00×", "b")]
    figure = Figure(forest(rows, axis="x", limit=5.0), "alt")
    assert domain(figure) == [0.0, 5.0]
    assert layers(figure, "bar")[0]["mark"]["clip"] is True
    assert column(figure, "high") == [50.0, 2.5]


NAMES = (
    "<script>alert(1)</script>",
    '"]}] //',
    "${1+1}",
    "'; drop",
    "a\nb",
    "🚀 \u202eevil",
    "x" * 200,
    "a.b[0]",
)


def test_any_name_is_a_name(capfd: pytest.CaptureFixture[str]) -> None:
    rows = [Row(name, INK, 1.0 + i, 0.5, 2.0 + i, name, name) for i, name in enumerate(NAMES)]
    picture = drawn(forest(rows, axis=NAMES[0]), WIDE, capfd)
    assert "<script" not in picture
    assert "&lt;script&gt;" in picture
    assert picture.count('aria-label="') >= len(NAMES)
    assert re.search(r">x+…<", picture)  # shortened where there is no room


def test_the_dark_figure_differs_in_colours_alone(material: Material) -> None:
    colours = {*material.colours.values(), INK, MUTED, PAPER, GOOD, BAD}
    for figure in every(material):
        turned = in_dark(figure.spec)
        before, after = list(strings(figure.spec)), list(strings(turned))
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            assert other == (dark(one) if one in colours or one.startswith("#") else one)
        assert turned != figure.spec


def test_without_todays_spend_there_is_one_bar_a_row() -> None:
    figure = Figure(pairs([Pair("tv", INK, None, 2.0, "", "said")], axis="EUR"), "alt")
    assert [bar["which"] for bar in rows_of(figure, "bars")] == ["second"]


def test_an_effect_that_may_be_nothing_has_no_share(plain: Material) -> None:
    assert "shares" in figures(plain)
    assert "shares" not in figures(replace(plain, effect_shares={}))
