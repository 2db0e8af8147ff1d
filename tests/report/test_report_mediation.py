"""The section on mediators: there where there are some, with the numbers of `mediation`."""

from __future__ import annotations

import pytest
from figure_cases import rows_of

from funnels import ONE, market, spec
from mediamix.measure.mediation import mediation
from mediamix.models.bayes import fit
from mediamix.reporting.blocks import Cell, Figure, Table
from mediamix.reporting.material import gather
from mediamix.reporting.section import build_sections


@pytest.fixture(scope="module")
def material():
    report = {"names": {"tv": "Television"}}
    return gather(fit(market(), spec(ONE, report=report)))


def section(material):
    return {built.section.name: built.blocks for built in build_sections(material)}.get("mediation")


def test_a_report_without_mediators_says_nothing_of_them(plain):
    assert section(plain) is None


def test_it_shows_total_and_direct_of_each_channel_under_its_name(material):
    figure, table = section(material)
    assert isinstance(figure, Figure)
    assert isinstance(table, Table)
    expected = mediation(material.fit).set_index(["channel", "path"])["contribution_mean"]
    drawn = {row["name"]: row for row in rows_of(figure)}
    assert set(drawn) == {"Television", "search"}
    assert drawn["Television"]["at"] == pytest.approx(expected["tv", "total"], rel=1e-3)
    assert drawn["Television"]["second"] == pytest.approx(expected["tv", "direct"], rel=1e-3)
    assert "mediated" in drawn["search"]["note"]
    assert "awareness" in figure.caption
    ways = [(r[0].text if isinstance(r[0], Cell) else r[0], r[1]) for r in table.rows]
    assert ways[:3] == [("Television", "direct"), ("Television", "via awareness"), ("Television", "total")]
