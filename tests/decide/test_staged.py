"""Exposure with a given cost, and channels that restart: planned like channels with spend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mediamix.core.errors import BudgetError
from mediamix.core.types import Window
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.flighting.question import flighting
from mediamix.decide.flighting.rules import ChannelRules, Flighting
from mediamix.decide.problem.bounds import Bound, load_bounds, save_bounds
from mediamix.decide.problem.file import parse_problem, problem_dict
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.maximise import optimize
from mediamix.measure.contribution import total_contributions
from mediamix.models.base import Fit

LAST = 13
COST = 0.02


def changed(fit: Fit, name: str, window: slice, source: slice | None, geo: slice = np.s_[:]) -> Fit:
    """A channel's media in a window put in place by others of its own, or by none."""
    data = fit.dataset
    c = data.channel_names.index(name)
    arrays = []
    for array in (data.spend_gtc.copy(), data.exposure_gtc.copy()):
        array[geo, window, c] = 0.0 if source is None else array[geo, source, c]
        arrays.append(array)
    return replace(fit, dataset=replace(data, spend_gtc=arrays[0], exposure_gtc=arrays[1]))


def last(fit: Fit) -> Window:
    return Window(fit.dataset.n_periods - LAST, fit.dataset.n_periods)


def days(fit: Fit, start: int, stop: int) -> tuple[str, str]:
    """First and last day of some weeks of a fit's data."""
    dates = fit.dataset.dates
    return str(dates[start]), str(dates[stop] - np.timedelta64(1, "D"))


# ---- cost per unit


def priced(**limits: object) -> dict[str, Bound]:
    return {"newsletter": Bound(cost_per_unit=COST, **limits)}  # type: ignore[arg-type]


def test_exposure_with_a_cost_is_planned_as_if_the_data_had_that_spend(mixed_fit: Fit) -> None:
    budget = Budget(bounds=priced())
    curves = curves_of(mixed_fit, budget, history=False)
    data = mixed_fit.dataset
    c = data.channel_names.index("newsletter")
    spend = data.spend_gtc.copy()
    spend[:, :, c] = COST * data.exposure_gtc[:, :, c]
    bought = replace(mixed_fit, dataset=replace(data, spend_gtc=spend))
    other = curves_of(bought, Budget(), history=False)
    assert set(curves.channels) == set(other.channels)
    assert curves.current == pytest.approx(other.current)
    for name in curves.channels:
        np.testing.assert_allclose(curves.contribution[name], other.contribution[name])
    np.testing.assert_allclose(curves.baseline, other.baseline)


def test_today_is_exposure_times_cost_and_brings_what_the_fit_says(mixed_fit: Fit) -> None:
    curves = curves_of(mixed_fit, Budget(bounds=priced()), history=False)
    c = mixed_fit.dataset.channel_names.index("newsletter")
    today = COST * mixed_fit.dataset.exposure_gtc[:, :, c].sum()
    assert curves.current is not None
    assert curves.current["newsletter"] == pytest.approx(today)
    inside = total_contributions(mixed_fit)[:, c]
    now = curves.contribution_at("newsletter", today)
    assert (now >= inside * (1 - 1e-9)).all()
    assert now.mean() < 1.1 * inside.mean()
    # The outcome of today's spend doesn't depend on what is planned.
    bare = curves_of(mixed_fit, history=False)
    np.testing.assert_allclose(
        curves.outcome_at(curves.current).mean(), bare.outcome_at(bare.current).mean(), rtol=5e-3
    )


def test_twice_the_cost_buys_half(mixed_fit: Fit) -> None:
    one = curves_of(mixed_fit, Budget(bounds=priced()), history=False)
    dear = Budget(bounds={"newsletter": Bound(cost_per_unit=2 * COST)})
    two = curves_of(mixed_fit, dear, history=False)
    for spend in np.linspace(0.0, one.spend["newsletter"][-1], 7):
        np.testing.assert_allclose(
            two.contribution_at("newsletter", 2 * spend), one.contribution_at("newsletter", spend), rtol=1e-9
        )


