"""From rows to a budget, for real: files, DuckDB, dbt, the sampler, the planner, the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import mediamix as mm
from mediamix import pipeline
from mediamix.core.errors import BudgetError
from mediamix.data.read import read_spec
from mediamix.project import steps
from mediamix.project.ingesting import Options, ingest_files
from mediamix.project.progress import Telling
from mediamix.project.work import dataset_of_run
from mediamix.simulate import Scenario, simulate, write_simulation
from mediamix.warehouse.engines.duckdb import DuckDB

SPEC = """\
data: {media: data/media.csv, outcome: data/outcome.csv, controls: data/controls.csv, events: data/events.csv}
sampler: {chains: 2, draws: 120, tune: 120}
holdout: {last: 6}
mart: {week_start: sunday}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write_simulation(simulate(Scenario(every="week", periods=104, channels=3)), folder / "data")
    (folder / "mediamix.yml").write_text(SPEC)
    return folder


@pytest.fixture(scope="module")
def made(project: Path) -> Path:
    steps.run(project / "mediamix.yml", project / "out")
    return project / "out"


def test_a_run_leaves_the_contracts_files_and_nothing_hidden(made: Path) -> None:
    names = {path.name for path in made.iterdir()}
    assert {"fit", "plan.json", "report.html", "warehouse.duckdb"} <= names
    assert [name for name in names if name.startswith(".")] == [".mediamix.json"]
    assert {path.name for path in (made / "fit").iterdir()} == {
        "posterior.nc", "spec.yml", "data.parquet", "run.json", "summary.json", ".mediamix.json",
    }  # fmt: skip


def test_the_mart_and_the_files_are_the_same_dataset(project: Path, made: Path) -> None:
    spec = mm.load_spec(project / "mediamix.yml")
    through_mart = pipeline.read_mart(spec, DuckDB(made / "warehouse.duckdb"))
    assert through_mart.hash == read_spec(spec, project).hash


def test_what_the_spec_says_of_the_mart_is_heard(made: Path) -> None:
    with DuckDB(made / "warehouse.duckdb").connect(read_only=True) as connection:
        rows = connection.execute("select distinct dayname(week_start) from mart.calendar").fetchall()
    assert rows == [("Sunday",)]


def test_the_same_seed_gives_the_same_summary_twice(project: Path, made: Path, tmp_path: Path) -> None:
    spec = mm.load_spec(project / "mediamix.yml")
    pipeline.save(mm.fit(read_spec(spec, project), spec), tmp_path / "again")
    first = json.loads((made / "fit" / "summary.json").read_text())
    second = json.loads((tmp_path / "again" / "summary.json").read_text())
    assert first.pop("timing").keys() == second.pop("timing").keys() >= {
        "import_s", "compile_s", "sample_s", "total_s",
    }  # fmt: skip
    assert first == second


def test_another_seed_gives_other_draws(project: Path, made: Path) -> None:
    spec = mm.load_spec(project / "mediamix.yml")
    other = spec.model_copy(update={"sampler": spec.sampler.model_copy(update={"seed": 2})})
    fit = mm.fit(read_spec(other, project), other)
    assert (fit.sigma_dg != mm.load(made / "fit").sigma_dg).any()


def test_a_channel_never_seen_before_reaches_the_report_with_no_edit(project: Path, tmp_path: Path) -> None:
    """Its rows land beside those of the others; nobody writes its name anywhere."""
    import pandas as pd

    def land(name: str, *files: Path) -> None:
        options = Options(name=name, currency="EUR")
        ingest_files(
            [str(file) for file in files], tmp_path / "mediamix.yml", None, options, lambda line: None
        )

    (tmp_path / "mediamix.yml").write_text(SPEC.split("\n", 1)[1])  # what landed is its data
    land("files/shop", *(project / "data" / f"{t}.csv" for t in ("outcome", "controls", "events", "media")))
    media = pd.read_csv(project / "data" / "media.csv")
    new = media[media["channel"] == media["channel"].iloc[0]].assign(channel="Harbour Podcasts")
    new["spend"] = new["spend"].to_numpy()[::-1]
    new.to_csv(tmp_path / "new.csv", index=False)
    before = (tmp_path / "mediamix.yml").read_text()
    land("files/new", tmp_path / "new.csv")
    assert (tmp_path / "mediamix.yml").read_text() == before
    seen = []
    outcome = steps.run(tmp_path / "mediamix.yml", tmp_path / "out", accept=seen.append)
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    with warehouse.connect(read_only=True) as session:
        sql = "select channel, sum(spend) from mart.mmm_datamart group by channel"
        spent = {name: float(amount) for name, amount in session.execute(sql).fetchall()}
    expected = pd.concat([media, new]).groupby("channel")["spend"].sum()
    assert spent == pytest.approx(expected.to_dict(), abs=1e-6)
    assert set(outcome.summary.to_dict()["channels"]) == set(spent) == set(outcome.plan.allocation)
    assert outcome.report.read_text(encoding="utf-8").count("Harbour Podcasts") > 3
    # a run of the project reads the very same
    spec = mm.load_spec(tmp_path / "mediamix.yml")
    again = dataset_of_run(spec, tmp_path, Telling(tmp_path))
    assert seen[0].hash == again.hash == outcome.fit.dataset.hash


def test_a_plan_is_for_a_budget_or_a_target(made: Path) -> None:
    fit = mm.load(made / "fit")
    today = mm.optimize(fit, objective="mean", history=False, anyway=True)
    more = mm.optimize(fit, mm.Budget(total=1.2 * today.budget), objective="mean", history=False, anyway=True)
    assert more.outcome.mean > today.outcome.mean
    back = mm.optimize(fit, target=more.outcome.mean, history=False, anyway=True)
    assert back.budget == pytest.approx(more.spend, rel=1e-3)
    with pytest.raises(BudgetError, match="both given"):
        mm.optimize(fit, mm.Budget(total=1.0), target=1.0, anyway=True)
    last = mm.optimize(fit, window=pipeline.last_periods(fit.dataset, 26), anyway=True)
    assert last.budget < today.budget
    with pytest.raises(BudgetError, match="can't plan 0 periods"):
        pipeline.last_periods(fit.dataset, 0)


def test_anybodys_curves_are_planned(made: Path) -> None:
    grid = [0.0, 50.0, 100.0]
    curves = mm.Curves(spend={"tv": grid, "web": grid}, contribution={"tv": [0, 40, 60], "web": [0, 90, 100]})
    plan = mm.optimize(curves, mm.Budget(total=100.0))
    assert dict(plan.allocation) == {"tv": 50.0, "web": 50.0}


def test_findings_of_the_model_reach_the_summary(made: Path) -> None:
    fit = mm.load(made / "fit")
    summary = mm.summarise(fit)
    assert [f for f in summary.model_findings if f.severity == "error"] == []
    louder = replace(fit, channels=tuple(replace(c, beta_dg=c.beta_dg * 20) for c in fit.channels))
    lowered = tuple(
        replace(term, coefficient_dp=term.coefficient_dp - 1e9) if term.component == "intercept" else term
        for term in fit.baseline
    )
    wrong = mm.summarise(replace(louder, baseline=lowered))
    grave = {finding.check for finding in wrong.model_findings if finding.severity == "error"}
    assert "negative_baseline" in grave
    assert wrong.to_dict()["diagnostics"]["verdict"] == "failed"
