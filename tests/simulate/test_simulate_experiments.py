"""Lift tests on made-up markets: the true lift from the truth's own curves, the error as asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import DataError
from mediamix.core.types import Window
from mediamix.simulate import Scenario, Simulation, Structure, experiments_table, lift_test, simulate

WEEKLY = Scenario.weekly(1)
PANEL = replace(Scenario.geo_panel(2), geos=3, periods=60)


@pytest.fixture(scope="module")
def market() -> Simulation:
    return simulate(WEEKLY)


def test_a_test_over_the_whole_window_is_the_difference_of_two_multiples(market: Simulation) -> None:
    truth = market.truth
    test = lift_test(market, "search", Window(0, 156), 0.6)
    before, _ = truth.response(np.array([1, 1 / 1.6, 1, 1, 1]))
    assert test.true_lift == pytest.approx(truth.contribution["search"] - before[1], rel=1e-10)
    assert test.spend_change == pytest.approx(truth.spend["search"] * (1 - 1 / 1.6))
    nothing = lift_test(market, "search", Window(0, 156), np.inf)
    assert nothing.true_lift == pytest.approx(truth.contribution["search"])
    assert nothing.spend_change == pytest.approx(truth.spend["search"])


def test_a_cut_has_a_negative_change_and_a_negative_lift(market: Simulation) -> None:
    test = lift_test(market, "search", Window(40, 60), -0.5)
    spent = market.dataset.spend_gtc[0, 40:60, 1].sum()
    # What is left is half of what had been: as much again was saved.
    assert test.spend_change == pytest.approx(-spent)
    assert test.true_lift < 0


def test_carry_over_after_the_window_counts_up_to_the_last_measured_day(market: Simulation) -> None:
    spent_t = market.dataset.spend_gtc[0, :, 0]
    last = int(np.flatnonzero((spent_t[:-1] > 0) & (spent_t[1:] == 0))[0]) + 1
    window = Window(last - 2, last)
    short, long = (lift_test(market, "tv", window, np.inf, after=weeks) for weeks in (0, 6))
    assert long.true_lift > short.true_lift > 0
    assert (long.until - short.until).astype(int) == 42
    assert short.end == short.until == market.dataset.dates[last] - np.timedelta64(1, "D")
    # Plain loops: the same spend without the window's, carried over geometrically, through the Hill curve.
    truth, channel = market.truth, market.truth.channels[0]
    alpha, caused = 2.0 ** (-1.0 / channel.half_life), []
    for without in (False, True):
        carried, path = 0.0, []
        for t, x in enumerate(spent_t):
            x = 0.0 if without and window.start <= t < window.stop else x
            carried = alpha * carried + (1 - alpha) * x
            odds = (carried / truth.half_effect_c[0]) ** channel.slope
            path.append(truth.beta_gc[0, 0] * odds / (1 + odds))
        caused.append(np.array(path))
    wanted = (caused[0] - caused[1])[window.start : window.stop + 6].sum()
    assert long.true_lift == pytest.approx(wanted)


def test_a_geo_is_tested_alone() -> None:
    panel = simulate(PANEL)
    name = panel.dataset.channel_names[0]
    parts = [lift_test(panel, name, Window(10, 40), np.inf, geos=(geo,)) for geo in panel.dataset.geos]
    whole = lift_test(panel, name, Window(10, 40), np.inf)
    assert sum(part.true_lift for part in parts) == pytest.approx(whole.true_lift)
    assert sum(part.spend_change for part in parts) == pytest.approx(whole.spend_change)
    assert whole.geos == ()
    assert all(part.geos == (geo,) for part, geo in zip(parts, panel.dataset.geos, strict=True))


def test_a_lift_counts_what_the_test_did_to_other_channels() -> None:
    both = simulate(replace(WEEKLY, structure=Structure(synergy=(("search", "display", 0.3),))))
    test = lift_test(both, "search", Window(0, 156), np.inf)
    lost = both.truth.media_outcome() - both.truth.media_outcome({"search": 0.0})
    assert test.true_lift == pytest.approx(lost)
    assert test.true_lift > both.truth.contribution["search"]


def test_the_error_is_as_large_as_it_says(market: Simulation) -> None:
    tests = [lift_test(market, "search", Window(40, 60), 0.5, error=0.2, seed=s) for s in range(400)]
    z = np.array([(test.lift - test.true_lift) / test.standard_error for test in tests])
    assert z.mean() == pytest.approx(0.0, abs=0.2)
    assert z.std() == pytest.approx(1.0, abs=0.12)
    assert tests[0].standard_error == pytest.approx(0.2 * abs(tests[0].true_lift))
    assert lift_test(market, "search", Window(40, 60), 0.5, seed=3) == lift_test(
        market, "search", Window(40, 60), 0.5, seed=3
    )


def test_the_table_has_what_was_measured_and_no_truth(market: Simulation) -> None:
    table = experiments_table([lift_test(market, "search", Window(40, 44), 0.5)])
    assert list(table) == ["channel", "geo", "start", "end", "until", "spend_change", "lift", "se"]
    assert str(table["start"][0].date()) == str(market.dataset.dates[40])
    assert (table["end"][0] - table["start"][0]).days == 27


@pytest.mark.parametrize(
    ("channel", "window", "change", "more", "message"),
    [
        ("podcast", Window(1, 4), 0.5, {}, "unknown channel 'podcast'"),
        ("search", Window(1, 4), 0.5, {"geos": ("north",)}, "unknown geo 'north'"),
        ("search", Window(150, 160), 0.5, {}, "periods 150 to 160 of 156"),
        ("search", Window(150, 156), 0.5, {"after": 1}, "periods 150 to 157 of 156"),
        ("search", Window(1, 4), -1.0, {}, "a change of -1.0"),
        ("search", Window(1, 4), 0.0, {}, "a change of 0.0"),
        ("search", Window(1, 4), 0.5, {"error": 0.0}, "with an error of 0.0"),
    ],
)
def test_an_impossible_test_is_refused(
    market: Simulation, channel: str, window: Window, change: float, more: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        lift_test(market, channel, window, change, **more)  # type: ignore[arg-type]


def test_a_test_of_a_channel_that_did_not_run_is_refused(market: Simulation) -> None:
    dark = int(np.flatnonzero(market.dataset.spend_gtc[0, :, 0] == 0)[0])
    with pytest.raises(DataError, match="nothing was spent on tv"):
        lift_test(market, "tv", Window(dark, dark + 1), 0.5)
