"""`mediamix flight`: its JSON, its files, its words, and rules that can't be used."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from driving import call, tree

RULES = "channels: {tv: {minimum_buy: 40000, burst: 2, gap: 2}}\nperiod: [50000, 400000]\n"


def test_flight_writes_a_media_table_that_predict_reads(project: Path) -> None:
    Path("rules.yml").write_text(RULES)
    asked = ("flight", "fit", "--budget", 900_000, "--weeks", 4, "--rules", "rules.yml")
    result = call(*asked, "--json", "--out", "out/flight.csv")
    assert result.code == 0, result.err
    plan = result.json
    assert plan == json.loads(Path("out/flight.json").read_text())
    assert plan["budget"] == 900_000
    assert {"allocation", "outcome", "contribution", "comparisons", "certificate", "warnings"} <= set(plan)
    assert {"upper_bound", "gap", "status"} == set(plan["certificate"])
    assert plan["certificate"]["upper_bound"] >= plan["outcome"]["mean"]
    rows = pd.read_csv("out/flight.csv")
    assert rows["spend"].sum() == pytest.approx(plan["spend"])
    assert sum(map(sum, plan["allocation"].values())) == pytest.approx(plan["spend"])
    tv = plan["allocation"]["tv"]
    assert all(spend == 0 or spend >= 40_000 * (1 - 1e-6) for spend in tv)
    # The forecast with the table has the plan's expected outcome; its noise is on top, and the plan's draws
    # are weighed by the history.
    ahead = call("predict", "fit", "--media", "out/flight.csv", "--periods", 4, "--json")
    assert ahead.code == 0, ahead.err
    expected = [row["expected_mean"] for row in ahead.json["periods"]]
    assert plan["periods"]["mean"] == pytest.approx(expected, rel=0.03)
    assert "today's split counts as evidence" in plan["notes"][0]
    # But for the draws that are left out so where they aren't weighed by the history.
    assert call(*asked, "--no-history", "--out", "plain.csv").code == 0
    plan = json.loads(Path("plain.json").read_text())
    ahead = call("predict", "fit", "--media", "plain.csv", "--periods", 4, "--json")
    expected = [row["expected_mean"] for row in ahead.json["periods"]]
    assert plan["periods"]["mean"] == pytest.approx(expected, rel=0.01)


def test_flight_says_what_it_found(project: Path) -> None:
    before = tree(Path("fit"))
    shown = call("flight", "fit", "--weeks", 3, "--budget", 500_000)
    assert shown.code == 0, shown.err
    for words in ("The best flighting of EUR 500 k", "print_ooh", "against last year's pattern", "proof:"):
        assert words in shown.out
    assert "held by the budget of 500,000 EUR" in shown.out
    assert tree(Path("fit")) == before


def test_flight_takes_controls_and_events_of_the_future(project: Path) -> None:
    history = pd.read_csv("data/controls.csv", parse_dates=["date"])
    ahead = history.tail(3).assign(date=lambda rows: rows["date"] + pd.Timedelta(weeks=3))
    ahead.to_csv("ahead.csv", index=False)
    result = call("flight", "fit", "--weeks", 3, "--controls", "ahead.csv", "--json")
    assert result.code == 0, result.err
    plain = call("flight", "fit", "--weeks", 3, "--json").json
    assert result.json["allocation"]["tv"] == pytest.approx(plain["allocation"]["tv"], rel=1e-6)
    assert result.json["outcome"]["mean"] != pytest.approx(plain["outcome"]["mean"], rel=1e-6)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("channels: {telly: {burst: 2}}", "'telly', which has no spend to plan"),
        ("channels: {tv: {bursts: 2}}", "did you mean 'burst'?"),
        ("channels: [", "not valid YAML"),
        ("period: [900000, 1000000]", "the periods need"),
    ],
)
def test_wrong_rules_end_with_2_and_one_message(project: Path, rules: str, words: str) -> None:
    Path("rules.yml").write_text(rules)
    found = call("flight", "fit", "--budget", 100_000, "--weeks", 3, "--rules", "rules.yml")
    assert found.code == 2
    assert words in found.err
    assert "Traceback" not in found.err
