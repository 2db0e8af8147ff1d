"""The engine's benchmark runs, and counts what it says."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from engine import floor as engine_floor
from engine import run as engine
from engine import scaling as engine_scaling

from mediamix.core.spec import Spec, parse_spec
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

PRICES = engine.Prices(exp=1.0, log=1.0, exp_scalar=4.0, log_scalar=4.0, divide=0.1, multiply_add=0.05)


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(engine_floor, "BATCHES", 1)
    monkeypatch.setattr(engine_floor, "BATCH_SECONDS", 1e-4)


def small_panel(geos: int = 3, weeks: int = 60, channels: int = 6):
    return engine.Size("small", replace(Scenario.geo_panel(1), geos=geos, periods=weeks, channels=channels))


@pytest.mark.parametrize("size", [engine.sizes(quick=True)[0], small_panel()], ids=["national", "panel"])
def test_a_gradient_is_timed_against_a_floor(size, hasty):
    found = engine.gradient(size, PRICES)
    assert found.dimension > 5 * 4
    assert 0 < found.measured < 1e4
    assert 0 < found.arithmetic < found.scalar
    assert found.floor == max(found.arithmetic, found.memory)
    (row,) = engine.gradient_rows([found])
    assert len(row) == len(engine.GRADIENT_HEAD)


def test_one_exp_and_one_log_per_channel_and_period():
    (size,) = engine.sizes(quick=True)
    model = pose(simulate(size.scenario).dataset, Spec()).model
    counts = engine_floor.count(model)
    # Hill is a logistic of a logarithm; besides, a link per parameter and a log per baseline column.
    assert counts.exp == 156 * 5 + 21
    assert counts.log == 156 * 5 + model.linear.rank
    # The factorised baseline passes twice: forwards and backwards.
    wider = np.ones((len(model.outcome_n), model.linear.rank)).size * 2
    assert counts.multiply_add > wider
    assert counts.bytes > 8 * wider


def test_a_panel_needs_the_same_of_every_geo():
    def counts(geos: int) -> engine_floor.Counts:
        spec = parse_spec(engine_scaling.PANEL)
        return engine_floor.count(pose(simulate(small_panel(geos).scenario).dataset, spec).model)

    few, more, many = counts(3), counts(5), counts(7)
    for name in ("exp", "log", "divide", "multiply_add", "bytes"):
        steps = [getattr(b, name) - getattr(a, name) for a, b in ((few, more), (more, many))]
        assert steps[0] == pytest.approx(steps[1], abs=5)
    # Hill: an exp and a log per channel and period.
    assert more.exp - few.exp == 2 * 60 * 6


def test_the_exponent_is_that_of_the_power_law():
    along = (10, 20, 40)
    found = engine_scaling.Sweep("geos", along, tuple(3.0 * n**1.5 for n in along))
    assert found.exponent == pytest.approx(1.5)
    (row,) = engine.scaling_rows([found])
    assert len(row) == len(engine.SCALING_HEAD)
    drawn = ElementTree.fromstring(engine_scaling.picture([found, found]))
    assert len(drawn.findall("{*}circle")) == 6


def test_a_sweep_varies_one_size(hasty, monkeypatch):
    monkeypatch.setattr(engine_scaling, "BASE", {"geos": 3, "weeks": 60, "channels": 3})
    found = engine_scaling.sweep("channels", (2, 4))
    assert found.sizes == (2, 4)
    assert all(cost > 0 for cost in found.measured)
