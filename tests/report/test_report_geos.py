"""The section on geos: what it says, and that a page of a panel stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from figure_cases import across, column, line_at, rows_of

import mediamix as mm
from mediamix.core.errors import DataError
from mediamix.measure.contribution import roi
from mediamix.models.base import Fit
from mediamix.reporting import report
from mediamix.reporting.blocks import Cell, Figure, Panels, Table, Text
from mediamix.reporting.material import Material, gather
from mediamix.reporting.palette import BAD, GOOD, MUTED
from mediamix.reporting.section import build_sections
from mediamix.reporting.sections.geos import build


@pytest.fixture(scope="module")
def material_of_geos(panel_fit: Fit) -> Material:
    return gather(panel_fit)


def of(blocks: list[Any], kind: type) -> list[Any]:
    return [block for block in blocks if isinstance(block, kind)]


def many(material: Material, n: int) -> Material:
    """The same geos again and again under other names, each a little larger."""
    geos = material.summary.geos
    assert geos is not None
    again = tuple(
        replace(geos.geos[i % 6], name=f"place {i}", outcome=geos.geos[i % 6].outcome * (1 + i / 1000))
        for i in range(n)
    )
    return replace(material, summary=replace(material.summary, geos=replace(geos, geos=again)))


def test_a_national_report_has_no_such_section(plain: Material) -> None:
    assert build(plain) == []


def test_every_channel_has_a_panel_with_its_geos_sorted(material_of_geos: Material) -> None:
    fit = material_of_geos.fit
    (panels,) = of(build(material_of_geos), Panels)
    table = roi(fit, by="geo")
    assert [figure.title for figure in panels.figures] == list(fit.dataset.channel_names)
    for figure in panels.figures:
        own = table[(table["channel"] == figure.title) & (table["spend"] > 0)].set_index("geo")["roi_mean"]
        wanted = own.sort_values(ascending=False)
        assert column(figure, "name") == wanted.index.tolist()
        np.testing.assert_allclose(column(figure, "at"), wanted, rtol=1e-4)
        average = roi(fit).set_index("channel").loc[figure.title, "roi_mean"]
        assert line_at(figure) == pytest.approx(average, rel=1e-4)


def test_a_geo_is_coloured_only_where_it_differs_clearly(material_of_geos: Material) -> None:
    geos = material_of_geos.summary.geos
    assert geos is not None
    (panels,) = of(build(material_of_geos), Panels)
    better = {(geo.name, c.measure.name): c.better for geo in geos.geos for c in geo.channels}
    colours = set()
    for figure in panels.figures:
        for row in rows_of(figure):
            colours.add(row["colour"])
            p = better[row["name"], figure.title]
            assert row["colour"] == (GOOD if p >= 0.95 else BAD if p <= 0.05 else MUTED)
    assert MUTED in colours
    assert len(colours) > 1  # else nothing was tested


def test_the_words_name_the_extremes(material_of_geos: Material) -> None:
    geos = material_of_geos.summary.geos
    assert geos is not None
    lead = build(material_of_geos)[0]
    assert isinstance(lead, Text)
    most = max(geos.spread, key=lambda name: geos.spread[name].p50)
    assert f"Most, {most} differs by about {geos.spread[most].p50:.0%} from geo to geo" in lead.text
    assert "in all 6 geos" in lead.text
    assert "of 17 effects" in lead.text  # search isn't bought in one geo
    (spreads,) = of(build(material_of_geos), Figure)
    assert column(spreads, "name")[0] == most


def test_the_table_has_every_geo_the_largest_first(material_of_geos: Material) -> None:
    data = material_of_geos.fit.dataset
    (table,) = of(build(material_of_geos), Table)
    names = [row[0].text if isinstance(row[0], Cell) else row[0] for row in table.rows]
    assert sorted(names) == sorted(data.geos)
    known = np.nansum(data.outcome_gt, axis=1)
    assert names[0] == data.geos[int(np.argmax(known))]
    assert table.columns[-1].label == "Error, held out"


@pytest.mark.parametrize("n", [24, 25, 40, 1000])
def test_many_geos_are_shown_by_their_ends(material_of_geos: Material, n: int) -> None:
    blocks = build(many(material_of_geos, n))
    (panels,) = of(blocks, Panels)
    tv = panels.figures[0]
    shown = rows_of(tv)
    assert len(shown) == (24 if n == 24 else 21)
    if n > 24:
        assert shown[10]["note"] == f"{n - 20:,} geos between"
    tables = of(blocks, Table)
    assert [len(table.rows) for table in tables] == ([n] if n <= 40 else [20, 10])
    assert tv.spec["height"] < 500


def test_two_geos_are_enough(material_of_geos: Material) -> None:
    geos = material_of_geos.summary.geos
    assert geos is not None
    two = replace(geos, geos=geos.geos[:2], note="numbers per geo are of 10 draws")
    blocks = build(replace(material_of_geos, summary=replace(material_of_geos.summary, geos=two)))
    assert len(of(blocks, Table)[0].rows) == 2
    assert blocks[-1].text == "Numbers per geo are of 10 draws."


def test_without_a_value_of_the_outcome_geos_are_compared_per_money_or_share(panel_fit: Fit) -> None:
    """Orders without a value: per 1,000 of spend, which is the ROI's number times 1,000."""
    data = replace(panel_fit.dataset, unit="count", outcome_name="orders")
    (counted,) = of(build(gather(replace(panel_fit, dataset=data))), Panels)
    (money,) = of(build(gather(panel_fit)), Panels)
    assert across(counted.figures[0]) == "orders per EUR 1,000"
    xs = [column(figure, "at") for figure in (counted.figures[0], money.figures[0])]
    np.testing.assert_allclose(xs[0], np.array(xs[1]) * 1000, rtol=1e-3)
    spend = panel_fit.dataset.spend_gtc.copy()
    spend[..., 2] = 0.0
    free = replace(panel_fit, dataset=replace(panel_fit.dataset, spend_gtc=spend))
    (panels,) = of(build(gather(free)), Panels)
    assert across(panels.figures[2]) == "share of revenue in the geo"


def test_the_page_of_a_panel_stands_with_its_tables(panel_fit: Fit, tmp_path: Path) -> None:
    page = report(panel_fit, None, tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="geos"' in page
    assert "It is the sum over 6 geos; 3 weeks in which some geo&#39;s revenue is missing" in page
    geos = pd.read_csv(tmp_path / "report_tables" / "geos.csv")
    assert sorted(geos["geo"]) == sorted(panel_fit.dataset.geos)
    by_geo = pd.read_csv(tmp_path / "report_tables" / "roi_by_geo.csv")
    np.testing.assert_allclose(by_geo["contribution_mean"], roi(panel_fit, by="geo")["contribution_mean"])
    built = {section.section.name for section in build_sections(gather(panel_fit))}
    assert {"geos", "decomposition", "returns", "response", "explained", "diagnostics"} <= built


def test_a_plan_by_geo_is_refused_in_one_sentence(panel_fit: Fit, tmp_path: Path) -> None:
    plan = mm.optimize(panel_fit, by="geo", objective="mean", anyway=True)
    with pytest.raises(DataError, match="the plan is by geo") as caught:
        mm.report(panel_fit, plan, tmp_path / "report.html")
    assert "tv/" not in str(caught.value)
    assert not list(tmp_path.iterdir())
