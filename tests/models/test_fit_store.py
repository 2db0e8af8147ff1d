"""A fit as a folder: it comes back the same, and damage is named."""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import FolderError
from mediamix.inference.health import Health
from mediamix.inference.record import Attempt, Healing
from mediamix.measure.contribution import contributions, measure_channels
from mediamix.measure.quality import fitted
from mediamix.measure.summary import summarise
from mediamix.models.store import FILES, load_fit, save_fit, seal_fit


@pytest.fixture(scope="module")
def stored(mixed_fit, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    save_fit(mixed_fit, folder, summarise(mixed_fit).to_dict(), fitted(mixed_fit).predictive_dt)
    return folder


@pytest.fixture
def copy(stored, tmp_path):
    return shutil.copytree(stored, tmp_path / "fit")


def test_the_folder_holds_the_files_of_the_contract(stored):
    assert sorted(p.name for p in stored.iterdir()) == sorted(FILES)
    run = json.loads((stored / "run.json").read_text())
    assert set(run) >= {"data_hash", "spec_hash", "seed", "versions", "host", "seconds"}


def test_a_fit_comes_back_with_equal_contributions(mixed_fit, stored):
    back = load_fit(stored)
    np.testing.assert_array_equal(
        contributions(back)[["mean", "p5", "p50", "p95"]],
        contributions(mixed_fit)[["mean", "p5", "p50", "p95"]],
    )
    assert measure_channels(back) == measure_channels(mixed_fit)
    assert back.dataset.hash == mixed_fit.dataset.hash
    assert back.spec == mixed_fit.spec
    assert back.run == mixed_fit.run
    assert summarise(back).to_dict() == summarise(mixed_fit).to_dict()
    np.testing.assert_array_equal(back.trained_gt[0], mixed_fit.trained_gt[0])


def test_the_record_of_what_was_sampled_again_comes_back(mixed_fit, tmp_path):
    after = Attempt("twice the draws", 0.8, 400, 1.0, Health(0, 0.0, 1.002, 1800.0))
    healing = Healing(Health(3, 0.001, 1.004, 900.0, ("roi[tv]",), ("beta[tv]",)), (after,), 1, "", True)
    fit = replace(mixed_fit, run=replace(mixed_fit.run, healing=healing))
    save_fit(fit, tmp_path, summarise(fit).to_dict(), fitted(fit).predictive_dt)
    assert json.loads((tmp_path / "run.json").read_text())["healing"]["first"]["divergences"] == 3
    assert load_fit(tmp_path).run.healing == healing


def test_arviz_sees_every_group_with_coordinates(mixed_fit, stored):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ArviZ announces its next version on import
        import arviz as az

        data = az.from_netcdf(str(stored / "posterior.nc"))
    assert set(data.groups()) == {"posterior", "sample_stats", "posterior_predictive", "observed_data"}
    np.testing.assert_array_equal(
        data.posterior["half_life"].sel(half_life_channel="search").values,
        mixed_fit.posterior.columns()["half_life[search]"],
    )
    name = mixed_fit.dataset.outcome_name
    assert data.posterior_predictive[name].dims == ("chain", "draw", "time")
    np.testing.assert_array_equal(data.observed_data[name].values, mixed_fit.dataset.outcome_gt[0])


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(FolderError, match=rf"is not a complete fit[\s\S]*missing: {name}"):
        load_fit(copy)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["cut", "garbage", "empty"])
def test_a_corrupted_file_is_a_folder_error(copy, name, damage):
    path = copy / name
    raw = path.read_bytes()
    wrong = {"cut": raw[: len(raw) // 2], "garbage": b"\x00\xff}{[" * 40, "empty": b""}
    path.write_bytes(wrong[damage])
    with pytest.raises(FolderError, match="is corrupted") as error:
        load_fit(copy)
    assert "fit again into a new folder" in str(error.value)


def test_flipped_bytes_in_the_posterior_never_give_another_error(copy):
    path = copy / "posterior.nc"
    raw = bytearray(path.read_bytes())
    rng = np.random.default_rng(2)
    for at in rng.integers(0, 4000, 6):
        broken = raw.copy()
        broken[at : at + 16] = b"\xff" * 16
        path.write_bytes(bytes(broken))
        try:
            load_fit(sealed_again(copy))
        except FolderError:
            continue


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda run: run.pop("seed"), "KeyError: 'seed'"),
        (lambda run: run.update(seed="x"), "ValueError"),
        (lambda run: run.update(data_hash="0" * 16), "is not the data of run.json"),
    ],
    ids=["key", "type", "hash"],
)
def test_a_changed_run_record_is_a_folder_error(copy, change, match):
    run = json.loads((copy / "run.json").read_text())
    change(run)
    seal_fit(copy, {key: value for key, value in run.items() if key not in ("files", "record")})
    with pytest.raises(FolderError, match=match):
        load_fit(copy)


def sealed_again(folder):
    """As if another version had written what is there: the hashes are right."""
    run = json.loads((folder / "run.json").read_text())
    seal_fit(folder, {key: value for key, value in run.items() if key not in ("files", "record")})
    return folder


def test_a_spec_of_other_components_is_a_folder_error(copy):
    text = (copy / "spec.yml").read_text()
    (copy / "spec.yml").write_text(text.replace("kind: logistic", "kind: nosuch"))
    with pytest.raises(FolderError, match="there is no saturation called 'nosuch'"):
        load_fit(sealed_again(copy))


def test_a_spec_with_other_terms_does_not_fit_the_draws(copy):
    text = (copy / "spec.yml").read_text()
    (copy / "spec.yml").write_text(text.replace("yearly: 2", "yearly: 3"))
    with pytest.raises(FolderError, match="the stored draws don't belong to the stored data and spec"):
        load_fit(sealed_again(copy))


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_anywhere_is_noticed(copy, name):
    path = copy / name
    raw = bytearray(path.read_bytes())
    # in run.json a digit of the seed becomes another one, and JSON stays JSON
    at = raw.index(b'"seed": ') + 8 if name == "run.json" else len(raw) * 2 // 3
    raw[at] ^= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(FolderError, match=rf"is corrupted: {name} changed since it was written"):
        load_fit(copy)


def test_files_of_another_fit_are_all_named(copy, mixed_fit):
    for name in ("spec.yml", "summary.json"):
        (copy / name).write_text((copy / name).read_text() + "\n")
    with pytest.raises(FolderError, match=r"is corrupted: spec\.yml, summary\.json changed since"):
        load_fit(copy)


def test_a_fit_without_hashes_is_refused_with_what_to_do(copy):
    run = json.loads((copy / "run.json").read_text())
    del run["files"], run["record"]
    (copy / "run.json").write_text(json.dumps(run))
    with pytest.raises(FolderError, match=r"or an older mediamix wrote it[\s\S]*fit again"):
        load_fit(copy)


def test_no_folder_is_said_plainly(tmp_path):
    with pytest.raises(FolderError, match="is not a folder"):
        load_fit(tmp_path / "nowhere")
