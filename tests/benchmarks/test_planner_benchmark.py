"""The planner's benchmark asks what it says, on problems that have an answer."""

from __future__ import annotations

from planner import times as planner


def test_every_question_is_timed_and_stands_in_the_report():
    found = planner.ask_all([(4, 60, 41, list(planner.QUESTIONS))], times=1)
    assert [part.question for part in found] == list(planner.QUESTIONS)
    assert all(part.milliseconds[0] > 0 for part in found)
    report = planner.markdown(found)
    assert all(f"| {name} | 4 channels" in report for name in planner.QUESTIONS)
