"""Insights say what is true: worlds are planted, and every claim is held against what made them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.spec import Spec
from mediamix.decide.answer.plan import Plan
from mediamix.decide.problem.objective import Objective
from mediamix.measure.summary import Summary
from mediamix.models.base import Fit
from mediamix.pipeline import plan as planned
from mediamix.reporting.insights import Insight, insights
from mediamix.reporting.insights.insight import Known
from mediamix.reporting.insights.sizes import noise, stop_words
from mediamix.simulate import ChannelTruth, Scenario, simulate
from mediamix.simulate.truth import Truth

SOUND = (
    ChannelTruth("tv", "flighted", half_life=2.0, half_effect=1.2, roi=2.2, spend_share=1.0),
    ChannelTruth("search", "always_on", half_life=0.5, half_effect=1.5, roi=2.6, spend_share=1.0),
    ChannelTruth("social", "bursty", half_life=1.0, half_effect=1.3, roi=2.2, spend_share=1.0),
)
SATURATED = ChannelTruth("display", "always_on", 0.3, half_effect=0.08, roi=0.9, spend_share=1.2)
USELESS = ChannelTruth("print", "flighted", 0.5, half_effect=1.0, roi=0.001, spend_share=0.8)
STARVED = ChannelTruth("affiliate", "bursty", 0.3, half_effect=6.0, roi=7.0, spend_share=0.3)
WORLDS = {
    "nothing to say": SOUND,
    "saturated": (*SOUND, SATURATED),
    "useless": (*SOUND, USELESS),
    "starved": (*SOUND, STARVED),
    "noisy": SOUND,
}
#: Standard deviation of the noise: in the noisy world it hides what channels bring.
NOISE = {"noisy": 0.3}
#: A fit of these worlds takes a second or two.
QUICK = {"chains": 2, "draws": 500, "tune": 300}


@dataclass(frozen=True)
class Told:
    """A world, and what is said about it."""

    fit: Fit
    truth: Truth
    summary: Summary
    plan: Plan
    found: tuple[Insight, ...]

    def about(self, channel: str) -> set[str]:
        return {insight.kind for insight in self.found if insight.channel == channel}


def told(channels: tuple[ChannelTruth, ...], size: float) -> Told:
    market = simulate(Scenario(seed=3, every="week", periods=156, channels=channels, noise=size))
    fit = mm.fit(market.dataset, Spec(sampler=QUICK), checks=False)
    summary, plan = mm.summarise(fit), planned(fit, anyway=True, outlook=True)
    return Told(fit, market.truth, summary, plan, insights(summary, plan, fit.dataset.worth))


@pytest.fixture(scope="module")
def worlds() -> dict[str, Told]:
    return {name: told(channels, NOISE.get(name, 0.02)) for name, channels in WORLDS.items()}


def true_mroi(truth: Truth) -> dict[str, float]:
    """``Σ β s o / (1 + o)² / spend``: the slope of the Hill curve in a factor on the spend."""
    odds = truth.odds_gtc
    slope = np.array([channel.slope for channel in truth.channels])
    rise = (truth.beta_gc[:, None] * slope * odds / (1.0 + odds) ** 2).sum(axis=(0, 1))
    return dict(zip([c.name for c in truth.channels], (rise / truth.spend_c).tolist(), strict=True))


def true_gain(truth: Truth, allocation: dict[str, float]) -> float:
    """What these amounts would have brought more than today's, every period scaled alike."""
    more = 0.0
    for c, channel in enumerate(truth.channels):
        odds = truth.odds_gtc[:, :, c]
        scaled = odds * (allocation[channel.name] / truth.spend_c[c]) ** channel.slope
        change = scaled / (1.0 + scaled) - odds / (1.0 + odds)
        more += float((truth.beta_gc[:, None, c] * change).sum())
    return more


def test_the_oracle_of_the_gain_agrees_with_that_of_the_slope(worlds: dict[str, Told]) -> None:
    truth = worlds["saturated"].truth
    today = dict(zip([c.name for c in truth.channels], truth.spend_c.tolist(), strict=True))
    for name, slope in true_mroi(truth).items():
        more = true_gain(truth, {**today, name: today[name] * 1.0001})
        assert more == pytest.approx(slope * today[name] * 0.0001, rel=1e-3)


@pytest.mark.parametrize("world", WORLDS)
def test_every_claim_is_true(worlds: dict[str, Told], world: str) -> None:
    made = worlds[world]
    slopes = true_mroi(made.truth)
    brought = dict(
        zip(
            [c.name for c in made.truth.channels],
            made.truth.contribution_gtc.sum(axis=(0, 1)).tolist(),
            strict=True,
        )
    )
    for insight in made.found:
        if insight.kind == "last_unit_below":
            assert slopes[insight.channel or ""] < 1.0, insight.text
        elif insight.kind == "next_unit_above":
            assert slopes[insight.channel or ""] > 1.0, insight.text
        elif insight.kind == "move":
            assert true_gain(made.truth, dict(made.plan.allocation)) > 0.0, insight.text
        elif "next to nothing" in insight.text.split(":")[0]:
            spend = next(m.spend for m in made.summary.channels if m.name == insight.channel)
            assert brought[insight.channel or ""] < 0.2 * spend, insight.text


