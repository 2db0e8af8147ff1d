"""The section on what was believed and what the data said: numbers of the summary, and the flag."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediamix.reporting.blocks import Panels, Table
from mediamix.reporting.sections.learned import NOTHING, SECTION
from mediamix.reporting.sections.learned import build as build_learned


def test_each_parameter_of_each_channel_is_in_the_table_and_in_a_figure(plain):
    material = plain
    panels, table = SECTION.build(material)
    assert isinstance(panels, Panels)
    assert isinstance(table, Table)
    learned = material.summary.learned
    assert len(table.rows) == sum(len(parameters) for parameters in learned.values())
    for figure in panels.figures:
        rows = figure.spec["datasets"]["rows"]
        assert len(rows) in {2 * len(learned), 2 * (len(learned) - 1)}
    first = next(iter(learned))
    roi = learned[first]["roi"]
    shown = panels.figures[0].spec["datasets"]["rows"]
    assert shown[0]["at"] == pytest.approx(roi["prior"]["p50"], rel=1e-3)
    assert shown[1]["at"] == pytest.approx(roi["posterior"]["p50"], rel=1e-3)


def test_what_the_data_said_nothing_of_is_said(plain):
    material = plain
    first, *_ = material.summary.learned
    changed = {name: {k: dict(one) for k, one in p.items()} for name, p in material.summary.learned.items()}
    changed[first]["roi"]["only_prior"] = True
    panels, table = build_learned(replace(material, summary=replace(material.summary, learned=changed)))
    assert f"the data said nothing: {first} (return per unit of spend" in panels.caption
    flagged = [row for row in table.rows if getattr(row[-1], "text", "") == NOTHING]
    assert len(flagged) >= 1


def test_a_fit_without_evidence_has_no_such_section(plain):
    material = plain
    assert build_learned(replace(material, summary=replace(material.summary, learned={}))) == []
