"""What the sections say, as blocks; no HTML here."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from figure_cases import across, column, domain, line_at, rows_of
from report_cases import at_verdict, fit_of, plan_of, with_channels

from mediamix.core.errors import DataError
from mediamix.core.types import Finding
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.target import reach
from mediamix.measure.interval import Interval
from mediamix.models.base import Fit
from mediamix.models.noise import Noise
from mediamix.reporting.blocks import Callout, Cell, Figure, Fold, Kpis, Panels, Table, Text, figures_of
from mediamix.reporting.material import Material, gather
from mediamix.reporting.section import build_sections
from mediamix.simulate import Scenario


def sections(material: Material) -> dict[str, tuple[Any, ...]]:
    return {built.section.name: built.blocks for built in build_sections(material)}


def one(blocks: tuple[Any, ...], kind: type) -> Any:
    found = [block for block in blocks if isinstance(block, kind)]
    assert len(found) >= 1, f"no {kind.__name__}"
    return found[0]


def words(blocks: tuple[Any, ...]) -> str:
    """All texts of text blocks, tiles and callouts."""
    found = []
    for block in blocks:
        if isinstance(block, Text):
            found.append(block.text)
        elif isinstance(block, Fold):
            found.append(words(block.blocks))
        elif isinstance(block, Kpis):
            found += [f"{tile.label} {tile.value} {tile.detail}" for tile in block.tiles]
        elif isinstance(block, Callout):
            found += [block.title, block.text, *block.items]
    return "\n".join(found)


def rows(table: Table) -> dict[str, list[str]]:
    plain = [[cell.text if isinstance(cell, Cell) else cell for cell in row] for row in table.rows]
    return {row[0]: row[1:] for row in plain}


def kind_of_trust(material: Material) -> str:
    """What this market's fit gives to say differs with the draws."""
    return "table" if material.summary.model_findings else "callout"


def test_the_whole_report_in_order(material: Material) -> None:
    outline = [
        (built.section.name, built.section.part, [block.kind for block in built.blocks])
        for built in build_sections(material)
    ]
    assert outline == [
        ("headline", "decide", ["text", "kpis", "text", "callout"]),
        ("insights", "decide", ["callout", "callout", "callout", "fold"]),
        ("glance", "decide", ["kpis"]),
        ("budget", "decide", ["text", "figure", "table", "callout", "fold", "fold"]),
        ("shares", "understand", ["figure"]),
        ("returns", "understand", ["figure", "table"]),
        ("decomposition", "understand", ["figure", "figure", "table"]),
        ("response", "understand", ["text", "panels", "table"]),
        ("carryover", "understand", ["figure"]),
        ("explained", "trust", ["figure", "table"]),
        ("recovery", "trust", ["text", "figure", "table"]),
        ("diagnostics", "trust", ["callout", "kpis", "table"]),
        ("trust", "trust", [kind_of_trust(material)]),
        ("findings", "trust", ["callout"]),
        ("provenance", "trust", ["table", "text", "text", "fold", "fold"]),
    ]


def test_every_figure_has_words_for_who_cannot_see_it(material: Material) -> None:
    figures = [figure for built in build_sections(material) for figure in figures_of(built.blocks)]
    assert len(figures) == 13
    assert all(len(figure.alt) > 20 and figure.spec["layer"] for figure in figures)


