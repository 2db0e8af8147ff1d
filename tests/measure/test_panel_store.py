"""The folder of a panel's fit: it comes back the same, and ArviZ opens it."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import mediamix as mm
from mediamix.measure.contribution import contributions, roi
from mediamix.measure.quality import fitted, seen
from mediamix.models.base import Fit


@pytest.fixture(scope="module")
def folder(panel_fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("panel") / "fit"
    mm.save(panel_fit, made)
    return made


def test_a_panel_comes_back_equal(panel_fit: Fit, folder: Path) -> None:
    back = mm.load(folder)
    assert back.dataset.hash == panel_fit.dataset.hash
    assert back.run == panel_fit.run
    np.testing.assert_array_equal(back.sigma_dg, panel_fit.sigma_dg)
    np.testing.assert_array_equal(back.trained_gt, panel_fit.trained_gt)
    for ours, theirs in zip(panel_fit.channels, back.channels, strict=True):
        np.testing.assert_array_equal(ours.theta_dk, theirs.theta_dk)
        np.testing.assert_array_equal(ours.beta_dg, theirs.beta_dg)
    assert contributions(back, by="geo").equals(contributions(panel_fit, by="geo"))
    assert roi(back, by="geo").equals(roi(panel_fit, by="geo"))
    written = json.loads((folder / "summary.json").read_text())
    assert written == json.loads(json.dumps(mm.summarise(back).to_dict()))


def test_arviz_sees_geos_and_the_total(panel_fit: Fit, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ArviZ announces its next version on import
        import arviz as az

        data = az.from_netcdf(str(folder / "posterior.nc"))
    observed = data.observed_data
    assert observed["revenue"].dims == ("geo", "time")
    assert observed["geo"].values.tolist() == list(panel_fit.dataset.geos)
    np.testing.assert_array_equal(observed["revenue"].values, panel_fit.dataset.outcome_gt)
    np.testing.assert_array_equal(observed["revenue_total"].values, seen(panel_fit).outcome_t)
    predictive = data.posterior_predictive["revenue_total"]
    assert predictive.dims == ("chain", "draw", "time")
    np.testing.assert_allclose(predictive.values.reshape(200, -1), fitted(panel_fit).predictive_dt, rtol=1e-6)
    assert data.posterior["beta_geo"].dims == ("chain", "draw", "geo", "channel")
