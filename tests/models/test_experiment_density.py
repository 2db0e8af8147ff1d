"""A national density with experiments: against the plain model, and finite differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Experiment
from mediamix.data.dataset import Dataset
from mediamix.models.problem import pose
from oracle import plain

DAY = np.timedelta64(1, "D")
#: Channel, first and last tested week, last measured week, factor without the test, lift and its error as
#: shares of the mean weekly outcome.
TESTS = (
    ("tv", 20, 23, 27, 0.0, 0.4, 0.1),
    ("search", 30, 33, 33, 1.25, -0.1, 0.05),
    ("tv", 60, 65, 65, 0.5, 0.0, 0.2),
    ("newsletter", 90, 92, 99, 0.0, -0.02, 0.03),
)
COMPONENTS = (
    ("geometric", "hill", None, "adstock_first"),
    ("geometric", "none", 6, "adstock_first"),
    ("delayed", "logistic", None, "adstock_first"),
    ("geometric", "hill", 5, "saturation_first"),
    ("none", "power", None, "adstock_first"),
)


def with_tests(data: Dataset, spec: Spec) -> Dataset:
    """The dataset with `TESTS`."""
    mean = pose(data, spec).outcome.mean
    made = []
    for name, first, last, until, factor, lift, error in TESTS:
        shown = data.exposure_gtc[0, first : last + 1, data.channel_names.index(name)].sum()
        days = (data.dates[first], data.dates[last] + 6 * DAY, data.dates[until])
        made.append(Experiment(name, *days, lift * mean, error * mean, (1 - factor) * shown))
    return replace(data, experiments=tuple(made))


def plain_lifts(model: plain.Plain, data: Dataset, theta: dict[str, float]) -> float:
    """Log density of all lifts, from the plain model's responses alone."""
    value = 0.0
    for name, first, last, until, factor, lift, error in TESTS:
        c = data.channel_names.index(name)
        channel = model.channels[c]
        x = data.exposure_gtc[0, :, c] / data.exposure_gtc[0, :, c][data.exposure_gtc[0, :, c] > 0].mean()
        x0 = x.copy()
        x0[first : last + 1] *= factor
        at = {
            p: theta[f"{p}[{name}]"]
            for p in plain.ADSTOCK[channel.adstock] + plain.SATURATION[channel.saturation]
        }
        lags = channel.lagged.shape[1]
        h = plain.response(np, channel, at)
        h0 = plain.response(np, replace(channel, lagged=plain.lag_matrix(x0, lags)), at)
        beta = theta[f"{channel.effect}[{name}]"] * channel.scale / h.sum()
        value += norm.logpdf(lift, beta * (h - h0)[first : until + 1].sum(), error)
    return value


@pytest.mark.parametrize("pair", COMPONENTS, ids=lambda p: f"{p[0]}-{p[1]}-{p[3]}")
def test_value_and_gradient(mixed: Dataset, pair):
    adstock, saturation, max_lag, order = pair
    choice = {
        "adstock": {"kind": adstock, "max_lag": max_lag},
        "saturation": {"kind": saturation},
        "order": order,
    }
    spec = parse_spec({"channels": dict.fromkeys(mixed.channel_names, choice)})
    alone, both = pose(mixed, spec).model.density(), pose(with_tests(mixed, spec), spec).model.density()
    model = plain.state(mixed, dict.fromkeys(mixed.channel_names, pair))
    h = 1e-3
    for u in 0.7 * np.random.default_rng(8).standard_normal((3, both.dimension)):
        value, gradient = both(u)
        expected = plain_lifts(model, mixed, model.natural(np, u))
        assert value - alone(u)[0] == pytest.approx(expected, rel=1e-8)
        numeric = [
            (8 * (both(u + s)[0] - both(u - s)[0]) - (both(u + 2 * s)[0] - both(u - 2 * s)[0])) / (12 * h)
            for s in h * np.eye(both.dimension)
        ]
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())


def test_without_experiments_the_density_is_the_one_that_was_there(mixed: Dataset):
    density = pose(mixed, Spec()).model.density()
    assert density.function.__module__ == "mediamix.models.density"
