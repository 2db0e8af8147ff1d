"""Signs of an answer that can't be true."""

from __future__ import annotations

import numpy as np

from mediamix.measure.plausibility import plausibility


def test_a_usual_split_is_plausible() -> None:
    assert plausibility(np.full(100, 30.0), np.full(100, 70.0), 100.0) == ()


def test_a_baseline_below_zero_is_named_with_its_share_of_draws() -> None:
    baseline = np.concatenate([np.full(90, 5.0), np.full(10, -5.0)])
    (finding,) = plausibility(100.0 - baseline, baseline, 100.0)
    assert (finding.check, finding.severity) == ("negative_baseline", "warning")
    assert "10% of the draws" in finding.message


def test_media_that_make_almost_everything_are_named() -> None:
    (finding,) = plausibility(np.full(100, 85.0), np.full(100, 15.0), 100.0)
    assert finding.check == "media_share"
    assert "85% of the outcome" in finding.message
