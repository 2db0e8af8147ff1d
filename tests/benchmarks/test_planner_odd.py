"""The markets of the benchmark of channels that stand apart, and what counts as one answer of two seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planner import odd, seeds
from planner.truth_cases import drawn


@pytest.mark.parametrize(("kind", "rois", "shares"), [
    ("one useless", (0.019, 0.021), (0.10, 0.45)),
    ("one excellent", (4.0, 8.0), (0.05, 0.25)),
])  # fmt: skip
def test_one_channel_is_made_another_and_the_others_stay(kind, rois, shares):
    market, at = odd.odd_market(kind, 5)
    before = drawn(5)
    names = market.truth.channel_names
    spend_c = market.truth.spend_c
    # Spend is in cents a week, of which the generator rounds.
    assert rois[0] <= market.truth.roi[names[at]] <= rois[1]
    assert shares[0] - 1e-3 <= spend_c[at] / spend_c.sum() <= shares[1] + 1e-3
    others = [c for c in range(len(names)) if c != at]
    for c in others:
        assert market.truth.roi[names[c]] == pytest.approx(before.truth.roi[names[c]], rel=1e-3)
    old = before.truth.spend_c[others] / before.truth.spend_c[others].sum()
    np.testing.assert_allclose(spend_c[others] / spend_c[others].sum(), old, rtol=1e-3)


def test_what_is_one_answer_and_what_contradicts_another():
    stays = seeds.Answer(1, 1, (0, 0, 0), 0.0, 0.0, True)
    moves = replace(stays, seed=2, direction=(1, -1, 0), probability=0.97)
    assert seeds.same(stays, stays)
    assert not seeds.same(stays, moves)
    assert seeds.contradicts(stays, moves)
    assert not seeds.contradicts(stays, replace(moves, probability=0.9))
    # Another channel more is no contradiction, one the other way is.
    more = replace(moves, direction=(1, -1, 1))
    assert seeds.same(moves, more)
    assert not seeds.contradicts(moves, more)
    against = replace(moves, direction=(1, 1, -1))
    assert not seeds.same(moves, against)
    assert seeds.contradicts(moves, against)