def test_a_plan_buys_more_exposure_where_it_is_cheap(mixed_fit: Fit) -> None:
    data = mixed_fit.dataset
    sent = data.exposure_gtc[:, :, -1].sum()
    paid = {name: Bound(change=(-0.5, 0.5)) for name in data.channel_names if name != "newsletter"}
    bought = {}
    for cost in (COST, 20.0):  # next to nothing, and more than it brings
        own = {"newsletter": Bound(cost_per_unit=cost, high=2 * cost * sent)}
        budget = Budget(float(data.spend_c.sum()), {**paid, **own})
        plan = optimize(curves_of(mixed_fit, budget, history=False), budget, "mean")
        bought[cost] = plan.allocation["newsletter"] / cost
        assert any(note.startswith(f"newsletter: planned at {cost:g}") for note in plan.notes)
    assert bought[COST] > sent > bought[20.0]


def test_a_cost_where_the_data_have_spend_or_no_exposure_is_refused(mixed_fit: Fit) -> None:
    with pytest.raises(BudgetError, match="tv has a cost per unit, but spend in the planned window"):
        curves_of(mixed_fit, Budget(bounds={"tv": Bound(cost_per_unit=1.0)}))
    silent = changed(mixed_fit, "newsletter", np.s_[:], None)
    with pytest.raises(BudgetError, match="newsletter has a cost per unit, but no exposure in the data"):
        curves_of(silent, Budget(bounds=priced()))
    window = last(mixed_fit)
    off = changed(mixed_fit, "newsletter", window.slice, None)
    with pytest.raises(
        BudgetError, match="newsletter has a cost per unit, but no exposure in the planned window"
    ):
        curves_of(off, Budget(bounds=priced()), window=window)


def test_cells_of_geos_get_the_cost_of_their_pattern(panel_fit: Fit) -> None:
    data = panel_fit.dataset
    name, geo = data.channel_names[0], data.geos[0]
    spend = data.spend_gtc.copy()
    spend[:, :, 0] = 0.0
    free = replace(panel_fit, dataset=replace(data, spend_gtc=spend))
    budget = Budget(bounds={f"{name}/*": Bound(cost_per_unit=2.0), f"{name}/{geo}": Bound(cost_per_unit=3.0)})
    cells = curves_of(free, budget, by="geo", history=False)
    assert cells.current is not None
    for g, other in enumerate(data.geos):
        cost = 3.0 if other == geo else 2.0
        expected = cost * data.exposure_gtc[g, :, 0].sum()
        assert cells.current[f"{name}/{other}"] == pytest.approx(expected)


# ---- restart


def test_a_restart_as_in_the_window_itself_is_the_curve_of_a_channel_that_is_on(mixed_fit: Fit) -> None:
    window, source = last(mixed_fit), np.s_[100 : 100 + LAST]
    on = changed(mixed_fit, "display", window.slice, source)
    off = changed(mixed_fit, "display", window.slice, None)
    budget = Budget(bounds={"display": Bound(restart=days(mixed_fit, 100, 100 + LAST))})
    given = curves_of(off, budget, window=window, history=False)
    known = curves_of(on, Budget(), window=window, history=False)
    assert set(given.channels) == set(known.channels)
    assert given.current is not None
    assert given.current["display"] == 0.0
    for name in given.channels:
        np.testing.assert_allclose(given.spend[name], known.spend[name])
        np.testing.assert_allclose(given.contribution[name], known.contribution[name])
    np.testing.assert_allclose(given.baseline, known.baseline)
    # Off today: the outcome is the one without it.
    bare = curves_of(off, Budget(), window=window, history=False)
    np.testing.assert_allclose(given.outcome_at(given.current), bare.outcome_at(bare.current))


def test_a_short_reference_is_repeated_and_a_long_one_cut(mixed_fit: Fit) -> None:
    window = last(mixed_fit)
    off = changed(mixed_fit, "display", window.slice, None)
    spend_t = mixed_fit.dataset.spend_gtc[0, :, mixed_fit.dataset.channel_names.index("display")]
    for length in (5, 40):
        budget = Budget(bounds={"display": Bound(restart=days(mixed_fit, 60, 60 + length))})
        curves = curves_of(off, budget, window=window, history=False)
        expected = sum(spend_t[60 + t % length] for t in range(LAST))
        assert curves.spend["display"][-1] == pytest.approx(2.0 * expected)


