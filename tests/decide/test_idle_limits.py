"""Limits that name channels without spend in the planned window: kept by 0, or refused."""

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
from mediamix.decide.problem.bounds import Bound, load_bounds
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.moves import Change, Off, Shift
from mediamix.decide.problem.problem import Budget, Group, Ratio, Target
from mediamix.decide.questions.maximise import optimize
from mediamix.decide.questions.scenarios import frontier, scenarios
from mediamix.decide.questions.target import reach
from mediamix.decide.questions.whatif import what_if
from mediamix.models.base import Fit

GRID = np.linspace(0, 100, 101)
LAST = 26


def curves(idle: tuple[str, ...] = ("ooh", "letter")) -> Curves:
    values = {"a": 4 * np.sqrt(GRID), "b": 3 * np.sqrt(GRID)}
    return Curves(dict.fromkeys(values, GRID), values, current={"a": 20.0, "b": 30.0}, idle=idle)


@pytest.fixture(scope="module")
def paused(mixed_fit: Fit) -> Fit:
    """`display` is off in the last 26 weeks."""
    return off(mixed_fit, "display")


def off(fit: Fit, name: str, geo: slice = np.s_[:]) -> Fit:
    data = fit.dataset
    spend, exposure = data.spend_gtc.copy(), data.exposure_gtc.copy()
    for array in (spend, exposure):
        array[geo, -LAST:, data.channel_names.index(name)] = 0.0
    return replace(fit, dataset=replace(data, spend_gtc=spend, exposure_gtc=exposure))


def last(fit: Fit) -> Window:
    return Window(fit.dataset.n_periods - LAST, fit.dataset.n_periods)


KEPT_BY_NOTHING = [
    (0.0, 0.0),
    (0.0, 50.0),
    Bound(change=(0.0, 0.0)),
    Bound(change=(-0.2, 0.3)),
    Bound(minimum_buy=5.0),
    Bound(high=0.0),
]


@pytest.mark.parametrize("bound", KEPT_BY_NOTHING, ids=str)
def test_a_bound_that_nothing_keeps_changes_no_plan_and_is_told(bound: object) -> None:
    plain = optimize(curves(), Budget(60.0))
    held = optimize(curves(), Budget(60.0, {"ooh": bound}))  # type: ignore[dict-item]
    assert held.allocation == plain.allocation
    assert held.notes != plain.notes
    assert [note for note in held.notes if note.startswith("ooh: no spend in the planned window, stays at 0")]


@pytest.mark.parametrize("bound", [(1.0, 5.0), Bound(low=1.0), Bound(1.0, 1.0)], ids=str)
def test_a_minimum_on_a_channel_without_spend_is_refused(bound: object) -> None:
    with pytest.raises(BudgetError, match="ooh has limits, at least 1, but no spend in the planned window"):
        optimize(curves(), Budget(60.0, {"ooh": bound}))  # type: ignore[dict-item]


def test_groups_and_ratios_of_idle_channels_are_those_of_the_others() -> None:
    groups = [
        Group(["a", "ooh"], 25.0, min=10.0),
        Group(["ooh", "letter"], 10.0),
        Group(["ooh"], max_share=0.3),
    ]
    ratios = [
        Ratio("ooh", "a", max=2.0),
        Ratio("a", "ooh", min=1.0),
        Ratio("ooh", "letter", min=1.0, max=2.0),
    ]
    wide = {"a": (0.0, 100.0), "b": (0.0, 100.0)}
    plan = optimize(curves(), Budget(60.0, wide, groups, ratios))
    alone = optimize(curves(), Budget(60.0, wide, [Group(["a"], 25.0, min=10.0)]))
    assert plan.allocation == pytest.approx(alone.allocation)
    assert plan.allocation["a"] == pytest.approx(25.0)
    assert any("the maximum of the group a + ooh" in line or "a + ooh" in line for line in plan.binding)


def test_all_that_nothing_cannot_keep_is_named_at_once() -> None:
    groups = [Group(["ooh"], min=5.0), Group(["letter", "ooh"], min_share=0.1, name="print")]
    ratios = [Ratio("ooh", "a", min=0.5), Ratio("b", "letter", max=2.0)]
    with pytest.raises(BudgetError, match="can't be planned") as caught:
        optimize(curves(), Budget(60.0, {"letter": (2.0, 3.0)}, groups, ratios))
    details = " | ".join(caught.value.details)
    for words in (
        "letter has limits, at least 2",
        "group ooh has a minimum",
        "group print has a minimum",
        "ratio ooh / a would keep a at 0",
        "ratio b / letter would keep b at 0",
    ):
        assert words in details
    assert len(caught.value.details) == 5


def test_a_name_that_nobody_knows_is_still_refused() -> None:
    with pytest.raises(BudgetError, match="the bounds name 'oh', which has no curve"):
        optimize(curves(), Budget(60.0, {"oh": (0.0, 0.0)}))


