"""How strong an unseen cause must be: against regressions that have one of just that strength."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mediamix.measure.sensitivity import FRAGILE, ROBUST, halving, in_words
from mediamix.measure.tangent import Tangent

N = 120


def straight(noise: float, seed: int = 1) -> tuple[Tangent, np.ndarray, np.ndarray]:
    """One channel, a level in the baseline with a wide prior, no other parameter; the least-squares fit."""
    rng = np.random.default_rng(seed)
    exposure = rng.gamma(2.0, 1.0, N)
    outcome = 0.5 + 0.8 * exposure + noise * rng.standard_normal(N)
    design = np.column_stack([np.ones(N), exposure])
    (level, effect), *_ = np.linalg.lstsq(design, outcome, rcond=None)
    left = outcome - design @ [level, effect]
    contribution = effect * exposure
    local = Tangent(
        outcome_n=outcome,
        mean_cn=contribution[None],
        slope_kn=contribution[None],
        centre_k=np.ones(1),
        effect_c=(0,),
        baseline_pn=1e4 * np.ones((1, N)),
        sigma=float(np.sqrt(left @ left / (N - 2))),
    )
    return local, exposure, outcome


def with_cause(exposure: np.ndarray, outcome: np.ndarray, part: float) -> float:
    """The effect where a cause is known that explains that part of what is left of both."""
    d, y = exposure - exposure.mean(), outcome - outcome.mean()
    left = y - d * (d @ y) / (d @ d)
    d, left = d / np.linalg.norm(d), left / np.linalg.norm(left)
    rng = np.random.default_rng(9)
    other = rng.standard_normal(N)
    for column in (np.ones(N) / math.sqrt(N), d, left):
        other -= column * (column @ other)
    other /= np.linalg.norm(other)
    # Correlation √part with the channel, partial correlation √part with the outcome.
    rest = 1 - part
    cause = math.sqrt(part) * d + math.sqrt(part * rest) * left + rest * other
    design = np.column_stack([np.ones(N), exposure, cause])
    return float(np.linalg.lstsq(design, outcome, rcond=None)[0][1])


@pytest.mark.parametrize("noise", [0.3, 1.0, 4.0])
def test_a_cause_of_that_strength_halves_what_the_data_say(noise):
    local, exposure, outcome = straight(noise)
    _, error = local.free(0)
    part = halving(local, 0, spread=error)
    effect = float(np.polyfit(exposure, outcome, 1)[0])
    # 1 of 120 rows: the freedom counts the channel as used a little, by its prior.
    assert with_cause(exposure, outcome, part) == pytest.approx(0.5 * effect, rel=0.01)


def test_what_is_known_beside_the_data_makes_it_robust():
    local, *_ = straight(1.0)
    _, error = local.free(0)
    parts = [halving(local, 0, spread=error * share) for share in (1.5, 1.0, 0.5, 0.1)]
    assert parts[0] == parts[1]  # a wider posterior than the data's is no weight over 1
    assert parts[1] < parts[2] < parts[3] <= 1.0


def test_noise_makes_it_fragile_and_nothing_is_said_of_nothing():
    found = []
    for noise in (0.3, 1.0, 4.0):
        local, *_ = straight(noise)
        found.append(halving(local, 0, local.free(0)[1]))
    assert found == sorted(found, reverse=True)
    local, *_ = straight(1.0)
    silent = Tangent(**{**vars(local), "mean_cn": np.zeros((1, N))})
    assert halving(silent, 0, 0.3) is None
    assert halving(local, 0, 0.0) is None


def test_the_words_follow_the_numbers():
    assert [in_words(part) for part in (ROBUST, 0.2, FRAGILE - 0.01)] == ["robust", "in between", "fragile"]
