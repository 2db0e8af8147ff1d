"""A fit's curves for the planner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from mediamix.core.errors import BudgetError, SpecError
from mediamix.core.types import Window
from mediamix.decide.fitted.curves import _refine, curves_of
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.maximise import optimize
from mediamix.measure.contribution import decompose, total_contributions
from mediamix.models.bayes import fit as fit_model


def test_refined_points_are_those_of_scipys_monotone_cubic():
    rng = np.random.default_rng(3)
    x = np.cumsum(rng.uniform(0.1, 1.0, 30))
    curves = np.cumsum(rng.uniform(0.0, 1.0, (2, 3, 30)), axis=-1)
    curves[0, 0, 5:9] = curves[0, 0, 5]  # a flat stretch
    fine, values = _refine(x, curves)
    inner = (fine >= x[1]) & (fine <= x[-2])  # the ends differ on purpose: we take the secant there
    expected = PchipInterpolator(x, curves, axis=-1)(fine)
    np.testing.assert_allclose(values[..., inner], expected[..., inner], rtol=1e-12)
    assert (np.diff(values, axis=-1) >= -1e-12).all()


def test_curves_pass_through_todays_contributions(mixed_fit):
    curves = curves_of(mixed_fit, history=False)
    data = mixed_fit.dataset
    paid = [c for c in range(len(data.channels)) if data.spend_c[c] > 0]
    assert set(curves.channels) == {data.channel_names[c] for c in paid}
    totals = total_contributions(mixed_fit)
    for c in paid:
        name = data.channel_names[c]
        now = curves.contribution_at(name, data.spend_c[c])
        # Carry-over out of the window comes on top.
        assert (now >= totals[:, c] * (1 - 1e-9)).all()
        assert now.mean() < 1.1 * totals[:, c].mean()
        assert curves.contribution_at(name, 0.0) == pytest.approx(0.0, abs=1e-9)


def test_the_outcome_of_todays_spend_is_the_fitted_outcome_and_the_carry_over_out(mixed_fit):
    n = mixed_fit.dataset.n_periods
    window = Window(n - 40, n)
    curves = curves_of(mixed_fit, window=window, history=False)
    fitted = sum(component.draws_dt[:, window.slice].sum(axis=1) for component in decompose(mixed_fit))
    today = curves.outcome_at(curves.current)
    assert (today >= fitted * (1 - 1e-9)).all()
    assert today.mean() < 1.05 * fitted.mean()


def test_curves_reach_as_far_as_the_budget_and_the_bounds_need(mixed_fit):
    today = sum(curves_of(mixed_fit).current.values())
    for budget in (
        Budget(4 * today),
        Budget(today, {"tv": (0.0, 6 * mixed_fit.dataset.spend_c[0])}),
    ):
        plan = optimize(curves_of(mixed_fit, budget), budget)
        assert plan.spend == pytest.approx(budget.total, rel=1e-6)


def test_a_window_without_spend_is_refused(mixed_fit):
    spend = mixed_fit.dataset.spend_gtc.copy()
    spend[:, -4:] = 0.0
    idle = replace(mixed_fit, dataset=replace(mixed_fit.dataset, spend_gtc=spend))
    n = idle.dataset.n_periods
    with pytest.raises(BudgetError, match="no channel has spend"):
        curves_of(idle, window=Window(n - 4, n))


def test_cells_of_geos_add_up_to_their_channel(panel_fit):
    cells, whole = curves_of(panel_fit, by="geo"), curves_of(panel_fit)
    assert len(cells.channels) > len(whole.channels)
    for name in whole.channels:
        own = [cell for cell in cells.channels if cell.startswith(f"{name}/")]
        assert sum(cells.current[cell] for cell in own) == pytest.approx(whole.current[name])
        for multiple in (0.5, 1.0, 1.4):
            parts = sum(cells.contribution_at(cell, multiple * cells.current[cell]) for cell in own)
            total = whole.contribution_at(name, multiple * whole.current[name])
            np.testing.assert_allclose(parts, total, rtol=1e-6)
    np.testing.assert_allclose(cells.outcome_at(cells.current), whole.outcome_at(whole.current), rtol=1e-9)


def test_a_plan_of_cells_expects_at_least_what_a_plan_of_channels_does(panel_fit):
    low, high = 0.7, 1.3
    cells, whole = curves_of(panel_fit, by="geo"), curves_of(panel_fit)
    fine = optimize(
        cells, Budget(bounds={n: (low * cells.current[n], high * cells.current[n]) for n in cells.channels})
    )
    coarse = optimize(
        whole, Budget(bounds={n: (low * whole.current[n], high * whole.current[n]) for n in whole.channels})
    )
    assert fine.outcome.mean >= coarse.outcome.mean * (1 - 1e-9)
    assert fine.certificate.gap <= 1e-4


def test_a_cell_without_spend_stays_in_the_baseline(panel_fit):
    spend = panel_fit.dataset.spend_gtc.copy()
    spend[2, :, 0] = 0.0
    some = replace(panel_fit, dataset=replace(panel_fit.dataset, spend_gtc=spend))
    cells = curves_of(some, by="geo")
    idle = f"{some.dataset.channel_names[0]}/{some.dataset.geos[2]}"
    assert idle not in cells.channels
    full = curves_of(panel_fit, by="geo")
    # Its exposure is still there: what it causes is part of the outcome, though not of the plan.
    np.testing.assert_allclose(
        cells.outcome_at(cells.current).mean(), full.outcome_at(full.current).mean(), rtol=0.02
    )


def test_too_many_cells_are_refused_with_the_number(panel_fit, monkeypatch):
    monkeypatch.setattr("mediamix.decide.fitted.curves.NUMBERS", 1e5)
    with pytest.raises(BudgetError, match="too many"):
        curves_of(panel_fit, by="geo")
    monkeypatch.setattr("mediamix.decide.fitted.curves.NUMBERS", 1.2e6)
    assert 100 <= curves_of(panel_fit, by="geo").n_draws < 300


def test_cells_are_of_geos_or_nothing(mixed_fit):
    with pytest.raises(SpecError, match="tabulate"):
        curves_of(mixed_fit, by="week")


def test_a_channel_that_no_trained_period_shows_is_the_prior_and_a_plan_says_so(weekly, quick_spec) -> None:
    """In a fit with a holdout, a channel that runs in the held-out weeks alone."""
    media = {name: getattr(weekly, name).copy() for name in ("spend_gtc", "exposure_gtc")}
    for array in media.values():
        array[:, :-6, 0] = 0.0
    spec = quick_spec.model_copy(update={"holdout": quick_spec.holdout.model_copy(update={"last": 8})})
    curves = curves_of(fit_model(replace(weekly, **media), spec), history=False)
    name = weekly.channel_names[0]
    assert curves.only_prior == (name,)
    plan = optimize(curves, Budget())
    assert any(line.startswith(f"{name}: no trained period shows it") for line in plan.warnings)
    assert curves_of(fit_model(weekly, spec), history=False).only_prior == ()
