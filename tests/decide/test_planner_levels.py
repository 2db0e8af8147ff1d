"""Controls at another level, against the model's own terms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import BudgetError
from mediamix.core.types import Window
from mediamix.decide.problem.file import parse_problem, problem_dict
from mediamix.decide.problem.moves import move_dict, moves_of


def shifted(fit, name, new_gt, window):
    """Outcome per draw of a window when a control takes other values, from the fitted term itself."""
    term = next(t for t in fit.baseline if t.component == "controls")
    k = term.names.index(name)
    matrix = np.broadcast_to(
        term.block.matrix_gtp, (len(term.weight_gt), *term.block.matrix_gtp.shape[1:])
    ).copy()
    matrix[:, :, k] += new_gt - fit.dataset.controls_gtk[:, :, k]
    there = replace(term, block=replace(term.block, matrix_gtp=matrix))
    return (there.contribution() - term.contribution())[:, window.slice].sum(axis=1)


@pytest.mark.parametrize("which", ["mixed_fit", "panel_fit"])
@pytest.mark.parametrize("form", [{"by": -0.05}, {"plus": 1.5}, {"to": 97.0}, {"to": 0.0}])
def test_a_control_at_another_level_is_its_term_with_other_values(which, form, request):
    fit = request.getfixturevalue(which)
    n = fit.dataset.n_periods
    window = Window(n - 30, n)
    name = fit.dataset.control_names[0]
    level_gt = fit.dataset.controls_gtk[:, :, 0]
    ((key, value),) = form.items()
    new_gt = {"by": level_gt * (1 + value), "plus": level_gt + value, "to": np.full_like(level_gt, value)}[
        key
    ]
    expected = shifted(fit, name, new_gt, window)
    curves = mm.curves_of(fit, window=window, draws=fit.n_draws, history=False)
    table = mm.what_if(curves, {"x": mm.Level(name, **form)}).set_index("scenario")
    assert table.loc["x", "change"] == pytest.approx(expected.mean())
    assert table.loc["x", "change_p5"] == pytest.approx(np.quantile(expected, 0.05))
    # No money moves, and what media bring for theirs isn't touched.
    assert table.loc["x", "spend"] == table.loc["today", "spend"]
    assert table.loc["x", "roi"] == pytest.approx(table.loc["today", "roi"])


def test_levels_and_moves_add_up(mixed_fit):
    curves = mm.curves_of(mixed_fit)
    price, channel = mm.Level("price", by=-0.02), mm.Change(curves.channels[0], 0.1)
    rows = mm.what_if(curves, {"a": price, "b": channel, "both": [price, channel]}).set_index("scenario")
    assert rows.loc["both", "change"] == pytest.approx(rows.loc["a", "change"] + rows.loc["b", "change"])


def test_a_level_is_written_as_it_is_read():
    for raw in (
        {"control": "price", "by": -0.05},
        {"control": "price", "plus": 2},
        {"control": "price", "to": 0.0},
    ):
        assert move_dict(moves_of(raw)[0]) == raw
        problem = mm.Problem(what_ifs={"x": moves_of(raw)})
        assert parse_problem(problem_dict(problem)) == problem


@pytest.mark.parametrize(
    "raw",
    [{"control": "price", "by": "much"}, {"control": "price", "to": float("nan")}, {"control": "price"}],
)
def test_a_level_that_is_no_number_is_refused(raw):
    with pytest.raises(BudgetError, match="can't be read"):
        moves_of(raw)
    with pytest.raises(BudgetError, match="level of price can't be read"):
        mm.Level("price", by=0.1, to=3.0)


def test_an_unknown_control_is_named(mixed_fit):
    with pytest.raises(BudgetError, match="names 'prise', which is no control: did you mean"):
        mm.what_if(mm.curves_of(mixed_fit), {"x": mm.Level("prise", by=0.1)})
    grid = np.linspace(0, 10, 5)
    own = mm.Curves({"a": grid}, {"a": grid}, current={"a": 5.0})
    with pytest.raises(BudgetError, match="only a fit knows"):
        mm.what_if(own, {"x": mm.Level("price", by=0.1)})