def test_a_plan_restarts_a_channel_that_must_or_pays_and_says_what_it_supposes(mixed_fit: Fit) -> None:
    window = last(mixed_fit)
    off = changed(mixed_fit, "tv", window.slice, None)
    first, final = days(mixed_fit, 60, 73)
    budget = Budget(bounds={"tv": Bound(20_000.0, 60_000.0, restart=(first, final))})
    plan = optimize(curves_of(off, budget, window=window, history=False), budget)
    assert 20_000.0 * (1 - 1e-9) <= plan.allocation["tv"] <= 60_000.0 * (1 + 1e-9)
    part = plan.channels["tv"]
    assert part.current == 0.0
    assert part.contribution.mean > 0
    (note,) = (words for words in plan.notes if words.startswith("tv: off in the planned window"))
    assert f"as it was from {first} to {final}" in note
    assert note.endswith("is an extrapolation")
    # The curve reaches as far as its bound.
    far = Budget(bounds={"tv": Bound(high=1e7, restart=(first, final))})
    assert curves_of(off, far, window=window, history=False).spend["tv"][-1] >= 1e7


def test_nothing_of_a_restart_is_no_extrapolation(mixed_fit: Fit) -> None:
    window = last(mixed_fit)
    off = changed(mixed_fit, "display", window.slice, None)
    budget = Budget(bounds={"display": Bound(high=0.0, restart=days(mixed_fit, 60, 73))})
    plan = optimize(curves_of(off, budget, window=window, history=False), budget)
    assert plan.channels["display"].extrapolation == 0.0
    assert not [words for words in plan.warnings if "display" in words and "extrapolation" in words]


@pytest.mark.parametrize(
    ("restart", "words"),
    [
        (("2010-01-01", "2010-03-01"), "but the data go from"),
        (("2030-01-01", "2030-03-01"), "but the data go from"),
    ],
)
def test_a_reference_outside_of_the_data_is_refused(
    mixed_fit: Fit, restart: tuple[str, str], words: str
) -> None:
    off = changed(mixed_fit, "display", last(mixed_fit).slice, None)
    with pytest.raises(BudgetError, match=f"display has a restart as from {restart[0]}.*{words}"):
        curves_of(off, Budget(bounds={"display": Bound(restart=restart)}), window=last(off))


def test_a_restart_of_what_is_on_or_was_off_is_refused(mixed_fit: Fit) -> None:
    window = last(mixed_fit)
    then = days(mixed_fit, 60, 73)
    with pytest.raises(
        BudgetError, match=r"display has a restart.*but spend in the planned window: it is on"
    ):
        curves_of(mixed_fit, Budget(bounds={"display": Bound(restart=then)}), window=window)
    never = changed(changed(mixed_fit, "display", window.slice, None), "display", np.s_[60:73], None)
    with pytest.raises(BudgetError, match=r"display has a restart.*but no spend then"):
        curves_of(never, Budget(bounds={"display": Bound(restart=then)}), window=window)
    with pytest.raises(BudgetError, match=r"newsletter has a restart.*exposure without spend.*cost_per_unit"):
        curves_of(mixed_fit, Budget(bounds={"newsletter": Bound(restart=then)}), window=window)


def test_a_pattern_restarts_the_cells_that_are_off(panel_fit: Fit) -> None:
    data = panel_fit.dataset
    name, window = data.channel_names[0], last(panel_fit)
    off = changed(panel_fit, name, window.slice, None, np.s_[2:4])
    budget = Budget(bounds={f"{name}/*": Bound(restart=days(panel_fit, 20, 20 + LAST))})
    cells = curves_of(off, budget, window=window, by="geo", history=False)
    bare = curves_of(off, Budget(), window=window, by="geo", history=False)
    assert set(cells.channels) - set(bare.channels) == {f"{name}/{data.geos[g]}" for g in (2, 3)}
    for g in (2, 3):
        cell = f"{name}/{data.geos[g]}"
        spent = data.spend_gtc[g, 20 : 20 + LAST, 0].sum()
        assert cells.spend[cell][-1] == pytest.approx(2.0 * spent)
    for cell in bare.channels:
        np.testing.assert_allclose(cells.contribution[cell], bare.contribution[cell])


