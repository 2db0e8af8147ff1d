"""The folder of a panel's fit: it comes back the same, and ArviZ opens it."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import FolderError
from mediamix.measure import survey as surveys
from mediamix.measure.contribution import contributions, roi
from mediamix.measure.quality import fitted, seen
from mediamix.measure.survey import survey
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


@pytest.fixture
def large(panel_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as of a panel that is large enough for its survey to be written."""
    monkeypatch.setattr(surveys, "WRITTEN_FROM", panel_fit.n_draws * panel_fit.dataset.exposure_gtc.size)
    mm.save(panel_fit, tmp_path / "large")
    return tmp_path / "large"


def test_the_survey_of_a_large_panel_is_read_and_not_made_again(
    panel_fit: Fit, folder: Path, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (large / "survey.npz").is_file()
    assert not (folder / "survey.npz").exists()
    back = mm.load(large)
    with monkeypatch.context() as patched:
        patched.setattr(surveys, "_made", None)
        read = survey(back)
    made = survey(panel_fit)
    for name in ("total", "slope", "carried"):
        for form in ("dc", "rgc"):
            np.testing.assert_array_equal(getattr(read, f"{name}_{form}"), getattr(made, f"{name}_{form}"))
    for name in ("media_dt", "media_grt", "rows"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    for ours, theirs in zip(read.bands_c, made.bands_c, strict=True):
        assert {k: v.tolist() for k, v in ours.items()} == {k: v.tolist() for k, v in theirs.items()}
    assert mm.summarise(back).to_dict() == mm.summarise(mm.load(folder)).to_dict()


def test_a_survey_that_is_gone_or_of_another_version_is_made_again(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = mm.summarise(mm.load(large)).to_dict()
    with monkeypatch.context() as patched:
        patched.setattr("mediamix.models.store.versions", lambda: {"mediamix": "another"})
        patched.setattr(surveys, "_read", None)
        assert mm.summarise(mm.load(large)).to_dict() == said
    (large / "survey.npz").unlink()
    assert mm.summarise(mm.load(large)).to_dict() == said


def test_a_survey_of_another_fit_is_refused(folder: Path, large: Path, tmp_path: Path) -> None:
    with (large / "survey.npz").open("r+b") as file:
        file.seek(1000)
        file.write(b"\x01")
    with pytest.raises(FolderError, match=r"survey\.npz changed"):
        mm.load(large)
    strange = shutil.copytree(folder, tmp_path / "strange")
    shutil.copy(large / "survey.npz", strange)
    with pytest.raises(FolderError, match=r"survey\.npz changed"):
        mm.load(strange)
