"""What several folders of tests share: made-up markets, short sampler settings, quick fits."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl
from hypothesis import settings

from mediamix.core import seeds
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Channel, Kind
from mediamix.data.dataset import Dataset
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from project_fixtures import done, empty, project, ran
from short import QUICK

#: Here, and not in the folders that use them: the run is made once.
__all__ = ["done", "empty", "project", "ran"]

# The same examples every time: a test that fails once in a hundred runs helps nobody.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

#: What `--seed-shift` puts on the path of this process and of those that it starts.
_SHIFTING = str(Path(__file__).parent / "seed_shift")


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What builds keep for later ones: of this run of the tests alone, with the processes that it starts."""
    os.environ["MEDIAMIX_CACHE"] = str(tmp_path_factory.mktemp("cache"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--seed-shift", type=int, default=0, help="shift every sampler's seed, by any whole number"
    )
    parser.addoption(
        "--numpyro-again", action="store_true", help="with -m oracle: draw by NumPyro again and keep that"
    )


def pytest_configure(config: pytest.Config) -> None:
    # Many tests start a Python of their own: with bytecode it is there twice as soon.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Threads of linear algebra wait for each other by spinning: where two processes share two cores, a
    # matrix that one thread factors in 0.2 ms takes two of them up to 45. Here for what is loaded, in the
    # environment for the processes of xdist and those that tests start.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    threadpoolctl.threadpool_limits(1, "blas")
    shift = config.getoption("--seed-shift")
    if shift:
        os.environ["MEDIAMIX_TEST_SEED_SHIFT"] = str(shift)
    if "MEDIAMIX_TEST_SEED_SHIFT" in os.environ or "MEDIAMIX_TEST_SEED_LOG" in os.environ:
        # The hook for the processes that tests start, and the same in this one.
        inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        if _SHIFTING not in inherited:
            os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_SHIFTING, *inherited]))
        where = Path(_SHIFTING) / "sitecustomize.py"
        spec = importlib.util.spec_from_file_location("seed_shift", where)
        assert spec is not None
        assert spec.loader is not None
        hook = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(hook)
        hook.wrap(seeds)


def pytest_report_header(config: pytest.Config) -> str:
    return f"seeds of samplers shifted by {os.environ.get('MEDIAMIX_TEST_SEED_SHIFT', '0')}"


@pytest.fixture(scope="session")
def numpyro_again(pytestconfig: pytest.Config) -> bool:
    """NumPyro's side of a comparison is drawn, and kept, instead of read."""
    return bool(pytestconfig.getoption("--numpyro-again"))


@pytest.fixture(scope="session")
def weekly() -> Dataset:
    """156 weeks, five paid channels, three controls, three events."""
    return simulate(Scenario.weekly(3)).dataset


@pytest.fixture(scope="session")
def mixed(weekly: Dataset) -> Dataset:
    """The same with an organic channel at the end (exposure, no spend) and three outcomes missing."""
    rng = np.random.default_rng(11)
    newsletter = np.round(rng.gamma(2.0, 4000.0, (1, weekly.n_periods, 1)))
    outcome = weekly.outcome_gt.copy()
    outcome[0, [4, 50, 51]] = np.nan
    return replace(
        weekly,
        channels=(*weekly.channels, Channel("newsletter", Kind.ORGANIC, "sends")),
        spend_gtc=np.concatenate([weekly.spend_gtc, np.zeros_like(newsletter)], axis=2),
        exposure_gtc=np.concatenate([weekly.exposure_gtc, newsletter], axis=2),
        outcome_gt=outcome,
    )


@pytest.fixture(scope="session")
def quick_spec() -> Spec:
    """Defaults with a short sampler."""
    return parse_spec({"sampler": QUICK})


@pytest.fixture(scope="session")
def mixed_spec() -> Spec:
    """Every kind of component, a truncated carry-over, a holdout; a short sampler."""
    return parse_spec(
        {
            "channels": {
                "tv": {"adstock": {"kind": "delayed"}},
                "search": {"saturation": {"kind": "logistic"}},
                "social": {"adstock": {"kind": "geometric", "max_lag": 8}},
            },
            "holdout": {"last": 8},
            "sampler": QUICK,
        }
    )


@pytest.fixture(scope="session")
def mixed_fit(mixed: Dataset, mixed_spec: Spec) -> Fit:
    """A quick fit of `mixed`; read it, don't judge its convergence."""
    return fit(mixed, mixed_spec)


@pytest.fixture(scope="session")
def panel() -> Dataset:
    """Six geos, 60 weeks, three channels: one geo starts late, one leaves early, outcomes are missing,
    a channel is in some geos only."""
    market = simulate(replace(Scenario.geo_panel(4), geos=6, periods=60, channels=3, geo_spread=0.3)).dataset
    outcome, spend = market.outcome_gt.copy(), market.spend_gtc.copy()
    exposure = market.exposure_gtc.copy()
    for gone in (np.s_[1, :17], np.s_[4, 49:]):
        outcome[gone] = np.nan
        spend[gone] = 0.0
        exposure[gone] = 0.0
    outcome[0, 5], outcome[2, [30, 31]] = np.nan, np.nan
    spend[3, :, 1] = 0.0
    exposure[3, :, 1] = 0.0
    return replace(market, outcome_gt=outcome, spend_gtc=spend, exposure_gtc=exposure)


@pytest.fixture(scope="session")
def panel_fit(panel: Dataset) -> Fit:
    """A quick fit of `panel` with noise and season of each geo's own; don't judge its convergence."""
    raw = {
        "geo": {"noise": "unequal", "season": "own"},
        "holdout": {"last": 6},
        "sampler": {**QUICK, "draws": 100},
    }
    return fit(panel, parse_spec(raw))
