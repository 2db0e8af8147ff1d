"""Can a channel be told from nothing? By hand, and against the prior's own mass."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from mediamix.core.spec import ChannelSpec
from mediamix.measure.contribution import measured
from mediamix.measure.evidence import CALLED, UNTOLD, nothing_limit, probability_nothing, told
from mediamix.measure.interval import Interval
from mediamix.measure.summary import summarise
from mediamix.measure.survey import Caused
from mediamix.models.base import Fit
from mediamix.models.priors import effect_prior


def test_the_limit_is_a_roi_or_a_part_of_what_is_expected():
    assert nothing_limit(1000.0, 1.0, 0.3, 9e6) == pytest.approx(100.0)
    # Orders worth 50 each: a ROI of 0.1 on 1,000 are two of them.
    assert nothing_limit(1000.0, 50.0, 0.3, 9e6) == pytest.approx(2.0)
    # Counts without a value: a tenth of 25 % × 30 % of the outcome; organic: a tenth of 3 %.
    assert nothing_limit(1000.0, None, 0.3, 8000.0) == pytest.approx(0.1 * 0.25 * 0.3 * 8000.0)
    assert nothing_limit(0.0, 1.0, 0.0, 8000.0) == pytest.approx(0.003 * 8000.0)


def test_words_follow_from_the_probability():
    assert told(UNTOLD - 0.001) is None
    assert told(0.3) == "can't be told from nothing (30%)"
    assert told(CALLED) == "can't be told from nothing (90%)"
    assert told(0.97) == "brings next to nothing (97%)"


def test_the_prior_alone_leaves_room_for_nothing():
    """What a channel without any information shows, at the prior's quantiles: 8 %, so that it is told."""
    for has_roi, part, limit in ((True, 0.4, 0.1), (False, 0.4, 0.1 * 0.25 * 0.4), (False, 0.0, 0.003)):
        prior = effect_prior(ChannelSpec(), has_roi=has_roi, spend_fraction=part)
        drawn = prior.natural(norm.ppf((np.arange(4000) + 0.5) / 4000))
        assert 0.05 < probability_nothing(drawn, limit) < 0.12


def test_a_channel_s_measure_counts_its_own_draws(mixed_fit: Fit):
    """Half of the draws at a ROI of 0.05, half at 1."""
    n = mixed_fit.n_draws
    c = int(np.argmax(mixed_fit.dataset.spend_c))
    spend = float(mixed_fit.dataset.spend_c[c])
    total = np.where(np.arange(n) % 2 == 0, 0.05, 1.0) * spend
    made = Caused(total, np.zeros(n), np.zeros(n))
    found = measured(mixed_fit, c, made, spend, (1e9, Interval(1.0, 1.0, 1.0, 1.0)))
    assert found.nothing == pytest.approx(0.5, abs=1.0 / n)


def test_the_summary_says_it_per_channel(mixed_fit: Fit):
    summary = summarise(mixed_fit)
    for m in summary.channels:
        said = summary.to_dict()["channels"][m.name]["evidence"]["probability_nothing"]
        assert said == m.nothing
        assert 0.0 <= said <= 1.0
