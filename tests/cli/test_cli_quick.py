"""`mediamix fit --quick`: the folder of any fit, words that say what it is, commands after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driving import Result, call


@pytest.fixture
def fitted(project: Path) -> Result:
    result = call("fit", "mediamix.yml", "--out", "new", "--quick")
    assert result.code == 0, result.err
    return result


def test_fit_says_that_it_is_quick_and_how_good(project: Path, fitted: Result) -> None:
    found = json.loads((project / "new/summary.json").read_text())["diagnostics"]
    assert found["rhat_max"] is None
    assert f"A quick fit, Pareto k-hat {found['pareto_k']:.2f}" in " ".join(fitted.out.split())
    assert json.loads((project / "new/run.json").read_text())["quick"]["pareto_k"] == found["pareto_k"]
    assert json.loads((project / "fit/run.json").read_text())["quick"] is None


def test_json_is_the_summary(project: Path) -> None:
    result = call("fit", "mediamix.yml", "--out", "new", "--quick", "--json")
    assert result.json["diagnostics"]["method"] == "quick"


def test_every_command_takes_a_quick_fit(project: Path, fitted: Result) -> None:
    evaluated = call("evaluate", "new")
    assert evaluated.code == 0
    assert "A quick fit" in evaluated.out
    assert "agree least" not in evaluated.out
    assert call("evaluate", "new", "--json").json["diagnostics"]["worst"] == {}
    # How far a plan is proved hangs on the draws.
    assert call("optimize", "new", "--json").json["certificate"]["gap"] < 1e-3
    assert call("report", "new", "--out", "r.html").code == 0
    page = (project / "r.html").read_text()
    assert "This is a quick fit (Pareto k-hat" in page
    assert "mediamix fit mediamix.yml --out fit --quick" in page


def test_help_shows_how() -> None:
    assert "--quick" in call("fit", "--help").out
