"""The verdict follows from findings alone; weak scores are findings."""

from __future__ import annotations

from dataclasses import replace

import pytest

import mediamix as mm
from mediamix.core.errors import VerdictError
from mediamix.core.types import Finding
from mediamix.measure.quality import Score
from mediamix.measure.verdict import Verdict, judge, refuse_failed

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
