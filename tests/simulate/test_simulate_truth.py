"""Counterfactual outcomes and the best split under the true curves."""

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import BudgetError
from mediamix.simulate import ChannelTruth, Scenario, Truth, simulate
from mediamix.simulate.optimum import best_multiples

TRUTHS = {
    "daily": simulate().truth,
    "weekly": simulate(Scenario.weekly(6)).truth,
    "geo": simulate(replace(Scenario.geo_panel(1), geos=5)).truth,
    "27_channels": simulate(replace(Scenario.weekly(2), channels=27)).truth,
    "s_shaped": simulate(
        Scenario(
            every="week",
            periods=104,
            channels=tuple(
                ChannelTruth(f"s{i}", "flighted", slope=5.0, half_effect=1.6, roi=1.0 + i / 10)
                for i in range(4)
            ),
        )
    ).truth,
}


@pytest.fixture(params=TRUTHS, ids=list(TRUTHS))
def truth(request: pytest.FixtureRequest) -> Truth:
    return TRUTHS[request.param]


def test_current_spend_gives_the_contributions_and_no_spend_gives_nothing(truth: Truth) -> None:
    assert truth.media_outcome() == pytest.approx(sum(truth.contribution.values()), rel=1e-12)
    assert truth.media_outcome(0.0) == 0.0
    name = truth.channel_names[0]
    without = truth.media_outcome() - truth.media_outcome({name: 0.0})
    assert without == pytest.approx(truth.contribution[name], rel=1e-9)


def test_other_spend_is_what_the_simulator_would_have_drawn() -> None:
    """Half of tv's spend, put through adstock and Hill again, not through the odds."""
    market = simulate(Scenario.weekly(6))
    truth = market.truth
    known = truth.parameters["tv"]
    carried, level = [], 0.0
    for spend in market.dataset.spend_gtc[0, :, 0] * 0.5:
        level = known["alpha"] * level + (1 - known["alpha"]) * spend
        carried.append(level)
    bent = np.array(carried) ** known["slope"]
    expected = known["beta"] * (bent / (bent + known["half_effect"] ** known["slope"])).sum()
    change = truth.media_outcome() - truth.contribution["tv"]
    assert truth.media_outcome({"tv": 0.5}) - change == pytest.approx(expected, rel=1e-9)


def test_more_spend_never_gives_less(truth: Truth) -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        less = rng.uniform(0, 2, len(truth.channels))
        more = less + rng.uniform(0, 1, len(truth.channels))
        assert truth.media_outcome(more) >= truth.media_outcome(less)


def test_mroi_is_the_difference_quotient(truth: Truth) -> None:
    step = 1e-5
    for name in truth.channel_names:
        rise = truth.media_outcome({name: 1 + step}) - truth.media_outcome({name: 1 - step})
        assert truth.mroi[name] == pytest.approx(rise / (2 * step * truth.spend[name]), rel=1e-4)


def _random_splits(truth: Truth, n: int) -> np.ndarray:
    """Feasible multiples that spend the budget: random points, money shifted back into the bounds."""
    rng = np.random.default_rng(3)
    splits = rng.uniform(0.5, 1.5, (n, len(truth.channels)))
    for split in splits:
        for _ in range(200):
            missing = truth.spend_c.sum() - split @ truth.spend_c
            room = (1.5 - split if missing > 0 else split - 0.5) * truth.spend_c
            if abs(missing) < 1e-9 * truth.spend_c.sum():
                break
            split += np.sign(missing) * min(1.0, abs(missing) / room.sum()) * room / truth.spend_c
    return splits


