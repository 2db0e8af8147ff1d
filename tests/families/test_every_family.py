"""What comes after a fit, on a fit of every family of the registry."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from family_cases import SPECS
from streamlit.testing.v1 import AppTest

import mediamix as mm
import mediamix.ui
from mediamix.core.spec import load_spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.data.read import read_spec
from mediamix.decide.flighting.rules import Flighting
from mediamix.measure.contribution import decompose
from mediamix.measure.quality import fitted
from mediamix.measure.summary import summarise
from mediamix.models.base import Fit
from mediamix.models.family import families, family_of
from mediamix.project.folder import Project
from mediamix.project.launch import hashes_of
from mediamix.project.record import State
from mediamix.project.runs import ask, folder_of, moment
from mediamix.project.steps import Steps
from mediamix.reporting import reports
from mediamix.simulate import Scenario, simulate, write_simulation
from mediamix.ui.place import PLACE

WEEKS = 4
PERIODS, CHANNELS = 80, 3


@dataclass(frozen=True)
class Made:
    """A family's fit and its folder."""

    fit: Fit
    folder: Path
    said: dict[str, Any]


@pytest.fixture(scope="module")
def market() -> Dataset:
    return simulate(Scenario(every="week", periods=PERIODS, channels=CHANNELS)).dataset