def test_every_question_takes_the_limits_of_idle_channels() -> None:
    held = Budget(60.0, {"ooh": (0.0, 0.0), "letter": Bound(change=(0.0, 0.0))})
    plain = Budget(60.0)
    assert scenarios(curves(), [40.0, 60.0], budget=held).equals(
        scenarios(curves(), [40.0, 60.0], budget=plain)
    )
    assert frontier(curves(), held).equals(frontier(curves(), plain))
    free = replace(held, total=None)
    target = Target(outcome=30.0)
    assert reach(curves(), target, free).spend == pytest.approx(reach(curves(), target, Budget()).spend)


def test_a_move_of_an_idle_channel_moves_nothing() -> None:
    table = what_if(curves(), {"off": Off("ooh"), "more": [Change("ooh", 0.5), Off("letter")]})
    assert np.ptp(table["outcome"]) == 0
    with pytest.raises(BudgetError, match="'ooh', which has no curve"):
        what_if(curves(), {"moved": Shift("a", "ooh", 5.0)})


@pytest.mark.parametrize("text", ["[0, 0]", "{fixed: today}", "{change: [-0.5, 0.5]}"])
def test_a_clients_file_that_names_all_channels_is_planned(paused: Fit, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bounds.yml"
    path.write_text(f"display: {text}\nnewsletter: [0, 0]\ntv: {{change: [-0.2, 0.2]}}\n")
    budget = Budget(bounds=load_bounds(path))
    plan = optimize(curves_of(paused, budget, window=last(paused), history=False), budget)
    bare = Budget(bounds={"tv": Bound(change=(-0.2, 0.2))})
    same = optimize(curves_of(paused, bare, window=last(paused), history=False), bare)
    assert plan.allocation == same.allocation
    assert "display" not in plan.allocation
    assert any(note.startswith("display and newsletter: no spend") for note in plan.notes)


def test_a_minimum_is_refused_before_anything_is_computed(
    paused: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediamix.decide.fitted.curves.response_draws", None)
    with pytest.raises(BudgetError, match="display has limits, at least 100 EUR, but no spend"):
        curves_of(paused, Budget(bounds={"display": (100.0, 200.0)}), window=last(paused))


def test_cells_of_geos_that_are_idle_hold_nothing(panel_fit: Fit) -> None:
    name = panel_fit.dataset.channel_names[0]
    geo = panel_fit.dataset.geos[2]
    fit = off(panel_fit, name, np.s_[2:3])
    window = last(fit)
    zero = Budget(bounds={f"{name}/{geo}": (0.0, 0.0), f"{name}/*": Bound(change=(-0.5, 0.5))})
    cells = curves_of(fit, zero, window=window, by="geo", history=False)
    plan = optimize(cells, zero)
    assert f"{name}/{geo}" in cells.idle
    assert f"{name}/{geo}" not in plan.allocation
    with pytest.raises(BudgetError, match=f"{name}/{geo} has limits, at least 5"):
        curves_of(fit, Budget(bounds={f"{name}/{geo}": (5.0, 9.0)}), window=window, by="geo")
    # All of a channel: a pattern that meets no curve.
    gone = off(panel_fit, name)
    pattern = Budget(bounds={f"{name}/*": Bound(change=(0.0, 0.0))})
    cells = curves_of(gone, pattern, window=last(gone), by="geo", history=False)
    assert not [cell for cell in optimize(cells, pattern).allocation if cell.startswith(f"{name}/")]


def test_flight_rules_that_nothing_keeps_are_accepted(mixed_fit: Fit) -> None:
    rules = Flighting(periods=4, channels={"newsletter": ChannelRules(total=(0.0, 0.0))}, history=False)
    plan = flighting(mixed_fit, rules, anyway=True)
    bare = flighting(mixed_fit, Flighting(periods=4, history=False), anyway=True)
    np.testing.assert_array_equal(plan.spend_ct, bare.spend_ct)
    assert any(note.startswith("newsletter: never had spend, stays at 0") for note in plan.notes)
    for wrong in (
        ChannelRules(total=(5.0, 9.0)),
        ChannelRules(gap=2),
        ChannelRules(period={"2030-01-01": (1.0, 2.0)}),
    ):
        with pytest.raises(BudgetError, match="'newsletter', which has no spend to plan"):
            flighting(mixed_fit, Flighting(periods=4, channels={"newsletter": wrong}), anyway=True)


def test_a_flight_of_a_channel_that_is_held_at_nothing_does_not_warn_of_it(mixed_fit: Fit) -> None:
    rules = {"display": ChannelRules(total=(0.0, 0.0))}
    plan = flighting(mixed_fit, Flighting(periods=4, channels=rules, history=False), anyway=True)
    assert plan.channels["display"].spend == 0
    assert not [words for words in plan.warnings if "nothing is spent" in words]
