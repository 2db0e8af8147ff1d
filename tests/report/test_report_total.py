"""What the total should be: the planner's totals against a law, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.decide.answer.outlook import NextTest, Total
from mediamix.decide.answer.plan import Plan, Reached
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.maximise import optimize
from mediamix.decide.questions.totals import MULTIPLES, next_test, totals, with_outlook
from mediamix.measure.interval import Interval
from mediamix.reporting.blocks import Text
from mediamix.reporting.insights import insights
from mediamix.reporting.material import Material
from mediamix.reporting.section import build_sections

#: ``a √x`` brings most where spend is split as ``a²``: today's split is the best of every total.
HEIGHTS = {"tv": 30.0, "search": 20.0, "social": 10.0}


def roots(spread: float = 0.1, draws: int = 400) -> Curves:
    drawn = 1.0 + spread * np.random.default_rng(1).standard_normal((draws, 1))
    spend = {name: np.linspace(0.0, 3.0 * a * a, 4001) for name, a in HEIGHTS.items()}
    return Curves(
        spend=spend,
        contribution={name: a * drawn * np.sqrt(spend[name]) for name, a in HEIGHTS.items()},
        current={name: a * a for name, a in HEIGHTS.items()},
        baseline=1000.0,
    )


def test_totals_follow_the_law_of_roots() -> None:
    """``max Σ aᵢ √xᵢ = √(Σ aᵢ² · T)``, and its slope is ``½ √(Σ aᵢ² / T)``."""
    curves = roots()
    squares = sum(a * a for a in HEIGHTS.values())
    found = totals(curves)
    assert [total.multiple for total in found] == list(MULTIPLES)
    scale = float(np.mean(curves.contribution["tv"][:, -1])) / (30.0 * np.sqrt(2700.0))
    for total in found:
        assert total.spend == pytest.approx(total.multiple * squares)
        assert total.contribution.mean == pytest.approx(scale * np.sqrt(squares * total.spend), rel=1e-3)
    for total in found[1:-1]:
        assert total.last.mean == pytest.approx(scale * 0.5 * np.sqrt(squares / total.spend), rel=1e-2)
        assert total.last.p5 < total.last.mean < total.last.p95


def test_totals_that_the_limits_forbid_are_left_out() -> None:
    least = sum(a * a for a in HEIGHTS.values()) * 0.8
    bounds = {name: (0.8 * a * a, 1.1 * a * a) for name, a in HEIGHTS.items()}
    found = totals(roots(), Budget(bounds=bounds))
    assert found
    assert all(least * 0.999 <= total.spend <= least * 1.1 / 0.8 * 1.001 for total in found)


def test_without_draws_or_today_there_are_none() -> None:
    curves = roots()
    assert totals(replace(curves, current=None)) == ()
    one = {name: values[:1] for name, values in curves.contribution.items()}
    assert totals(replace(curves, contribution=one)) == ()


def test_they_survive_the_plans_file() -> None:
    curves = roots()
    plan = with_outlook(optimize(curves, Budget()), curves, Budget())
    assert plan.totals
    again = Plan.from_dict(plan.to_dict())
    assert (again.totals, again.test) == (plan.totals, plan.test)


def test_the_test_that_is_worth_most_is_the_vague_channels() -> None:
    draws = np.random.default_rng(2).standard_normal((400, 1))
    curves = roots(spread=0.0)
    vague = {**curves.contribution, "social": curves.contribution["social"] * np.exp(0.8 * draws)}
    curves = replace(curves, contribution=vague)
    found = next_test(curves, Budget(total=sum(curves.current.values())), optimize(curves, Budget()))  # type: ignore[union-attr]
    assert found is not None
    assert found.channel == "social"
    assert found.value > 2 * found.error


def test_certain_curves_need_no_test() -> None:
    curves = roots(spread=0.0)
    assert next_test(curves, Budget(total=1400.0), optimize(curves, Budget())) is None


def falling(at: float, spread: float = 0.02) -> tuple[Total, ...]:
    """Totals whose last unit returns `at` at today's, less above and more below."""
    made = []
    for multiple in MULTIPLES:
        last = at - 0.5 * (multiple - 1.0)
        brought = Interval(2e8 * multiple, 1e8 * multiple, 2e8 * multiple, 3e8 * multiple)
        last_one = Interval(last, last - spread, last, last + spread)
        made.append(Total(multiple, 1e8 * multiple, brought, last_one))
    return tuple(made)


def with_totals(material: Material, at: float, margin: float | None, spread: float = 0.02) -> Material:
    assert material.plan is not None
    goal = Reached("mean", None, margin, "a goal", 1.0)
    return replace(material, plan=replace(material.plan, totals=falling(at, spread), objective=goal))


def about_total(material: Material) -> list[str]:
    return [one.text for one in material.insights if one.kind.startswith("total")]


def test_a_budget_beyond_break_even_is_said_with_its_interval(material: Material) -> None:
    """At a margin of 80 % the last unit has to bring 1.25: reached at 70 % where it brings 1.1 today."""
    (text,) = about_total(with_totals(material, 1.1, 0.8))
    assert text.startswith("At a margin of 80% the whole budget is about EUR 30.0 M too high")
    assert "brings 1.10× (1.08× to 1.12×)" in text
    (more,) = about_total(with_totals(material, 1.4, 0.8))
    assert "too low" in more


def test_where_the_interval_reaches_break_even_nothing_is_said(material: Material) -> None:
    assert about_total(with_totals(material, 1.2, 0.8, spread=0.1)) == []
    # Without a margin, what brings more than it costs is not yet a reason to spend more.
    assert about_total(with_totals(material, 1.4, None)) == []


def test_the_section_says_until_where_money_pays(material: Material) -> None:
    shown = with_totals(material, 1.1, 0.8)
    (built,) = [one for one in build_sections(shown) if one.section.name == "total"]
    assert isinstance(built.blocks[0], Text)
    assert "At a margin of 80%, the next EUR 1 pays for itself up to about EUR 70.0 M" in built.blocks[0].text
    assert not [one for one in build_sections(material) if one.section.name == "total"]


def test_staying_names_the_test_its_size_and_its_worth(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    assert plan.uplift is not None
    name = next(iter(plan.channels))
    unsure = replace(plan.uplift, p5=-1e5, probability_better=0.6)
    made = replace(plan, uplift=unsure, test=NextTest(name, 250_000.0, 10_000.0))
    (one,) = [found for found in insights(material.summary, made, 1.0) if found.kind == "stay"]
    assert one.channel == name
    assert "worth up to EUR 250 k" in one.evidence
    assert f"test {name} next" in one.action
    assert "stop" in one.action
    assert one.stake == 250_000.0