@pytest.fixture(scope="module", params=sorted(SPECS))
def made(request: pytest.FixtureRequest, market: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Made:
    spec = parse_spec({"holdout": {"last": 6}, **SPECS[request.param]})
    fit = mm.fit(market, spec, checks=False)
    folder = tmp_path_factory.mktemp(request.param) / "fit"
    return Made(fit, folder, mm.save(fit, folder).to_dict())


def test_every_family_is_tried() -> None:
    assert set(SPECS) == set(families())


def test_it_knows_its_family(made: Made) -> None:
    assert family_of(made.fit).name == made.fit.family == made.fit.spec.model.family


def test_it_comes_back_from_its_folder(made: Made) -> None:
    back = mm.load(made.folder)
    assert back.run == made.fit.run
    pd.testing.assert_frame_equal(mm.contributions(back), mm.contributions(made.fit))
    assert json.loads((made.folder / "summary.json").read_text()) == json.loads(json.dumps(made.said))


def test_the_same_seed_gives_the_same_draws(made: Made) -> None:
    again = mm.fit(made.fit.dataset, made.fit.spec, checks=False)
    for one, other in zip(again.channels, made.fit.channels, strict=True):
        np.testing.assert_array_equal(one.beta_dg, other.beta_dg)


def test_baseline_and_channels_add_up_to_what_is_fitted(made: Made) -> None:
    parts = np.sum([part.draws_dt for part in decompose(made.fit)], axis=0)
    shown = fitted(made.fit)
    until = int(np.flatnonzero(made.fit.trained_gt[0])[-1]) + 1
    np.testing.assert_allclose(parts.mean(axis=0)[:until], shown.mean_t[:until], rtol=1e-9)


def test_its_summary_is_the_contracts(made: Made) -> None:
    found = json.loads(json.dumps(made.said, allow_nan=False))
    assert set(found["channels"]) == set(made.fit.dataset.channel_names)
    for one in found["channels"].values():
        low, middle, high = (one["contribution"][part] for part in ("p5", "p50", "p95"))
        assert low <= middle <= high
        assert {"prior_overlap", "only_prior", "probability_nothing"} <= one["evidence"].keys()
    assert found["fit"]["holdout"]["mape"] is not None
    told = found["diagnostics"]
    assert told["method"]
    members = () if made.fit.stacked is None else made.fit.stacked.members
    assert (told["rhat_max"] is None) == all(one.run.method for one in (made.fit, *members))
    if not family_of(made.fit).density:
        assert not any(one["parameters"] for one in found["channels"].values())


def test_a_budget_is_planned_on_it(made: Made) -> None:
    spent = float(made.fit.dataset.spend_c.sum())
    plan = mm.optimize(made.fit, mm.Budget(total=spent), anyway=True, outlook=True)
    assert sum(plan.allocation.values()) == pytest.approx(spent, rel=1e-6)
    assert plan.certificate.status == "optimal"
    if plan.objective is not None and plan.objective.kind == "mean":
        assert plan.certificate.upper_bound >= plan.outcome.mean * (1 - 1e-9)
    json.dumps(plan.to_dict(), allow_nan=False)


def test_a_campaign_is_flighted_on_it(made: Made) -> None:
    plan = mm.flighting(made.fit, Flighting(periods=WEEKS), anyway=True)
    assert plan.spend_ct.shape[1] == WEEKS
    assert np.isfinite(plan.contribution_ct).all()


def test_it_forecasts(made: Made) -> None:
    future = read_future(made.fit.dataset, periods=WEEKS, spec=made.fit.spec)
    table = mm.forecast(made.fit, future, anyway=True)
    assert len(table) == WEEKS
    assert (table["p5"] < table["p95"]).all()
    np.testing.assert_allclose(table["baseline"] + table["media"], table["expected_mean"])


def test_every_form_of_the_report_is_written(made: Made, tmp_path: Path) -> None:
    spent = float(made.fit.dataset.spend_c.sum())
    plan = mm.optimize(made.fit, mm.Budget(total=spent), history=False, anyway=True)
    page, table = reports(made.fit, plan, [tmp_path / "report.html", tmp_path / "report.json"])
    text = page.read_text(encoding="utf-8")
    for name in made.fit.dataset.channel_names:
        assert name in text
    assert not any(word in text for word in (">nan<", ">NaN<", "Traceback"))
    json.loads(table.read_text(), parse_constant=_no_constants)


def test_its_card_and_tables_are_shown(made: Made) -> None:
    assert made.fit.family in repr(made.fit)
    for table in (mm.roi(made.fit), mm.contributions(made.fit), mm.response_curves(made.fit)):
        numbers = table.select_dtypes("number").to_numpy()
        assert numbers.size
        assert not math.isinf(float(np.nanmax(np.abs(numbers))))
    assert summarise(made.fit).convergence.verdict in ("ok", "caution", "failed")


@pytest.fixture(scope="module")
def ran(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a run of the family, made in this process and without its warehouse."""
    if made.fit.family == "bayes":
        pytest.skip("the app's own tests are of this family")
    folder = tmp_path_factory.mktemp("shop") / made.fit.family
    write_simulation(simulate(Scenario(every="week", periods=PERIODS, channels=CHANNELS)), folder / "data")
    data = {name: f"data/{name}.csv" for name in ("media", "outcome", "controls", "events")}
    raw = {"data": data, "outcome": {"currency": "EUR"}, **SPECS[made.fit.family]}
    (folder / "mediamix.yml").write_text(json.dumps(raw))
    project = Project.at(folder)
    spec = load_spec(project.spec())
    dataset = read_spec(spec, folder)
    record, _ = ask(project, hashes_of(dataset, spec), "ann")
    run = folder_of(project, record.id)
    outcome = Steps(spec, dataset, run, lambda step: None, None).take()
    (run / "spec.yml").write_text(spec.to_yaml())
    checks = {"verdict": outcome.summary.judged.to_dict(), "findings": []}
    (run / "checks.json").write_text(json.dumps(checks))
    done = replace(record, state=State.DONE, started=moment(), ended=moment())
    replace(done, seconds=outcome.fit.run.seconds, verdict=outcome.summary.verdict).write(run)
    return project


@pytest.mark.parametrize("page", ["channels.py", "planner.py"])
def test_a_page_of_the_app_shows_it(ran: Project, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLACE, str(ran.root))
    app = AppTest.from_file(str(Path(mediamix.ui.__file__).parent / "main.py"), default_timeout=60)
    app = app.run().switch_page(f"views/{page}").run()
    assert not app.exception
    assert not [box.value for box in app.error if "could not be shown" in box.value]


def _no_constants(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")
