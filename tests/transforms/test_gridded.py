"""Curves by a grid of exposures are those by all cells, for every component."""

from __future__ import annotations

import numpy as np
import pytest

from mediamix.transforms import gridded
from mediamix.transforms.base import adstocks, saturations
from mediamix.transforms.media import ChannelTransform

MULTIPLIERS = np.linspace(0.0, 2.0, 33)
DRAWS = 20

#: Those that are taken on the grid; and adstocks that leave many small exposures, and few.
GRIDDED = [s for s in saturations().values() if s.unit_free]
every_saturation = pytest.mark.parametrize("saturation", GRIDDED, ids=lambda s: s.name)
unlike_adstocks = pytest.mark.parametrize("adstock", ["geometric", "delayed"])


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


def columns_of(transform: ChannelTransform) -> np.ndarray:
    rng = np.random.default_rng(6)
    return np.column_stack([p.median * np.exp(rng.normal(0.0, 0.3, DRAWS)) for p in transform.parameters])


@every_saturation
@unlike_adstocks
def test_the_grid_gives_the_curves_of_all_cells(adstock, saturation, monkeypatch):
    transform, exposure_gt = ChannelTransform(adstocks()[adstock], saturation, 26), panel()
    assert gridded.pays(exposure_gt.size, len(MULTIPLIERS))
    found = curves(transform, exposure_gt)
    monkeypatch.setattr(gridded, "pays", lambda cells, multipliers: False)
    wanted = curves(transform, exposure_gt)
    assert not np.array_equal(found, wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7 * np.abs(wanted).max())
    assert (found[:, 0] == 0).all()


@every_saturation
@unlike_adstocks
def test_the_elasticity_between_two_near_multipliers_is_that_of_all_cells(adstock, saturation, monkeypatch):
    transform, exposure_gt = ChannelTransform(adstocks()[adstock], saturation, 26), panel()
    near = np.array([1.0, 1.01])

    def elasticity() -> np.ndarray:
        weight_dg = np.ones((DRAWS, len(exposure_gt)))
        nothing = np.zeros_like(exposure_gt)
        now, then = transform.respond_scaled(exposure_gt, nothing, columns_of(transform), weight_dg, near).T
        return (then / now - 1.0) / 0.01

    assert gridded.pays(exposure_gt.size, len(near))
    found = elasticity()
    monkeypatch.setattr(gridded, "pays", lambda cells, multipliers: False)
    np.testing.assert_allclose(found, elasticity(), rtol=1e-5)


@pytest.mark.parametrize("n_before", [0, 30])
@every_saturation
@unlike_adstocks
def test_the_grid_gives_the_responses_of_all_cells(adstock, saturation, n_before, monkeypatch):
    transform, exposure_gt = ChannelTransform(adstocks()[adstock], saturation, 26), panel()
    rows = np.arange(0, DRAWS, 3)

    def responses() -> list[np.ndarray]:
        weight_dg = np.random.default_rng(7).normal(1.0, 0.6, (DRAWS, len(exposure_gt)))
        apart = np.zeros((len(exposure_gt), len(rows), exposure_gt.shape[1] - n_before))
        made = transform.respond_geos(exposure_gt, columns_of(transform), weight_dg, n_before, (rows, apart))
        return [made.over_time_dt, made.total_dg, made.slope_dg, made.carried_dg, apart]

    assert gridded.pays_apart(exposure_gt.size)
    found = responses()
    monkeypatch.setattr(gridded, "pays_apart", lambda cells: False)
    wanted = responses()
    assert not np.array_equal(found[0], wanted[0])
    assert (wanted[3] != 0).any() == (n_before > 0)
    for some, all_cells in zip(found, wanted, strict=True):
        np.testing.assert_allclose(some, all_cells, rtol=1e-5, atol=1e-7 * np.abs(all_cells).max())


def test_a_channel_without_exposure_brings_nothing_on_the_grid():
    transform = ChannelTransform(adstocks()["geometric"], saturations()["hill"], 0)
    nothing = np.zeros((40, 104))
    assert (curves(transform, nothing) == 0).all()
    made = transform.respond_geos(nothing, columns_of(transform), np.ones((DRAWS, 40)))
    for sums in (made.over_time_dt, made.total_dg, made.slope_dg, made.carried_dg):
        assert (sums == 0).all()


@pytest.mark.parametrize(
    "transform",
    [
        ChannelTransform(adstocks()["geometric"], saturations()["power"], 26),
        ChannelTransform(adstocks()["geometric"], saturations()["hill"], 26, "saturation_first"),
    ],
    ids=["power", "saturation first"],
)
def test_what_the_grid_is_not_for_is_exact(transform, monkeypatch):
    """A power makes much of exposures that count as none on the grid; the other order needs none."""
    exposure_gt = panel()
    found = curves(transform, exposure_gt)
    monkeypatch.setattr(gridded, "pays", lambda cells, multipliers: False)
    np.testing.assert_array_equal(found, curves(transform, exposure_gt))


def test_a_national_series_is_too_short_for_the_grid():
    assert not gridded.pays(1095, 65)
    assert not gridded.pays_apart(1095)
    assert not gridded.pays(10**6, 1)
