"""Curves by a grid of exposures are those by all cells, for every component."""

from __future__ import annotations

import numpy as np
import pytest

from mediamix.transforms import gridded
from mediamix.transforms.base import adstocks, saturations
from mediamix.transforms.media import ChannelTransform

MULTIPLIERS = np.linspace(0.0, 2.0, 33)
DRAWS = 20


def panel() -> np.ndarray:
    """Exposures of 40 geos over two years: bursts, pauses, one geo without any."""
    rng = np.random.default_rng(3)
    exposure_gt = rng.lognormal(0.0, 1.0, (40, 104)) * (rng.random((40, 104)) < 0.4)
    exposure_gt[7] = 0.0
    return exposure_gt


def curves(transform: ChannelTransform, exposure_gt: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(5)
    columns = [p.median * np.exp(rng.normal(0.0, 0.3, DRAWS)) for p in transform.parameters]
    # Effects of a geo may be below zero.
    weight_dg = rng.normal(1.0, 0.6, (DRAWS, len(exposure_gt)))
    nothing = np.zeros_like(exposure_gt)
    return transform.respond_scaled(exposure_gt, nothing, np.column_stack(columns), weight_dg, MULTIPLIERS)


@pytest.mark.parametrize("saturation", saturations().values(), ids=lambda s: s.name)
@pytest.mark.parametrize("adstock", adstocks().values(), ids=lambda a: a.name)
def test_the_grid_gives_the_curves_of_all_cells(adstock, saturation, monkeypatch):
    transform, exposure_gt = ChannelTransform(adstock, saturation, 26), panel()
    assert gridded.pays(exposure_gt.size, len(MULTIPLIERS))
    found = curves(transform, exposure_gt)
    monkeypatch.setattr(gridded, "pays", lambda cells, multipliers: False)
    wanted = curves(transform, exposure_gt)
    assert not np.array_equal(found, wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6 * np.abs(wanted).max())
    assert (found[:, 0] == 0).all()


def test_a_channel_without_exposure_brings_nothing_on_the_grid():
    transform = ChannelTransform(adstocks()["geometric"], saturations()["hill"], 0)
    assert (curves(transform, np.zeros((40, 104))) == 0).all()


def test_a_national_series_is_too_short_for_the_grid():
    assert not gridded.pays(1095, 65)
    assert not gridded.pays(10**6, 3)
