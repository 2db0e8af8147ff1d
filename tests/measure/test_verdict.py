"""The verdict follows from findings alone; weak scores are findings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import VerdictError
from mediamix.core.types import Finding
from mediamix.measure.quality import Quality, Score
from mediamix.measure.verdict import Verdict, judge, refuse_failed
from mediamix.measure.weakness import weaknesses

GOOD = Score(0.9, 0.1, 0.1, 0.9, 100)


def finding(
    severity: str, where: str = "tv", message: str = "two gaps", advice: str = "fill them"
) -> Finding:
    return Finding("gaps", severity, where, message, "", advice)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("severities", "level"),
    [
        ([], "ok"),
        (["info", "info"], "ok"),
        (["info", "warning"], "caution"),
        (["warning", "error", "info"], "failed"),
    ],
)
def test_the_gravest_finding_decides(severities: list[str], level: str) -> None:
    verdict = judge([finding(severity) for severity in severities])
    assert verdict.level == level
    assert len(verdict.reasons) == sum(severity != "info" for severity in severities)


def test_reasons_name_their_place_once_and_steps_stand_once() -> None:
    told = [
        finding("warning"),
        finding("warning", message="two gaps in TV"),
        finding("info", advice="nothing"),
    ]
    verdict = judge(told, held_out=True)
    assert verdict.reasons == ("tv: Two gaps.", "Two gaps in TV.")
    assert verdict.next_steps == ("Fill them.",)
    assert verdict.sentence == "Usable with care: 2 points to know before acting."
    assert Verdict.from_dict(verdict.to_dict()) == verdict


def test_the_sentence_of_a_clean_fit_says_what_was_looked_at() -> None:
    assert "held-out forecast found nothing" in judge([], held_out=True).sentence
    assert judge([]).sentence.endswith("No periods were held out.")
    assert judge([], pareto_k=0.31).sentence.endswith("(Pareto k-hat 0.31): sample before money moves.")


@pytest.mark.parametrize("raw", [{"level": "good", "sentence": ""}, {"level": "ok"}])
def test_what_is_no_verdict_isnt_read_as_one(raw: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        Verdict.from_dict(raw)


@pytest.mark.parametrize(
    ("r2", "coverage", "level"),
    [(0.8, 1.0, "ok"), (-0.5, 1.0, "ok"), (0.5, 0.375, "caution"), (-0.5, 0.375, "failed")],
)
def test_a_forecast_that_is_worse_than_a_mean_and_too_sure_fails(
    r2: float, coverage: float, level: str
) -> None:
    verdict = judge(weaknesses(Quality(GOOD, Score(r2, 0.3, 0.3, coverage, 8))))
    assert verdict.level == level
    assert any("their own mean" in reason for reason in verdict.reasons) == (level == "failed")


def test_poor_fit_and_poor_forecast_are_named() -> None:
    poor = Score(r2=0.2, mape=0.3, wmape=0.3, coverage90=0.3, periods=13)
    verdict = judge(weaknesses(Quality(poor, poor)))
    assert verdict.level == "caution"
    assert "explains only 20%" in verdict.reasons[0]
    assert "30% of 13 held-out periods" in verdict.reasons[1]


def test_a_failed_fit_is_refused_with_all_reasons_unless_anyway() -> None:
    failed = judge([finding("error"), finding("warning", "search", "always on")])
    refuse_failed(failed, "plan", anyway=True)
    refuse_failed(judge([finding("warning")]), "plan", anyway=False)
    with pytest.raises(VerdictError) as caught:
        refuse_failed(failed, "plan", anyway=False)
    assert caught.value.details == ("tv: Two gaps.", "search: Always on.")
    assert caught.value.exit_code == 2
    assert "--anyway" in caught.value.message


def test_summary_json_and_cards_say_the_verdict_of_all_findings(mixed_fit: mm.Fit) -> None:
    summary = mm.summarise(mixed_fit)
    data = replace(summary, data_findings=(finding("error"),))
    assert data.judged.level == "failed"
    raw = data.to_dict()
    assert raw["verdict"] == data.judged.to_dict()
    assert (raw["diagnostics"]["verdict"], raw["diagnostics"]["sentence"]) == ("failed", data.judged.sentence)
    assert str(data.judged) in repr(data)


@pytest.mark.parametrize(
    ("media", "baseline", "severity"),
    [
        (np.full(10, 50.0), np.full(10, 50.0), None),
        (np.full(10, 90.0), np.full(10, 10.0), "warning"),
        (np.full(10, 101.0), np.full(10, 1.0), "error"),
        (np.full(10, 70.0), np.where(np.arange(10) < 6, -1.0, 30.0), "error"),
        (np.full(10, 70.0), np.where(np.arange(10) < 2, -1.0, 30.0), "warning"),
    ],
)
def test_media_beyond_the_outcome_fail(media: np.ndarray, baseline: np.ndarray, severity: str | None) -> None:
    from mediamix.measure.plausibility import plausibility

    found = plausibility(media, baseline, 100.0)
    severities = {one.severity for one in found}
    assert severities == ({severity} if severity else set())
    assert all("units" in one.advice for one in found if one.severity == "error")
