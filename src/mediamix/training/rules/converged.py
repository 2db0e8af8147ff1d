"""A fit whose checks failed isn't promoted."""

from __future__ import annotations

from collections.abc import Mapping

from mediamix.training.case import Case
from mediamix.training.rule import Answer, Rule


def judge(case: Case, bounds: Mapping[str, float]) -> Answer:
    """The verdict of the new fit isn't ``failed``."""
    verdict = case.new.summary["verdict"]
    words = f"the verdict is {verdict['level']}: {verdict['sentence']}"
    return Answer(verdict["level"] != "failed", words, numbers={"verdict": verdict["level"]})


RULE = Rule(
    name="converged",
    title="The checks of the fit don't fail",
    why="numbers of a sampling that hasn't converged, or of a model that misfits, are no basis for money",
    advice="open the run's report: it says what to mend; then train again",
    concern="fit",
    bounds=(),
    judge=judge,
)
