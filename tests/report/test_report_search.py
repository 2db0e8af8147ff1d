"""The one-pager of a search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from figure_cases import axis_titles, rows_of

from mediamix.core.spec import parse_spec
from mediamix.core.types import Channel, Kind
from mediamix.measure.convergence import convergence
from mediamix.models.base import Fit
from mediamix.models.evolve.record import found_of
from mediamix.pipeline import fit_model
from mediamix.reporting.blocks import Callout, Cell, Figure, Kpis, Panels, Table, Text
from mediamix.reporting.material import Material, gather
from mediamix.reporting.sections.search import build
from mediamix.simulate import Scenario, simulate
from short import QUICK


@pytest.fixture(scope="module")
def searched() -> Fit:
    """Three channels, the last one organic."""
    data = simulate(Scenario(every="week", periods=104, channels=3, seed=4)).dataset
    spend = data.spend_gtc.copy()
    spend[..., -1] = 0.0
    channels = (*data.channels[:-1], Channel("newsletter", Kind.ORGANIC, "sends"))
    keys = {"trials": 2, "iterations": 300, "train_size": [0.5, 0.8]}
    spec = parse_spec({"model": {"family": "evolve", "evolve": keys}, "sampler": QUICK})
    return fit_model(replace(data, channels=channels, spend_gtc=spend), spec)


@pytest.fixture(scope="module")
def page(searched: Fit) -> Material:
    return gather(searched)


def test_a_fit_without_a_search_has_no_such_page(page: Material) -> None:
    assert build(replace(page, fit=replace(page.fit, stats=None))) == []


def test_it_says_which_model_was_chosen_and_why(page: Material, searched: Fit) -> None:
    found = found_of(searched)
    assert found is not None
    blocks = build(page)
    lead = next(block for block in blocks if isinstance(block, Text))
    assert found.reason in lead.text
    (tiles,) = [block for block in blocks if isinstance(block, Kpis)]
    nrmse, rssd = found.objectives[found.chosen]
    assert {t.label: t.value for t in tiles.tiles}["NRMSE"] == f"{nrmse:.3g}"
    assert {t.label: t.value for t in tiles.tiles}["DECOMP.RSSD"] == f"{rssd:.3g}"
    (table,) = [block for block in blocks if isinstance(block, Table)]
    rows = {cell.text: row for row in table.rows if isinstance(cell := row[0], Cell)}
    assert list(rows) == list(searched.dataset.channel_names)
    theta = found.values[found.chosen, found.names.index("tv.theta")]
    assert f"theta {theta:.3g}" in str(rows["tv"][4])
    # Of a channel that isn't paid there is no share of spend, and no return.
    assert set(rows["newsletter"][1:4]) == {"–"}
    paid = searched.dataset.spend_c > 0
    own = found.effect[found.chosen, 0] / found.effect[found.chosen, paid].sum()
    assert str(rows["tv"][2]).startswith(f"{100 * own:.0f}")


def test_its_figures_show_what_was_looked_at(page: Material, searched: Fit) -> None:
    found = found_of(searched)
    assert found is not None
    blocks = build(page)
    (cloud,) = [block for block in blocks if isinstance(block, Figure)]
    assert {"NRMSE", "DECOMP.RSSD"} <= set(axis_titles(cloud))
    models = int((found.front > 0).sum())
    assert len(rows_of(cloud, "told")) == models
    (marked,) = rows_of(cloud, "marked")
    np.testing.assert_allclose([marked["x"], marked["y"]], found.objectives[found.chosen], rtol=1e-4)
    (panels,) = [block for block in blocks if isinstance(block, Panels)]
    for figure, course in zip(panels.figures, found.courses, strict=True):
        said = [row["mean"] for row in rows_of(figure, "totals")]
        np.testing.assert_allclose(said, course.median, rtol=1e-4)


def test_convergence_is_said_and_is_part_of_the_verdict(page: Material, searched: Fit) -> None:
    found = found_of(searched)
    assert found is not None
    (box,) = [block for block in build(page) if isinstance(block, Callout)]
    well = all(course.converged for course in found.courses)
    assert box.severity == ("ok" if well else "warning")
    assert set(box.items) >= {course.words for course in found.courses}
    told = [f.message for f in convergence(searched).findings if f.check == "search"]
    assert told == [course.words for course in found.courses if not course.converged]
    # As long as nothing is learned, nothing has converged.
    assert searched.stats is not None
    flat = {**searched.stats.arrays, "nrmse": np.full_like(searched.stats["nrmse"], 0.1)}
    late = replace(searched, stats=replace(searched.stats, arrays=flat))
    assert convergence(late).verdict != "ok"
    assert any("NRMSE has NOT converged" in f.message for f in convergence(late).findings)
