"""Sampling: a target with known moments, seeds, progress, Ctrl-C."""

from __future__ import annotations

import subprocess
import sys

import numba
import numpy as np
import pytest
from scipy.stats import norm

from mediamix.core.errors import MediamixError
from mediamix.core.spec import Sampler
from mediamix.inference import nutpie_core, nuts
from mediamix.inference.density import DENSITY_SIGNATURE, Density
from mediamix.inference.diagnostics import ess_bulk

MEAN = np.array([1.0, -2.0, 0.5])
COVARIANCE = np.array([[1.0, 0.8, 0.0], [0.8, 2.0, -0.5], [0.0, -0.5, 0.5]])


@numba.njit(DENSITY_SIGNATURE, cache=True, nogil=True)
def _gaussian(u, gradient, integers, numbers, scratch):
    n = integers[0]
    value = 0.0
    for i in range(n):
        pull = 0.0
        for j in range(n):
            pull += numbers[n + i * n + j] * (u[j] - numbers[j])
        gradient[i] = -pull
        value -= 0.5 * (u[i] - numbers[i]) * pull
    return value


@numba.njit(DENSITY_SIGNATURE, cache=True, nogil=True)
def _undefined(u, gradient, integers, numbers, scratch):
    for i in range(gradient.size):
        gradient[i] = np.nan
    return np.nan


def gaussian() -> Density:
    numbers = np.concatenate([MEAN, np.linalg.inv(COVARIANCE).ravel()])
    return Density(_gaussian, np.array([len(MEAN)]), numbers, len(MEAN))


def settings(**changes: int) -> Sampler:
    return Sampler(**{"chains": 4, "draws": 1500, "tune": 400, "seed": 3} | changes)


@pytest.fixture(scope="module")
def drawn() -> nuts.Sample:
    return nuts.sample(gaussian(), settings())


def test_moments_of_a_known_gaussian(drawn):
    """z-tests of means and of all second moments, their errors from the effective draws; 1e-4 in all."""
    assert drawn.u.shape == (4, 1500, 3)
    centred = drawn.u - MEAN
    series = [centred[..., i] for i in range(3)]
    wanted = [0.0] * 3
    for i in range(3):
        for j in range(i, 3):
            series.append(centred[..., i] * centred[..., j])
            wanted.append(COVARIANCE[i, j])
    limit = norm.isf(1e-4 / 2 / len(series))
    for values, want in zip(series, wanted, strict=True):
        error = values.std() / np.sqrt(ess_bulk(values))
        assert abs(values.mean() - want) < limit * error


def test_statistics_come_per_draw_and_by_the_names_of_arviz(drawn):
    assert set(drawn.stats) == set(nuts.STATS.values())
    assert all(values.shape == (4, 1500) for values in drawn.stats.values())
    assert drawn.stats["diverging"].sum() == 0
    assert drawn.stats["diverging"].dtype == bool
    # lp is the density at the draw: an ordering check that draws and statistics belong together.
    value = [gaussian()(u)[0] for u in drawn.u[2, :20]]
    np.testing.assert_allclose(drawn.stats["lp"][2, :20], value, rtol=1e-9)


def test_chains_start_apart_and_differ(drawn):
    assert len({tuple(chain[0]) for chain in drawn.u}) == 4


def test_the_same_seed_gives_the_same_draws_and_another_does_not():
    short = settings(draws=60, tune=60)
    first, again = (nuts.sample(gaussian(), short).u for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = nuts.sample(gaussian(), settings(draws=60, tune=60, seed=4)).u
    assert (first != other).all(axis=-1).any()


def test_progress_is_reported_up_to_the_end():
    seen: list[nuts.Progress] = []
    nuts.sample(gaussian(), settings(draws=20_000), seen.append)
    assert seen
    assert seen[-1].total == 4 * (20_000 + 400)
    done = [p.done for p in seen]
    assert done == sorted(done)
    assert done[-1] == seen[-1].total
    assert all(p.divergences == 0 for p in seen)


def test_speed_and_time_left():
    progress = nuts.Progress(done=200, total=1000, divergences=0, seconds=4.0)
    assert progress.speed == 50
    assert progress.seconds_left == 16
    assert nuts.Progress(0, 1000, 0, 0.0).seconds_left == float("inf")


def test_ctrl_c_stops_the_chains_and_leaves_the_process_well():
    """KeyboardInterrupt while chains run for ever: raised at once, and the next sampling works."""

    def interrupt(progress: nuts.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        nuts.sample(gaussian(), settings(draws=100_000, tune=100_000), interrupt)
    assert nuts.sample(gaussian(), settings(draws=50, tune=50)).u.shape == (4, 50, 3)


@pytest.mark.skipif(not nutpie_core.THREADS.is_dir(), reason="the system doesn't list threads")
def test_no_thread_of_the_sampler_outlives_ctrl_c():
    """Threads that outlive the interpreter crash it; `abort` alone leaves them for some milliseconds."""
    alive: list[int] = []

    def interrupt(progress: nuts.Progress) -> None:
        alive.append(nutpie_core._workers())
        raise KeyboardInterrupt

    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            nuts.sample(gaussian(), settings(draws=100_000, tune=100_000), interrupt)
        assert nutpie_core._workers() == 0
    assert min(alive) > 0
    assert nutpie_core.wait_for_workers(0.0)


def test_a_process_that_was_interrupted_ends_normally():
    code = (
        "import numpy as np\n"
        "from test_nuts import gaussian, settings\n"
        "from mediamix.inference import nuts\n"
        "def interrupt(progress):\n"
        "    raise KeyboardInterrupt\n"
        "try:\n"
        "    nuts.sample(gaussian(), settings(draws=100_000, tune=100_000), interrupt)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    folder = str(__file__).rpartition("/")[0]
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {folder!r})\n{code}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "stopped\n"), ended.stderr


def test_a_density_that_is_nowhere_finite_is_our_error_not_a_crash():
    broken = Density(_undefined, np.array([0]), np.zeros(1), 2)
    with pytest.raises(MediamixError, match="sampling failed"):
        nuts.sample(broken, settings(draws=50, tune=50))
