"""The engine's benchmark runs, and counts what it says."""

from __future__ import annotations

import engine
import numpy as np

from mediamix.core.spec import Spec
from mediamix.models.problem import pose
from mediamix.simulate import simulate


def test_a_gradient_is_timed_against_a_floor(monkeypatch):
    monkeypatch.setattr(engine, "BATCHES", 1)
    monkeypatch.setattr(engine, "BATCH_SECONDS", 1e-4)
    (size,) = engine.sizes(quick=True)
    prices = engine.Prices(exp=1.0, log=1.0, exp_scalar=4.0, log_scalar=4.0, divide=0.1, multiply_add=0.05)
    found = engine.time_gradient(size, prices)
    assert found.dimension == 5 * 4 + 1
    assert 0 < found.measured < 1e4
    assert 0 < found.arithmetic < found.scalar
    assert found.floor == max(found.arithmetic, found.memory)
    (row,) = engine.gradient_rows([found])
    assert len(row) == len(engine.GRADIENT_HEAD)


def test_one_exp_and_one_log_per_channel_and_period():
    (size,) = engine.sizes(quick=True)
    model = pose(simulate(size.scenario).dataset, Spec()).model
    counts = engine.count(model)
    # Hill is a logistic of a logarithm; besides, a link per parameter and a log per baseline column.
    assert counts.exp == 156 * 5 + 21
    assert counts.log == 156 * 5 + model.linear.rank
    # The factorised baseline passes twice: forwards and backwards.
    wider = np.ones((len(model.outcome_n), model.linear.rank)).size * 2
    assert counts.multiply_add > wider
    assert counts.bytes > 8 * wider
