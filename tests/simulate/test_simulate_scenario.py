"""Knobs are refused where they are declared, all at once."""

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import SpecError
from mediamix.simulate import ChannelTruth, ControlTruth, EventTruth, Scenario, Variation, simulate


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("seed", -1),
        ("every", "quarter"),
        ("start", "2023-02-30"),
        ("periods", 3),
        ("periods", 10.5),
        ("periods", "100"),
        ("start", "January"),
        ("start", 20230102),
        ("geos", 0),
        ("channels", 0),
        ("channels", "five"),
        ("channels", ()),
        ("variation", "some"),
        ("outcome", "date"),
        ("unit", "orders"),
        ("value_per_unit", 80.0),
        ("currency", ""),
        ("revenue_per_day", 0),
        ("media_share", 0),
        ("media_share", 1.2),
        ("media_share", float("nan")),
        ("trend", 3),
        ("seasonality", -0.1),
        ("weekday", True),
        ("hidden_demand", 1),
        ("collinearity", 1.01),
        ("demand_confounding", None),
        ("noise", -0.01),
        ("geo_spread", 2),
    ],
)
def test_a_wrong_knob_is_named(knob: str, value: object) -> None:
    with pytest.raises(SpecError, match=f"- {knob}: "):
        Scenario(**{knob: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("pattern", "sometimes"),
        ("adstock", "weibull"),
        ("half_life", -1.0),
        ("half_effect", 0.0),
        ("slope", 0.0),
        ("roi", -1.0),
        ("spend_share", 0.0),
        ("follows_demand", 2.0),
        ("cost_per_thousand", 0.0),
        ("click_rate", 2.0),
        ("retention", 1.0),
        ("peak", -1.0),
        ("max_lag", 0),
    ],
)
def test_a_wrong_knob_of_a_channel_is_named(knob: str, value: object) -> None:
    channel = replace(ChannelTruth("tv"), **{knob: value})  # type: ignore[arg-type]
    with pytest.raises(SpecError, match=rf"- channels\[1\]\.{knob}: "):
        Scenario(channels=(ChannelTruth("ok"), channel))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"unit": "count"}, "value_per_unit: a count outcome needs"),
        ({"channels": (ChannelTruth("a"), ChannelTruth("a"))}, "channels: names must differ, got 'a'"),
        ({"channels": (ChannelTruth("noise"),)}, "channels: a name must be a text, and none of"),
        ({"channels": (ChannelTruth("baseline_x"),)}, "channels: a name must not begin with"),
        ({"channels": ("tv",)}, r"channels\[0\]: must be a ChannelTruth"),
        ({"controls": (ControlTruth("trend"),)}, "controls: a name must not be a part of the baseline"),
        ({"controls": (ControlTruth("x", "rain"),)}, r"controls\[0\]\.kind: "),
        ({"controls": (ControlTruth("x", effect=9),)}, r"controls\[0\]\.effect: "),
        ({"events": (EventTruth("x", 0.1),)}, r"events\[0\]\.month: give 'month' and 'day'"),
        ({"events": (EventTruth("x", 0.1, month=2, day=29),)}, r"events\[0\]\.day: must be a day of every"),
        ({"events": (EventTruth("x", 0.1, at=1.5),)}, r"events\[0\]\.at: "),
        ({"events": (EventTruth("x", 0.1, days=0, at=0.5),)}, r"events\[0\]\.days: "),
        ({"variation": Variation(roi=-1)}, r"variation\.roi: "),
    ],
)
def test_wrong_parts_are_named(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Scenario(**knobs)  # type: ignore[arg-type]


def test_all_wrong_knobs_are_told_at_once() -> None:
    with pytest.raises(SpecError, match="3 wrong knobs") as caught:
        Scenario(periods=0, noise=-1, every="year")  # type: ignore[arg-type]
    assert [line.split(":")[0] for line in caught.value.details] == ["periods", "noise", "every"]
    assert caught.value.next_step


def test_knobs_that_together_leave_no_baseline_are_refused() -> None:
    scenario = Scenario(seasonality=0.6, weekday=0.3, trend=0.5)
    with pytest.raises(SpecError, match="baseline falls below zero"):
        simulate(scenario)


def test_noise_that_would_make_the_outcome_negative_is_refused() -> None:
    with pytest.raises(SpecError, match="outcome falls below zero"):
        simulate(Scenario(noise=0.5))


def test_a_market_too_small_for_its_channels_is_refused() -> None:
    with pytest.raises(SpecError, match="spend rounds to zero"):
        simulate(Scenario(revenue_per_day=0.001))


def test_numpy_numbers_are_numbers() -> None:
    scenario = Scenario(periods=np.int64(60), channels=np.int64(2), noise=np.float64(0.03))  # type: ignore[arg-type]
    assert simulate(scenario).dataset.spend_gtc.shape == (1, 60, 2)


def test_months_begin_on_the_first_and_are_calendar_months() -> None:
    made = simulate(Scenario.monthly(3))
    dates = made.dataset.dates
    assert str(dates[0]) == "2011-01-01"
    assert str(dates[-1]) == "2024-12-01"
    assert {str(day)[-2:] for day in dates} == {"01"}
    for event in made.dataset.events:
        assert event.start in dates
        assert (event.end + np.timedelta64(1, "D")).astype("datetime64[M]") > event.start.astype(
            "datetime64[M]"
        )
    total = made.truth.baseline_gt + made.truth.contribution_gtc.sum(axis=2) + made.truth.noise_gt
    np.testing.assert_allclose(total, made.dataset.outcome_gt, rtol=1e-6)
    with pytest.raises(SpecError, match="months begin on the first"):
        Scenario(every="month", start="2023-01-02")