def test_the_headline_names_the_moves_and_how_sure_they_are(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    assert plan.uplift is not None
    changes = {name: part.change or 0.0 for name, part in plan.channels.items()}
    text = words(sections(material)["headline"])
    assert max(changes, key=lambda name: changes[name]) in text
    assert min(changes, key=lambda name: changes[name]) in text
    assert f"{plan.uplift.probability_better:.0%} probability" in text
    assert f"EUR {plan.uplift.mean / 1e3:.0f} k more revenue" in text


def test_without_a_plan_the_next_unit_of_money_leads(plain: Material) -> None:
    best = max((m for m in plain.summary.channels if m.mroi), key=lambda m: m.mroi.mean if m.mroi else 0)
    built = sections(plain)
    assert f"The next EUR earns most in {best.name}" in words(built["headline"])
    assert "budget" not in built
    assert "recovery" not in built


def test_an_unsupported_move_is_not_recommended(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    assert plan.uplift is not None
    unsure = replace(plan, uplift=replace(plan.uplift, probability_better=0.55))
    text = words(sections(replace(material, plan=unsure))["headline"])
    assert "for now: the data don't clearly support moving money" in text


def test_another_budget_is_no_reason_to_keep_the_split(weekly: tuple[Fit, Any]) -> None:
    fit = weekly[0]
    today = float(fit.dataset.spend_c.sum())
    material = at_verdict(gather(fit, plan_of(fit, Budget(total=0.7 * today))), "ok")
    text = words(sections(material)["headline"])
    assert re.search(r"With EUR [\d.]+ M: expect EUR [\d.]+ M less revenue", text)
    assert re.search(r"Expected loss over [\d,]+ \w+ −EUR", text)


def test_a_target_plan_names_the_smallest_budget(weekly: tuple[Fit, Any]) -> None:
    fit = weekly[0]
    curves = curves_of(fit)
    assert curves.current is not None
    wanted = float(curves.outcome_at(curves.current).mean()) * 1.005
    material = at_verdict(gather(fit, reach(curves, wanted)), "ok")
    built = sections(material)
    assert "is the smallest budget expected to reach" in words(built["headline"])
    assert "no split within these bounds" in words(built["budget"])
    assert "every other way to split the money within these limits was ruled out" in words(built["budget"])


@pytest.mark.parametrize("with_plan", [True, False])
def test_failed_sampling_is_a_banner_and_no_advice(material: Material, with_plan: bool) -> None:
    failed = at_verdict(material if with_plan else replace(material, plan=None), "failed")
    built = sections(failed)
    first = built["headline"][0]
    assert isinstance(first, Callout)
    assert first.severity == "error"
    assert "can't be trusted" in first.title
    assert first.items == ("R-hat of tv is 1.200.", "Next: Raise sampler.tune.")
    assert "more revenue" not in words(built["headline"])
    assert one(built["diagnostics"], Callout).severity == "error"
    if with_plan:
        assert built["budget"][0] == Callout(
            "error", "Don't act on this plan", "It rests on a model that has not passed its checks."
        )


def test_the_plan_table_adds_up(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    table = one(sections(material)["budget"], Table)
    numbers = rows(table)
    assert set(numbers) == {*plan.allocation, "Total"}
    assert numbers["Total"][0] == material.spend(float(material.fit.dataset.spend_c.sum()))
    assert numbers["Total"][2] == "EUR 0"


def test_the_plan_table_says_which_numbers_count_the_evidence(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    alone = Interval(mean=412_000.0, p5=100_000.0, p50=410_000.0, p95=700_000.0)
    blocks = sections(replace(material, plan=replace(plan, uplift_alone=alone)))["budget"]
    folds = [words(block.blocks) for block in blocks if isinstance(block, Fold)]
    (found,) = [text for text in folds if "What the channels bring is the fit's" in text]
    assert "By the fit alone the plan would bring EUR 412 k more revenue" in found
    without = sections(replace(material, plan=replace(plan, uplift_alone=None)))["budget"]
    assert "What the channels bring is the fit's" not in words(without)


def test_an_unfinished_search_is_said(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    worse = replace(plan, certificate=replace(plan.certificate, status="feasible", gap=0.02))
    blocks = sections(replace(material, plan=replace(worse, warnings=("careful",))))["budget"]
    callouts = [block for block in blocks if isinstance(block, Callout)]
    assert [c.severity for c in callouts] == ["warning", "warning"]
    assert "may bring up to 2.0% of what media bring more" in callouts[0].text
    assert callouts[1].items == ("careful",)


def test_roi_rows_are_ordered_and_carry_the_marginal_one(material: Material) -> None:
    figure = one(sections(material)["returns"], Figure)
    at = column(figure, "at")
    assert at == sorted(at, reverse=True)
    assert len(column(figure, "second")) == len(at) == len(material.summary.channels)
    assert None not in column(figure, "second")
    assert line_at(figure) == 1.0


def test_one_vague_channel_does_not_squeeze_the_others(material: Material) -> None:
    first = material.summary.channels[0]
    assert first.roi is not None
    vague = replace(first, roi=replace(first.roi, p95=500.0))
    summary = replace(material.summary, channels=(vague, *material.summary.channels[1:]))
    figure = one(sections(replace(material, summary=summary))["returns"], Figure)
    assert domain(figure)[1] < 20
    assert f"go on beyond the figure: {first.name}" in figure.caption


def test_organic_channels_have_no_return_but_a_curve(organic: Fit) -> None:
    name = organic.dataset.channel_names[-1]
    material = at_verdict(gather(organic, plan_of(organic, history=False)), "ok")
    built = sections(material)
    assert f"Without spend, thus without a return on it: {name}." in words(built["returns"])
    assert rows(one(built["returns"], Table))[name][4] == "–"
    panel = one(built["response"], Panels).figures[-1]
    assert across(panel).startswith("impressions")
    assert name not in rows(one(built["budget"], Table))


def test_counts_with_a_value_have_a_roi(orders: Fit) -> None:
    material = at_verdict(gather(orders, plan_of(orders)), "ok")
    built = sections(material)
    assert "more orders" in words(built["headline"])
    assert "orders more orders" not in words(built["headline"])
    assert one(built["returns"], Figure).title == "Return on investment"
    assert "Spend per orders" in [column.label for column in one(built["returns"], Table).columns]


def test_counts_without_a_value_have_a_cost(orders: Fit) -> None:
    fit = replace(orders, dataset=replace(orders.dataset, value_per_unit=None))
    material = at_verdict(gather(fit), "ok")
    built = sections(material)
    assert material.paid_roi is None
    assert one(built["returns"], Figure).title == "Cost per unit of orders"
    assert "at the lowest cost: EUR" in words(built["headline"])
    assert "Spend per orders" in words(built["glance"])


@pytest.mark.parametrize("channels", [1, 12])
def test_any_number_of_channels(channels: int) -> None:
    fit, truth = fit_of(replace(Scenario.weekly(3), channels=channels))
    built = sections(at_verdict(gather(fit, plan_of(fit), truth), "ok"))
    assert len(one(built["response"], Panels).figures) == channels
    assert len(rows_of(one(built["returns"], Figure))) == channels
    if channels == 1:
        assert "Keep today's split" in words(built["headline"])


def test_a_channel_that_never_ran(weekly: tuple[Fit, Any]) -> None:
    fit = weekly[0]
    spend, exposure = np.array(fit.dataset.spend_gtc), np.array(fit.dataset.exposure_gtc)
    spend[:, :, 0], exposure[:, :, 0] = 0.0, 0.0
    idle = replace(fit, dataset=replace(fit.dataset, spend_gtc=spend, exposure_gtc=exposure))
    built = sections(at_verdict(gather(idle), "ok"))
    assert rows(one(built["returns"], Table))[fit.dataset.channel_names[0]][0] == "–"


def test_no_channel_has_spend(weekly: tuple[Fit, Any]) -> None:
    fit = weekly[0]
    free = replace(fit, dataset=replace(fit.dataset, spend_gtc=np.zeros_like(fit.dataset.spend_gtc)))
    built = sections(at_verdict(gather(free), "ok"))
    assert "brings most" in words(built["headline"])
    assert [block.kind for block in built["returns"]] == ["text", "table"]


def test_held_out_periods_are_shaded(material: Material) -> None:
    figure = one(sections(material)["explained"], Figure)
    dates = material.fit.dataset.dates
    (shape,) = rows_of(figure, "held")
    assert shape["left"] < str(dates[-13]) < str(dates[-1]) < shape["right"]
    assert str(dates[-14]) < shape["left"]
    assert "held out" in figure.caption
    assert "Held-out periods" in rows(one(sections(material)["explained"], Table))


def test_without_holdout_nothing_is_shaded(orders: Fit) -> None:
    blocks = sections(gather(orders))["explained"]
    assert rows_of(one(blocks, Figure), "held") == []
    assert list(rows(one(blocks, Table))) == ["Fitted periods"]


def test_the_kind_of_the_noise_is_told(orders: Fit) -> None:
    caption = one(sections(gather(orders))["explained"], Figure).caption
    assert "ar1" not in caption
    draws = np.linspace(0.4, 0.6, orders.n_draws)
    lasting = replace(orders, noise=Noise(rho_d=draws))
    caption = one(sections(gather(lasting))["explained"], Figure).caption
    assert "noise that remembers (ar1): neighbouring periods correlate with 0.50 (0.41 to 0.59)" in caption
    heavy = replace(orders, noise=Noise(nu_d=10 * draws))
    caption = one(sections(gather(heavy))["explained"], Figure).caption
    assert "heavy tails (student): 5 degrees of freedom (4 to 6;" in caption


def test_a_missing_outcome_is_a_gap_not_a_zero(weekly: tuple[Fit, Any]) -> None:
    fit = weekly[0]
    outcome = np.array(fit.dataset.outcome_gt)
    outcome[0, 5] = np.nan
    trained = fit.trained_gt & np.isfinite(outcome)
    gap = replace(fit, dataset=replace(fit.dataset, outcome_gt=outcome), trained_gt=trained)
    figure = one(sections(gather(gap))["explained"], Figure)
    actual = column(figure, "actual", "periods")
    assert actual[5] is None
    assert None not in actual[:5]


def test_the_decomposition_stacks_up_to_the_fitted_outcome(material: Material) -> None:
    figure = one(sections(material)["decomposition"], Figure)
    values = rows_of(figure, "values")
    parts = 1 + max(row["part"] for row in values)
    stacked = np.array([row["value"] for row in values]).reshape(parts, -1).sum(axis=0)
    table = material.contributions
    expected = table.loc[table["component"] == "fitted", "mean"].to_numpy()
    np.testing.assert_allclose(stacked, expected, rtol=1e-3)


def test_a_channel_named_like_a_baseline_term(weekly: tuple[Fit, Any]) -> None:
    fit = with_channels(weekly[0], lambda c, channel: replace(channel, name="trend") if c == 0 else channel)
    plain = gather(weekly[0])
    named = one(sections(gather(fit))["decomposition"], Figure)
    usual = one(sections(plain)["decomposition"], Figure)
    assert column(named, "value", "values") == column(usual, "value", "values")


def test_long_daily_data_are_drawn_as_weeks() -> None:
    fit, _ = fit_of(replace(Scenario(), periods=400, channels=2))
    built = sections(gather(fit))
    assert len(rows_of(one(built["decomposition"], Figure), "periods")) == 58
    assert "one point a week" in one(built["explained"], Figure).caption


def test_truth_is_compared_interval_by_interval(material: Material) -> None:
    assert material.truth is not None
    inside = {
        m.name: m.contribution.p5 <= material.truth["contribution"][m.name] <= m.contribution.p95
        for m in material.summary.channels
    }
    blocks = sections(material)["recovery"]
    assert f"{sum(inside.values())} of {len(inside)} true contributions" in words(blocks)
    table = rows(one(blocks, Table))
    assert {name: table[name][-1] == "yes" for name in inside} == inside
    assert "All media" in table


def test_findings_stand_by_severity(material: Material) -> None:
    found = tuple(Finding("x", s, "tv", f"seen {s}", "it matters", "mend it") for s in ("info", "warning"))
    told = replace(material, summary=replace(material.summary, data_findings=found))
    blocks = sections(told)["findings"]
    table = one(blocks, Table)
    assert list(rows(table)) == ["warning", "info"]
    assert rows(table)["warning"] == ["tv", "Seen warning. It matters.", "Mend it."]


def test_provenance_is_enough_to_do_it_again(material: Material) -> None:
    blocks = sections(material)["provenance"]
    numbers = rows(one(blocks, Table))
    run = material.fit.run
    assert numbers["Data hash"] == [run.data_hash]
    assert numbers["Spec hash"] == [run.spec_hash]
    assert numbers["Seed"] == [str(run.seed)]
    folds = [block for block in blocks if isinstance(block, Fold)]
    assert material.fit.spec.to_yaml() in [text.text for text in folds[1].blocks if isinstance(text, Text)]


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ({}, "the truth has no 'contribution'"),
        ({"contribution": {"tv": 1.0, "moon": 2.0}}, "differ in the channels"),
    ],
)
def test_a_truth_of_other_data_is_refused(
    weekly: tuple[Fit, Any], truth: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        gather(weekly[0], truth=truth)


def test_a_plan_of_another_fit_is_refused(weekly: tuple[Fit, Any]) -> None:
    other = with_channels(weekly[0], lambda c, channel: replace(channel, name=f"other{c}"))
    with pytest.raises(DataError, match="channels that the fit lacks: other0, other1"):
        gather(weekly[0], plan_of(other, history=False))
