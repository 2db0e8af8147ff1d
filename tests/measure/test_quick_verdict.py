"""What is said about a quick fit, by the health of its weights."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from mediamix.inference.laplace import Importance
from mediamix.measure.convergence import convergence
from mediamix.measure.summary import summarise

GOOD = Importance(pareto_k=0.43, ess=1331.5, peaks=1, evaluations=10_000)


def judged(fit, importance: Importance):
    return replace(fit, run=replace(fit.run, quick=importance))


def test_healthy_weights_are_ok(mixed_fit):
    result = convergence(judged(mixed_fit, GOOD))
    assert (result.verdict, result.findings, result.table) == ("ok", (), {})
    assert math.isnan(result.rhat_max)
    assert result.sentence == (
        "A quick fit, Pareto k-hat 0.43, worth 1,332 independent draws: good enough to explore. "
        "Intervals can be a tenth too narrow: fit without --quick before money moves."
    )


@pytest.mark.parametrize(
    ("changes", "verdict", "check", "words"),
    [
        ({"pareto_k": 0.5}, "ok", None, "good enough to explore"),
        ({"pareto_k": 0.62}, "caution", "pareto_k", "Use with care: Pareto k-hat of the quick"),
        ({"pareto_k": 0.7}, "caution", "pareto_k", "is 0.70 (above 0.5)"),
        ({"pareto_k": 0.71}, "failed", "pareto_k", "Don't use these numbers yet: Pareto k-hat of the"),
        ({"pareto_k": math.inf}, "failed", "pareto_k", "is inf (above 0.7)"),
        ({"pareto_k": math.nan}, "failed", "pareto_k", "is nan (above 0.7)"),
        ({"ess": 250.0}, "caution", "ess", "worth 250 independent ones (wanted: 400)"),
        ({"ess": 40.0}, "failed", "ess", "worth 40 independent ones"),
        ({"peaks": 2}, "caution", "peaks", "2 peaks of similar height, and a quick fit sees one"),
    ],
)
def test_the_verdict_names_what_is_wrong_and_offers_nuts(mixed_fit, changes, verdict, check, words):
    result = convergence(judged(mixed_fit, replace(GOOD, **changes)))
    assert result.verdict == verdict
    assert words in result.sentence
    assert result.sentence.startswith("A quick fit, Pareto k-hat ")
    assert [finding.check for finding in result.findings] == ([] if check is None else [check])
    assert all("fit without --quick" in finding.advice for finding in result.findings)


def test_the_summary_is_json_whatever_the_weights(mixed_fit):
    found = summarise(judged(mixed_fit, replace(GOOD, pareto_k=math.inf))).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False))["diagnostics"]["pareto_k"] is None
    assert found["diagnostics"]["verdict"] == "failed"