@pytest.mark.parametrize("world", ["nothing to say", "saturated", "useless", "starved"])
def test_the_worth_of_a_move_lies_in_its_interval(worlds: dict[str, Told], world: str) -> None:
    made = worlds[world]
    gain = true_gain(made.truth, dict(made.plan.allocation))
    for move in (insight for insight in made.found if insight.kind == "move"):
        assert move.interval is not None
        # Of 90 %, and the carry-over at the window's ends is counted otherwise: a tenth of room.
        assert 0.9 * move.interval[0] <= gain <= 1.1 * move.interval[1], move.text


@pytest.mark.parametrize("margin", [0.3, 0.95])
def test_what_is_said_of_the_total_is_true_of_the_truth(worlds: dict[str, Told], margin: float) -> None:
    """Where every channel's true slope is below (above) break-even, so is that of the whole."""
    made = worlds["nothing to say"]
    plan = planned(made.fit, objective=Objective(margin=margin), outlook=True, anyway=True)
    said = {one.kind for one in insights(made.summary, plan, 1.0) if one.kind.startswith("total")}
    slopes = [slope * margin for slope in true_mroi(made.truth).values()]
    assert max(slopes) < 1.0 or min(slopes) > 1.0
    assert said == {"total_too_high" if max(slopes) < 1.0 else "total_too_low"}


def test_where_noise_hides_everything_it_stays_and_names_the_next_test(worlds: dict[str, Told]) -> None:
    made = worlds["noisy"]
    kinds = {insight.kind for insight in made.found}
    assert "stay" in kinds
    assert not kinds & {"move", "total_too_high"}
    (stay,) = [insight for insight in made.found if insight.kind == "stay"]
    assert f"test {stay.channel} next" in stay.action


def test_a_stop_of_the_advised_length_is_as_sharp_as_said(worlds: dict[str, Told]) -> None:
    """Noise of the planted size, drawn again: what a stop shows is as sure as the advice assumes."""
    made = worlds["nothing to say"]
    known, measure = Known(made.summary, made.plan, 1.0), made.summary.channels[0]
    planted = 0.02 * made.summary.outcome_total / 156
    assert noise(known) == pytest.approx(planted, rel=0.25)
    half = 1.645 * planted * 156 / np.sqrt(12)  # of a stop of twelve weeks
    words = stop_words(known, measure, half)
    assert words is not None
    weeks = int(re.findall(r"about (\d+) weeks", words)[0])
    active = round(weeks - 2 * measure.half_life.mean)
    seen = np.random.default_rng(1).normal(0.0, planted, (4000, active)).mean(axis=1) * 156
    assert np.quantile(seen, 0.95) == pytest.approx(half, rel=0.3)
    # A tenth of the width takes a hundred times as long, which is no test any more.
    assert stop_words(known, measure, half / 10) is None


def test_a_saturated_channel_is_named_with_what_its_last_euro_brings(worlds: dict[str, Told]) -> None:
    assert true_mroi(worlds["saturated"].truth)["display"] < 0.3
    assert "last_unit_below" in worlds["saturated"].about("display")
    assert not any("last_unit_below" in worlds["saturated"].about(channel.name) for channel in SOUND)


def test_a_useless_channel_cant_be_told_from_nothing(worlds: dict[str, Told]) -> None:
    assert "nothing" in worlds["useless"].about("print")
    assert not any("nothing" in worlds["useless"].about(channel.name) for channel in SOUND)


def test_a_starved_channel_gets_more(worlds: dict[str, Told]) -> None:
    made = worlds["starved"]
    assert true_mroi(made.truth)["affiliate"] == max(true_mroi(made.truth).values())
    assert made.plan.allocation["affiliate"] > 1.2 * (made.plan.channels["affiliate"].current or 0.0)
    move = next(insight for insight in made.found if insight.kind == "move")
    assert "affiliate" in move.text


def test_where_nothing_stands_out_no_channel_is_blamed(worlds: dict[str, Told]) -> None:
    kinds = {insight.kind for insight in worlds["nothing to say"].found}
    assert kinds <= {"move", "stay"}


def test_the_most_money_comes_first_and_every_insight_says_what_to_do(worlds: dict[str, Told]) -> None:
    for made in worlds.values():
        assert made.found
        stakes = [insight.stake for insight in made.found]
        assert stakes == sorted(stakes, reverse=True)
        for insight in made.found:
            assert insight.text.endswith(".")
            assert insight.action.endswith(".")
            assert insight.evidence.endswith(".")
            assert insight.interval is None or insight.interval[0] <= insight.interval[1]


def test_nothing_is_said_of_a_failed_fit(worlds: dict[str, Told]) -> None:
    made = worlds["saturated"]
    failed = replace(
        made.summary,
        model_findings=(*made.summary.model_findings, _failure(made.summary)),
    )
    assert failed.judged.failed
    assert insights(failed, made.plan, 1.0) == ()


def _failure(summary: Summary) -> object:
    from mediamix.core.types import Finding

    return Finding("test", "error", "tv", "it is wrong", "for a test", "don't use it")


def test_without_a_value_no_money_is_claimed(worlds: dict[str, Told]) -> None:
    made = worlds["saturated"]
    bare = replace(
        made.summary,
        has_value=False,
        channels=tuple(replace(m, roi=None, mroi=None) for m in made.summary.channels),
    )
    assert {insight.kind for insight in insights(bare, None, None)} <= {"nothing", "only_prior"}