def test_what_was_free_may_restart_at_a_cost(mixed_fit: Fit) -> None:
    window = last(mixed_fit)
    off = changed(mixed_fit, "newsletter", window.slice, None)
    bound = Bound(cost_per_unit=COST, restart=days(mixed_fit, 60, 60 + LAST))
    curves = curves_of(off, Budget(bounds={"newsletter": bound}), window=window, history=False)
    sent = mixed_fit.dataset.exposure_gtc[0, 60 : 60 + LAST, -1].sum()
    assert curves.spend["newsletter"][-1] == pytest.approx(2.0 * COST * sent)
    assert curves.current is not None
    assert curves.current["newsletter"] == 0.0


# ---- files


def test_costs_and_restarts_stand_in_files(tmp_path: Path) -> None:
    path = tmp_path / "bounds.yml"
    path.write_text(
        "newsletter: {cost_per_unit: 0.002, high: 5000}\n"
        "print: {cost_per_unit: 3, fixed: today}\n"
        "ooh: {high: 90000, restart: {from: 2024-01-01, to: 2024-06-30}}\n"
        "radio: {fixed: 500, restart: [2024-01-01, 2024-06-30]}\n"
    )
    bounds = load_bounds(path)
    then = ("2024-01-01", "2024-06-30")
    assert bounds == {
        "newsletter": Bound(high=5000, cost_per_unit=0.002),
        "print": Bound(change=(0.0, 0.0), cost_per_unit=3),
        "ooh": Bound(high=90000, restart=then),
        "radio": Bound(500, 500, restart=then),
    }
    save_bounds(bounds, path)
    assert load_bounds(path) == bounds
    problem = parse_problem({"bounds": dict(bounds)})
    assert parse_problem(problem_dict(problem)) == problem


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"cost_per_unit": 0}, "cost_per_unit must be a number above 0, got 0"),
        ({"cost_per_unit": 1e308}, r"cost_per_unit must lie between 1e-12 and 1e\+15, got 1e\+308"),
        ({"cost_per_unit": 1e-300}, r"cost_per_unit must lie between 1e-12 and 1e\+15, got 1e-300"),
        ({"cost_per_unit": "cheap"}, "cost_per_unit must be a number above 0, got 'cheap'"),
        ({"restart": "2024"}, "restart must be two days"),
        ({"restart": {"from": "2024-01-01"}}, "restart must be two days"),
        ({"restart": ["2024-01-01", "soon"]}, "restart must be two days"),
        ({"restart": ["2024-06-01", "2024-01-01"]}, "restart ends on 2024-01-01, before it begins"),
        ({"restart": ["2024-01-01", "2024-06-01"], "fixed": "today"}, "a change from nothing is nothing"),
    ],
)
def test_a_cost_or_a_restart_that_cannot_be_is_named(raw: dict[str, object], words: str) -> None:
    with pytest.raises(BudgetError, match=words):
        Budget(bounds={"ooh": raw})  # type: ignore[dict-item]


# ---- flights


def test_a_flight_plans_exposure_that_is_given_a_cost(mixed_fit: Fit) -> None:
    rules = {"newsletter": ChannelRules(cost=COST)}
    plan = flighting(mixed_fit, Flighting(periods=6, channels=rules, history=False), anyway=True)
    data = mixed_fit.dataset
    c = data.channel_names.index("newsletter")
    spend = data.spend_gtc.copy()
    spend[:, :, c] = COST * data.exposure_gtc[:, :, c]
    paid = tuple(replace(part, kind=data.channels[0].kind) for part in data.channels)
    bought = replace(mixed_fit, dataset=replace(data, spend_gtc=spend, channels=paid))
    other = flighting(bought, Flighting(periods=6, history=False), anyway=True)
    assert plan.names == other.names
    np.testing.assert_allclose(plan.spend_ct, other.spend_ct, rtol=1e-9)
    k = plan.names.index("newsletter")
    np.testing.assert_allclose(plan.exposure_ct[k], plan.spend_ct[k] / COST)
    assert any(note.startswith("newsletter: planned at") for note in plan.notes)
