"""`mediamix optimize` with a problem file, objectives, targets and comparisons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driving import call

#: Of a fit's own draws: what its history says takes a second to sample.
PLAIN = ("optimize", "fit", "--no-history")
PROBLEM = """\
objective: {kind: cvar, level: 0.1}
bounds:
  "*": {change: [-0.4, 0.4]}
  tv: {change: [-0.2, 0.2]}
groups:
- {channels: [tv, display], max_share: 0.55, name: broad}
what_ifs:
  more tv: {change: tv, by: 0.2}
  dark tv: {without: tv}
"""


def test_a_problem_file_is_planned(project: Path) -> None:
    channels = list(call(*PLAIN, "--json").json["allocation"])
    first, second = channels[:2]
    Path("plan.yml").write_text(PROBLEM.replace("display", second).replace("tv", first))
    result = call(*PLAIN, "--problem", "plan.yml", "--json")
    assert result.code == 0, result.err
    plan = result.json
    assert plan["objective"]["kind"] == "cvar"
    today = plan["current"]["allocation"]
    assert 0.8 * today[first] * (1 - 1e-6) <= plan["allocation"][first] <= 1.2 * today[first] * (1 + 1e-6)
    share = (plan["allocation"][first] + plan["allocation"][second]) / plan["spend"]
    assert share <= 0.55 * (1 + 1e-6)
    assert [row["scenario"] for row in plan["what_ifs"]] == ["today", f"more {first}", f"dark {first}"]
    assert plan["what_ifs"][2][f"spend_{first}"] == 0.0
    shown = call(*PLAIN, "--problem", "plan.yml")
    assert "What-ifs, from today's spend" in shown.out
    assert "mean outcome of the worst 10% of the draws" in shown.out
    over = call(*PLAIN, "--problem", "plan.yml", "--objective", "mean", "--json").json
    assert over["objective"]["kind"] == "mean"


def test_targets_of_roi_and_of_probability(project: Path) -> None:
    today = call(*PLAIN, "--json").json
    mroi = call(*PLAIN, "--target", "mroi=1", "--json")
    assert mroi.code == 0, mroi.err
    assert mroi.json["question"] == {"kind": "target", "amount": 1.0, "of": "mroi"}
    assert "The largest budget whose" in call(*PLAIN, "--target", "mroi=1").out
    wanted = today["current"]["outcome"]["mean"]
    arguments = ("--target", f"revenue={wanted}", "--probability", "0.8", "--json")
    sure = call(*PLAIN, *arguments).json
    assert sure["objective"]["kind"] == "quantile"
    assert sure["objective"]["level"] == pytest.approx(0.2)
    assert sure["objective"]["value"] >= wanted


def test_profit_the_frontier_and_the_worth_of_tests(project: Path) -> None:
    result = call(
        "optimize", "fit", "--margin", "0.5", "--frontier", "--tests", "--out", "plan.json", "--json"
    )
    assert result.code == 0, result.err
    assert result.json["objective"]["margin"] == 0.5
    frontier = result.json["frontier"]
    assert [row["aversion"] for row in frontier] == [0, 0.25, 0.5, 1, 2]
    assert frontier[-1]["sd"] <= frontier[0]["sd"]
    tests = result.json["information"]
    assert {row["channel"] for row in tests} == {*result.json["allocation"], "all"}
    assert all(row["value"] >= 0 for row in tests)
    assert "frontier" not in json.loads(Path("plan.json").read_text())
    shown = call("optimize", "fit", "--frontier", "--tests").out
    assert "Mean against risk" in shown
    assert "What perfect knowledge of a channel could add" in shown
    assert call("report", "fit", "--plan", "plan.json", "--out", "r.html").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--objective", "cvra"), "did you mean 'cvar'"),
        (("--margin", "-1"), "the margin must be a number above 0"),
        (("--probability", "0.9"), "a probability stands without a target"),
        (("--target", "roi=x"), "the target 'roi=x' can't be read"),
        (("--target", "roi=3", "--budget", "5"), "a budget and a target were both given"),
        (("--target", "roi=1000000"), "is out of reach within the bounds"),
        (("--problem", "none.yml"), "can't read the problem none.yml"),
        (("--problem", "plan.yml"), "there is no key 'budgt': did you mean 'budget'"),
        (("--budget", "0"), "the total must be a positive number, got 0"),
    ],
)
def test_what_can_not_be_planned_is_one_message(
    project: Path, arguments: tuple[str, ...], message: str
) -> None:
    Path("plan.yml").write_text("budgt: 5\n")
    result = call("optimize", "fit", *arguments)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
