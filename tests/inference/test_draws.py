"""Named arrays and their netCDF file, read back by us and by ArviZ."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from mediamix.core.errors import FolderError
from mediamix.inference.diagnostics import ess_bulk, ess_tail, rhat
from mediamix.inference.draws import Draws, load_group, save_groups


def made(seed: int = 0) -> dict[str, Draws]:
    rng = np.random.default_rng(seed)
    posterior = Draws(
        {"roi": rng.lognormal(size=(4, 300, 2)), "sigma": rng.gamma(3.0, size=(4, 300))},
        {"roi": ("channel",), "sigma": ()},
        {"channel": ("tv", "search & social")},
        {"roi": {"unit": "value per unit of spend", "drawn": "sampled"}},
    )
    dates = np.arange("2024-01-01", "2024-01-06", dtype="datetime64[D]").astype("datetime64[ns]")
    stats = Draws({"diverging": rng.random((4, 300)) < 0.1}, {"diverging": ()}, {})
    seen = Draws({"revenue": rng.normal(size=5)}, {"revenue": ("time",)}, {"time": list(dates)})
    return {"posterior": posterior, "sample_stats": stats, "observed_data": seen}


def test_a_file_comes_back_as_it_was(tmp_path):
    groups = made()
    save_groups(tmp_path / "posterior.nc", groups)
    back = load_group(tmp_path / "posterior.nc", "posterior")
    for name, values in groups["posterior"].arrays.items():
        np.testing.assert_array_equal(back[name], values)
        assert back.dims[name] == groups["posterior"].dims[name]
    assert tuple(back.coords["channel"]) == ("tv", "search & social")
    assert back.attrs["roi"] == {"unit": "value per unit of spend", "drawn": "sampled"}
    stats = load_group(tmp_path / "posterior.nc", "sample_stats")
    np.testing.assert_array_equal(stats["diverging"], groups["sample_stats"]["diverging"])
    assert [p.name for p in tmp_path.iterdir()] == ["posterior.nc"]


def test_arviz_opens_it_and_agrees_on_the_diagnostics(tmp_path):
    groups = made()
    save_groups(tmp_path / "posterior.nc", groups)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ArviZ announces its next version on import
        import arviz as az

        data = az.from_netcdf(str(tmp_path / "posterior.nc"))
        table = az.summary(data, round_to="none")
    assert set(data.groups()) == {"posterior", "sample_stats", "observed_data"}
    np.testing.assert_array_equal(
        data["observed_data"]["time"].values.astype("datetime64[D]"), groups["observed_data"].coords["time"]
    )
    assert data["sample_stats"]["diverging"].dtype == bool
    assert data["posterior"]["roi"].attrs["unit"] == "value per unit of spend"
    assert data["posterior"]["channel"].values.tolist() == ["tv", "search & social"]
    columns = groups["posterior"].columns()
    assert set(table.index) == set(columns)
    for name, values in columns.items():
        assert table.loc[name, "mean"] == pytest.approx(values.mean(), rel=1e-12)
        assert table.loc[name, "r_hat"] == pytest.approx(rhat(values), rel=1e-6)
        assert table.loc[name, "ess_bulk"] == pytest.approx(ess_bulk(values), rel=0.02)
        assert table.loc[name, "ess_tail"] == pytest.approx(ess_tail(values), rel=0.02)


def test_columns_stacking_and_sizes():
    draws = made()["posterior"]
    assert (draws.n_chains, draws.n_draws) == (4, 300)
    assert list(draws.columns()) == ["roi[tv]", "roi[search & social]", "sigma"]
    np.testing.assert_array_equal(draws.columns()["roi[search & social]"], draws["roi"][:, :, 1])
    np.testing.assert_array_equal(draws.stacked("roi")[300:600], draws["roi"][1])
    assert "roi" in draws
    assert "beta" not in draws


def test_a_missing_file_a_missing_group_and_a_broken_file_are_named(tmp_path):
    path = tmp_path / "posterior.nc"
    with pytest.raises(FolderError, match="can't read the group 'posterior'"):
        load_group(path, "posterior")
    save_groups(path, made())
    with pytest.raises(FolderError, match="can't read the group 'prior'"):
        load_group(path, "prior")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FolderError, match="fit again into a new folder"):
        load_group(path, "posterior")


def test_a_file_in_the_folders_place_is_named_and_nothing_is_left(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(FolderError, match="can't write"):
        save_groups(tmp_path / "taken" / "posterior.nc", made())
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
