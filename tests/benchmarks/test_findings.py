"""The worlds that findings are counted on, and the page, from results made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from findings import page
from findings.market import draft
from findings.run import Result
from findings.spikes import count_spikes
from findings.worlds import UNSOUND, worlds

from mediamix.measure.checking import all_checks

ABOUT = {
    "first": 1,
    "host": {"cores": 2, "system": "Linux", "machine": "x86_64"},
    "versions": {"mediamix": "0.1.0"},
    "day": "2026-11-26",
}


def test_there_are_sixty_sound_and_sixty_unsound_worlds_whose_truth_is_finite() -> None:
    made = list(worlds(7))
    assert sum(world.sound for world in made) == 60
    assert {world.kind for world in made if not world.sound} == set(UNSOUND)
    assert len(made) == 120
    for world in made:
        assert set(world.truth) == set(world.dataset.channel_names)
        assert np.isfinite(world.dataset.outcome_gt).all()
        assert (world.dataset.outcome_gt > 0).all(), world.name


def test_a_draft_adds_up_and_has_the_returns_that_it_says() -> None:
    made = draft(3)
    returns = made.contribution_gtc.sum(axis=(0, 1)) / made.spend_gtc.sum(axis=(0, 1))
    np.testing.assert_allclose(returns, made.roi_c)
    media = made.contribution_gtc.sum() / (made.baseline_gt + made.contribution_gtc.sum(axis=2)).sum()
    assert 0.03 < media < 0.7


def test_spikes_are_seen_and_series_without_one_are_not() -> None:
    """The page's own counts; false alarms in under one series of a hundred, of any kind of spend."""
    for counts in count_spikes():
        assert counts.false <= counts.series / 100, counts.kind
        assert counts.found[15] >= 0.99 * counts.series, counts.kind
        assert counts.two >= 0.95 * counts.series, counts.kind


def result(kind: str, error: float, coverage: float, **said: str) -> Result:
    return Result(f"{kind} 1", kind, error, coverage, said, "ok", 1.0, 0.5)


@pytest.mark.parametrize(
    ("error", "coverage", "wrong"), [(0.1, 0.8, False), (0.3, 1.0, True), (0.1, 0.6, True)]
)
def test_what_a_wrong_fit_is(error: float, coverage: float, wrong: bool) -> None:
    assert result("trend break", error, coverage).wrong == wrong


def test_the_page_counts_alarms_misses_and_false_alarms() -> None:
    results = [
        result("sound, weekly", 0.1, 1.0, no_controls="info"),
        result("sound, weekly", 0.1, 1.0, drift="warning"),
        result("trend break", 0.5, 0.4, trend_break="warning"),
        result("trend break", 0.5, 0.4),
    ]
    text = page.markdown(results, count_spikes()[:1], ABOUT)
    assert "| sound worlds whose verdict isn't ok | 1 of 2 (50%) |" in text
    assert "| of those, verdict not ok | 1 of 2 (50%) |" in text
    assert "| `trend_break` | 0 of 2 | 1 of 2 | trend break 1 | 0, 0 |" in text
    assert "| `drift` | 1 of 2 | 0 of 2 | – | 0, 0 |" in text


#: Checks that these worlds can't provoke: they state what was counted on worlds of their own.
ELSEWHERE = {"experiments", "spilled_events", "spilled_holidays"}


def test_every_check_states_what_was_counted() -> None:
    """The page is measured; what `mediamix list trust` says of false alarms is what stands there."""
    text = (Path(page.__file__).parent / "findings.md").read_text(encoding="utf-8")
    counted = {
        cells[1].strip("` "): cells[2].strip() for row in text.splitlines() if (cells := row.split("|"))[2:]
    }
    assert {check.name for check in all_checks()} >= ELSEWHERE
    for check in all_checks():
        if check.name in ELSEWHERE:
            assert counted[check.name] == "0 of 60"
            continue
        assert check.false_alarms == f"{counted[check.name]} sound worlds", check.name