def test_the_optimum_is_feasible_and_beats_history_and_2000_random_splits(truth: Truth) -> None:
    best = truth.optimal
    allocation = np.array([best.allocation[name] for name in truth.channel_names])
    assert allocation.sum() == pytest.approx(truth.spend_c.sum(), rel=1e-9)
    assert (allocation >= 0.5 * truth.spend_c * (1 - 1e-9)).all()
    assert (allocation <= 1.5 * truth.spend_c * (1 + 1e-9)).all()
    assert best.outcome == pytest.approx(truth.media_outcome(allocation / truth.spend_c), rel=1e-12)
    assert best.historical_outcome == pytest.approx(truth.media_outcome(), rel=1e-12)
    assert best.outcome >= best.historical_outcome
    splits = _random_splits(truth, 2000)
    np.testing.assert_allclose(splits @ truth.spend_c, truth.spend_c.sum(), rtol=1e-6)
    random_outcomes = [truth.media_outcome(split) for split in splits]
    # A random split may overspend by a millionth; no more than that may it win by.
    assert best.outcome * (1 + 2e-6) >= max(random_outcomes)


def test_no_small_exchange_between_two_channels_improves_the_optimum(truth: Truth) -> None:
    best = truth.optimal
    multiples = np.array([best.allocation[name] for name in truth.channel_names]) / truth.spend_c
    money = 1e-3 * truth.spend_c.min()
    for to in range(len(multiples)):
        for off in range(len(multiples)):
            moved = multiples.copy()
            moved[to] += money / truth.spend_c[to]
            moved[off] -= money / truth.spend_c[off]
            if to != off and moved[to] <= 1.5 and moved[off] >= 0.5:
                assert truth.media_outcome(moved) <= best.outcome * (1 + 1e-12)


def test_the_known_s_curve_beside_a_concave_one_is_solved() -> None:
    """Where greedy rules find 18.8: hill (slope 4, half 600, height 900), (1, 300, 300), budget 600."""
    spend = np.array([500.0, 500.0])

    def curves(multiple: float) -> tuple[np.ndarray, np.ndarray]:
        b = multiple * spend
        value = np.array([900 * b[0] ** 4 / (b[0] ** 4 + 600**4), 300 * b[1] / (b[1] + 300)])
        slope = np.array(
            [900 * 4 * b[0] ** 3 * 600**4 / (b[0] ** 4 + 600**4) ** 2, 300 * 300 / (b[1] + 300) ** 2]
        )
        return value, slope * spend

    multiples = best_multiples(spend, curves, 600.0, (0.0, 2.0))
    np.testing.assert_allclose(multiples * spend, [600.0, 0.0], atol=1e-3)


def test_two_channels_are_solved_as_well_as_by_brute_force() -> None:
    truth = simulate(Scenario(every="week", periods=60, channels=2)).truth
    spend = truth.spend_c
    first = np.linspace(0.5, 1.5, 20_001)
    second = (spend.sum() - first * spend[0]) / spend[1]
    fits = (second >= 0.5) & (second <= 1.5)
    brute = max(truth.media_outcome(np.array(pair)) for pair in zip(first[fits], second[fits], strict=True))
    assert truth.optimal.outcome == pytest.approx(brute, rel=1e-7)
    assert truth.optimal.outcome >= brute * (1 - 1e-12)


def test_other_budgets_and_bounds(truth: Truth) -> None:
    total = truth.spend_c.sum()
    assert truth.best(0.5 * total).outcome == pytest.approx(truth.media_outcome(0.5), rel=1e-12)
    assert truth.best(1.5 * total).outcome == pytest.approx(truth.media_outcome(1.5), rel=1e-12)
    outcomes = [truth.best(share * total, (0.0, 2.0)).outcome for share in (0.6, 1.0, 1.4)]
    assert outcomes == sorted(outcomes)
    assert outcomes[1] >= truth.optimal.outcome * (1 - 1e-9)


def test_impossible_questions_are_refused() -> None:
    truth = TRUTHS["daily"]
    with pytest.raises(BudgetError, match="can't be spent within the bounds"):
        truth.best(budget=2 * truth.spend_c.sum())
    with pytest.raises(BudgetError, match="0 <= low < high"):
        truth.best(bounds=(1.5, 0.5))
    with pytest.raises(BudgetError, match="unknown channel 'telly'"):
        truth.media_outcome({"telly": 1.0})
    with pytest.raises(BudgetError, match=r"\(3,\) values for 5 channels"):
        truth.media_outcome(np.ones(3))
    with pytest.raises(BudgetError, match="0 or more"):
        truth.media_outcome({"tv": -1.0})
