"""Runs that end unwell are made again: what is planned, what is kept, what is told, and the bounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from test_rescue import mixture

from mediamix.core.errors import MediamixError
from mediamix.core.spec import Sampler
from mediamix.inference import healing, nuts, rescue
from mediamix.inference.density import Density
from mediamix.inference.diagnostics import rhat
from mediamix.inference.health import Health, Limits
from mediamix.inference.record import Healing

SETTINGS = Sampler(chains=4, draws=1000, tune=400, seed=3)
SMALL = mixture((0.0, 1.0, np.zeros(2)))


def normal(draws: int = 1000, phase: float = 0.0) -> np.ndarray:
    """Two scalars whose draws are as even as can be: quantiles in an order without memory."""
    spread = norm.ppf((np.arange(draws) + 0.5) / draws)
    order = np.argsort(np.sin(np.arange(draws) * 78.233 + phase) * 43758.5453 % 1.0)
    return np.stack(
        [np.stack([np.roll(spread[order], 97 * c + k) for k in (0, 311)], axis=1) for c in range(4)]
    )


def slow(draws: int = 1000, still: int = 18) -> np.ndarray:
    """Chains that agree and stay at each place for so many draws: about draws / still effective ones each."""
    places = normal(-(-draws // still))
    return np.repeat(places, still, axis=1)[:, :draws] + 1e-3 * normal(draws)


def run(
    u: np.ndarray | None = None, divergences: int = 0, seconds: float = 1.0, steps: float = 7.0
) -> nuts.Sample:
    """A run with so many draws that diverged, every ninth from the first on."""
    u = normal() if u is None else u
    diverging = np.zeros(u.shape[:2], dtype=bool)
    diverging.ravel()[: 9 * divergences : 9] = True
    stats = {
        "diverging": diverging,
        "n_steps": np.full(u.shape[:2], steps),
        "lp": -0.5 * (u**2).sum(axis=2),
        "acceptance_rate": np.full(u.shape[:2], 0.8),
    }
    return nuts.Sample(u, stats, seconds)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """Prepared new runs instead of the sampler; what it was asked for."""

    def prepare(*answers: nuts.Sample | BaseException) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []
        left = list(answers)

        def sample(
            density: Density, settings: Sampler, tell: Any, *, start: Any, accept: float
        ) -> nuts.Sample:
            calls.append(
                {"accept": accept, "draws": settings.draws, "tune": settings.tune, "seed": settings.seed}
            )
            answer = left.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            tell(nuts.Progress(1, 1, 0, answer.seconds))
            return answer

        monkeypatch.setattr(rescue, "sample", sample)
        monkeypatch.setattr(healing, "_from_ends", lambda *_: None)
        return calls

    return prepare


def heal(first: nuts.Sample, settings: Sampler = SETTINGS, **more: Any) -> tuple[nuts.Sample, Healing | None]:
    return healing.healed(
        first,
        more.pop("density", SMALL),
        settings,
        make=lambda sample: sample,
        columns=lambda sample: {f"u{i}": sample.u[..., i] for i in range(sample.u.shape[2])},
        **more,
    )


def done(found: tuple[nuts.Sample, Healing | None]) -> tuple[nuts.Sample, Healing]:
    sample, record = found
    assert record is not None
    return sample, record


# --- what is well -------------------------------------------------------------------------------


def test_limits_are_the_verdicts_and_wider_for_who_asks_for_few_draws():
    assert Limits.of(SETTINGS) == Limits(1.01, 400.0)
    assert Limits.of(SETTINGS.model_copy(update={"draws": 5000})) == Limits(1.01, 400.0)
    few = Limits.of(SETTINGS.model_copy(update={"draws": 50}))
    assert (few.rhat, few.ess) == pytest.approx((1.2, 20.0))


def test_health_of_known_draws():
    limits = Limits.of(SETTINGS)
    apart = normal() + np.arange(4)[:, None, None] * np.array([0.0, 0.5])
    columns = {"a": apart[..., 0], "b": apart[..., 1], "fixed": np.ones((4, 1000))}
    health = Health.of(columns, np.zeros((4, 1000), dtype=bool), limits)
    assert health.rhat == pytest.approx(rhat(apart[..., 1]))
    assert (health.wrong, health.divergences, health.apart) == (("b",), 0, ())
    assert not health.mixes(limits)


def test_where_divergences_lie_is_told_from_five_on():
    u = normal()
    columns = {"a": u[..., 0], "b": u[..., 1]}
    highest = np.sort(u[..., 1].ravel())
    five = Health.of(columns, u[..., 1] >= highest[-8], Limits.of(SETTINGS))
    assert five.apart == ("b",)
    assert five.divergences >= 5
    four = Health.of(columns, (u[..., 1] >= highest[-1]) & (np.arange(4) < 4)[:, None], Limits.of(SETTINGS))
    assert four.divergences < 5
    assert four.apart == ()


def test_the_better_one_is_by_verdict_then_divergences_then_mixing():
    limits = Limits.of(SETTINGS)
    order = [
        Health(0, 0.0, 1.002, 900.0),
        Health(0, 0.0, 1.02, 900.0),
        Health(1, 0.001, 1.002, 900.0),
        Health(1, 0.001, 1.002, 300.0),
        Health(0, 0.0, 1.2, 900.0),
        Health(0, 0.0, 1.2, 90.0),
        Health(200, 0.05, 1.002, 900.0),
    ]
    ranks = [health.rank(limits) for health in order]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


# --- what is done -------------------------------------------------------------------------------


def test_a_good_run_is_left_alone(asked):
    calls = asked()
    first = run()
    assert heal(first) == (first, None)
    assert calls == []


def test_the_switch_is_off(asked):
    calls = asked()
    first = run(divergences=30)
    assert heal(first, SETTINGS.model_copy(update={"heal": False})) == (first, None)
    assert calls == []


def test_divergences_are_cured_by_a_smaller_step_and_a_longer_warm_up(asked):
    better = run(normal(phase=1.0), seconds=2.0)
    calls = asked(better)
    sample, record = done(heal(run(divergences=3)))
    assert sample is better
    assert [(c["accept"], c["draws"], c["tune"]) for c in calls] == [(0.95, 1000, 800)]
    assert (record.kept, record.well, record.left) == (1, True, "")
    assert record.message.startswith(
        "sampled again, with an acceptance target of 0.95, 800 draws of warm-up: 3 divergences → 0, R-hat 1."
    )
    assert record.next_step == "nothing to do"


def test_where_the_first_target_is_high_only_higher_ones_are_tried(asked):
    calls = asked(run())
    heal(run(divergences=3), accept=0.95)
    assert [c["accept"] for c in calls] == [0.99]


def test_a_second_new_run_follows_a_first_that_helped_by_half(asked):
    calls = asked(run(divergences=4), run())
    _, record = done(heal(run(divergences=8)))
    assert [(c["accept"], c["tune"]) for c in calls] == [(0.95, 800), (0.99, 1600)]
    assert calls[0]["seed"] != calls[1]["seed"]
    assert (record.kept, record.well) == (2, True)
    assert record.message.startswith("sampled again 2 times, with an acceptance target of 0.99, 1,600 draws")


def test_no_second_one_follows_where_the_first_did_not_help_and_the_first_run_stays(asked):
    calls = asked(run(divergences=9))
    first = run(divergences=8)
    sample, record = done(heal(first))
    assert sample is first
    assert len(calls) == 1
    assert (record.kept, record.well, record.last.divergences) == (0, False, 8)
    assert "which was no better, so that the first run was kept: 8 divergences → 9" in record.message
    assert "merge them" in record.next_step


def test_few_effective_draws_are_cured_by_going_on(asked):
    new = run(normal(3000))
    calls = asked(new)
    first = run(slow())
    before = Health.of({"u0": first.u[..., 0]}, first.stats["diverging"], Limits.of(SETTINGS))
    assert (before.ess < 400, before.rhat <= 1.05) == (True, True)
    sample, record = done(heal(first))
    assert [(c["accept"], c["draws"], c["tune"]) for c in calls] == [(0.8, 3000, 400)]
    assert sample.u.shape == first.u.shape
    np.testing.assert_array_equal(sample.u[:, :250], first.u[:, 3::4])
    np.testing.assert_array_equal(sample.u[:, 250:], new.u[:, 3::4])
    assert record.attempts[0].how == "4 times the draws"


def test_a_kept_draw_diverged_where_any_that_it_stands_for_did():
    sample = run(normal(8))
    sample.stats["diverging"][1, 4] = True
    short = healing.thinned(sample, 4)
    assert short.u.shape == (4, 2, 2)
    assert np.argwhere(short.stats["diverging"]).tolist() == [[1, 1]]


# --- bounds -------------------------------------------------------------------------------------


def test_nothing_is_sampled_again_after_a_run_of_many_minutes(asked):
    calls = asked()
    _, record = done(heal(run(divergences=3, seconds=1200.0)))
    assert calls == []
    assert record.message.startswith("not sampled again: the first run took 20 minutes")
    assert "raise sampler.tune" in record.next_step


def test_work_beyond_the_bound_is_not_begun_whatever_the_clock_says(asked):
    """8 divergences → 4 asks for a second run, of many times the evaluations; here that is too much."""
    calls = asked(run(divergences=4), run())
    large = Density(SMALL.function, SMALL.integers, np.zeros(40_000_000), 2)
    _, record = done(heal(run(divergences=8), density=large))
    assert len(calls) == 1
    assert (record.kept, record.left) == (1, "more would take too long")
    assert record.message.endswith("(more would take too long)")


def test_a_run_that_takes_too_long_is_stopped_and_the_first_one_kept(asked):
    asked(run(seconds=200.0))
    first = run(divergences=3)
    sample, record = done(heal(first))
    assert sample is first
    assert record.message == "not sampled again: it was stopped after 63 seconds"


def test_a_sampler_that_fails_leaves_the_first_run(asked):
    asked(MediamixError("sampling failed: no start"))
    first = run(divergences=3)
    sample, record = done(heal(first))
    assert sample is first
    assert record.left == "sampling failed: no start"


def test_ctrl_c_is_not_taken_for_a_failure(asked):
    asked(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        heal(run(divergences=3))


def test_progress_says_that_and_how_it_samples_again(asked):
    asked(run())
    seen: list[nuts.Progress] = []
    heal(run(divergences=3), on_progress=seen.append)
    assert [p.again for p in seen] == ["an acceptance target of 0.95, 800 draws of warm-up"]


@pytest.mark.parametrize("divergences", [3, 30])
def test_the_record_survives_json(asked, divergences):
    asked(run(divergences=2), run(divergences=2))
    _, record = done(heal(run(normal() + np.arange(4)[:, None, None], divergences)))
    assert Healing.from_dict(json.loads(json.dumps(record.to_dict(), allow_nan=False))) == record
    unmoved = replace(record, first=replace(record.first, rhat=np.inf))
    assert Healing.from_dict(json.loads(json.dumps(unmoved.to_dict(), allow_nan=False))) == unmoved


# --- the real sampler ---------------------------------------------------------------------------

#: Four peaks, of equal mass, that no chain leaves.
CORNERS = 40.0 * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
PEAKS = mixture(*[(0.0, 1.0, corner) for corner in CORNERS])
SHORT = Sampler(chains=4, draws=200, tune=100, seed=5)


def corners(u: np.ndarray) -> list[int]:
    """The corner of each chain, all its draws being there."""
    nearest = np.linalg.norm(u[:, :, None] - CORNERS, axis=-1).argmin(axis=2)
    assert (nearest == nearest[:, :1]).all()
    return sorted(nearest[:, 0].tolist())


def on_peaks(which: Sequence[int]) -> nuts.Sample:
    return run(np.stack([normal(200)[c] + CORNERS[peak] for c, peak in enumerate(which)]))


@pytest.mark.parametrize("which", [(0, 1, 2, 3), (0, 0, 0, 3)])
def test_chains_on_different_peaks_stay_there_so_that_r_hat_still_tells(which):
    """Started anew they would all be on one peak now and then, and the fit would be called well."""
    sample, record = done(heal(on_peaks(which), SHORT, density=PEAKS))
    assert (record.well, len(record.attempts)) == (False, 1)
    assert corners(sample.u) == list(which)
    again, same = done(heal(on_peaks(which), SHORT, density=PEAKS))
    np.testing.assert_array_equal(sample.u, again.u)
    assert same.attempts[0].health == record.attempts[0].health


def test_every_chain_starts_where_another_ended():
    settings = SHORT.model_copy(update={"seed": 11})
    start, began = healing._from_ends(CORNERS + 0.1, PEAKS, settings), []

    def noted(own: int) -> np.ndarray:
        began.append(start(own))
        return began[-1]

    nuts.sample(PEAKS, settings, start=noted)
    # Where they start: of a thousand chains one leaps over to another peak in its first step.
    assert corners(np.array(began)[:, None]) == [0, 1, 2, 3]


def test_a_higher_target_means_smaller_steps():
    low, high = (nuts.sample(SMALL, SHORT, accept=accept).stats["step_size"].mean() for accept in (0.8, 0.99))
    assert high < 0.7 * low
