"""Trend, holidays, events and what was chosen of them, as check, card and report tell them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mediamix as mm
from mediamix.core.spec import Spec, parse_spec
from mediamix.models.baseline_words import baseline_words, choice_words
from mediamix.models.choices import Choice
from mediamix.reporting.blocks import Table
from mediamix.reporting.sections import provenance
from mediamix.showing.fit import card
from mediamix.simulate import Scenario, simulate


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ({}, {"Trend": "a level that moves, with a knot every 26 weeks"}),
        ({"trend": {"kind": "linear"}}, {"Trend": "one straight line"}),
        (
            {"trend": {"kind": "hsgp", "length": 13}},
            {"Trend": "a smooth curve that stays much the same over 13 weeks"},
        ),
        (
            {"holidays": {"country": "de", "region": "BY", "before": 7, "after": 1}},
            {
                "Holidays": "DE, BY, each with one effect for all years; 7 days before and 1 day after have "
                "effects of their own"
            },
        ),
        (
            {"events": {"fair": {"before": 1}, "launch": {}}},
            {"Days around events": "fair: 1 day before has an effect of its own"},
        ),
        (
            {"data": {"wide": "x", "media": {"t": {"spend": "t"}}, "events": [*"ab"]}, "event_spread": 0.1},
            {"Event columns": "2, each an event; their effects differ by about 10% of the outcome from what "
            "they share"},
        ),
    ],
)  # fmt: skip
def test_the_words(raw: dict, wanted: dict) -> None:
    said = dict(baseline_words(parse_spec(raw), ()))
    assert {key: said[key] for key in wanted} == wanted
    assert set(said) == {"Trend", *wanted}


def test_a_choice_in_words() -> None:
    choice = Choice("trend.every", 13.0, {13.0: 0.0, 6.0: 2.14, 26.0: 9.5})
    words = "chosen from 6, 13 and 26 weeks as what predicts the data best (6 weeks: worse by 2.1 nats)"
    assert choice_words(choice) == words
    trend = dict(baseline_words(Spec(trend={"every": 13}), (choice,)))["Trend"]
    assert trend == f"a level that moves, with a knot every 13 weeks; {words}"
    assert "no candidate could be judged" in choice_words(Choice("trend.every", 26.0, {}))
    assert "the only one" in choice_words(Choice("trend.every", 4.0, {4.0: 0.0}))
    assert "5.0%" in choice_words(Choice("event_spread", 0.05, {0.05: 0.0, 0.1: 1.0}))


def test_card_and_report_tell_what_was_chosen() -> None:
    data = simulate(Scenario.weekly(2)).dataset
    fit = mm.fit(data, Spec(trend={"every": "auto"}), quick=True, checks=False)
    assert any(key == "trend.every" and "predicts the data best" in text for key, text in card(fit).lines)

    class Material:
        def __init__(self) -> None:
            self.fit = fit

    told = next(block for block in provenance.build(Material()) if isinstance(block, Table))  # type: ignore[arg-type]
    assert any(row[0] == "Trend" and "predicts the data best" in row[1] for row in told.rows)


def test_check_tells_what_will_be_chosen(tmp_path) -> None:
    rng, dates = np.random.default_rng(1), pd.date_range("2022-01-03", periods=110, freq="7D")
    level = np.linspace(900, 1300, len(dates))
    written = {
        "media": pd.DataFrame({"date": dates, "channel": "tv", "spend": rng.uniform(50, 150, 110)}),
        "outcome": pd.DataFrame({"date": dates, "revenue": level + rng.normal(0, 50, 110)}),
    }
    for name, table in written.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    raw = {"data": {"media": "media.csv", "outcome": "outcome.csv"}, "trend": {"kind": "hsgp"}}
    (found,) = (f for f in mm.examine(parse_spec(raw), tmp_path) if f.check == "choices")
    assert (found.severity, found.where) == ("info", "trend.length")
    assert "predicts the data best" in found.message
    assert not [f for f in mm.examine(parse_spec({"data": raw["data"]}), tmp_path) if f.check == "choices"]
