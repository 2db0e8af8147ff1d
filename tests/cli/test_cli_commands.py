"""Each command on good input: its JSON keeps the contract, its words hold the numbers of its JSON."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from driving import call, tree

from mediamix import pipeline
from mediamix.cli.commands.evaluate import worst_scalars
from mediamix.cli.commands.optimize import sweep_multiples, target_amount
from mediamix.core.errors import BudgetError
from mediamix.core.spec import load_spec
from mediamix.data.read import read_spec
from mediamix.measure.summary import summarise
from mediamix.project import steps

#: Of a fit's own draws: what its history says takes a second to sample.
PLAIN = ("optimize", "fit", "--no-history")
CHANNELS = {"tv", "search", "social", "display", "print_ooh"}
SUMMARY = {
    "outcome": {"name", "unit", "total"},
    "baseline": {"mean", "p5", "p95"},
    "fit": {"r2", "mape", "holdout"},
    "diagnostics": {"rhat_max", "ess_bulk_min", "divergences", "verdict", "findings"},
    "timing": {"import_s", "compile_s", "sample_s", "total_s"},
}
CHANNEL = {"spend", "contribution", "share", "roi", "mroi", "half_life"}
PLAN = {"allocation", "budget", "outcome", "current", "uplift", "certificate", "warnings"}


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo on a market and a sampler that take a second."""
    import mediamix.simulate

    small = partial(mediamix.simulate.Scenario, every="week", periods=60)
    monkeypatch.setattr(mediamix.simulate, "Scenario", small)
    sampler = "sampler: {chains: 2, draws: 100, tune: 100}\n"
    monkeypatch.setattr(steps, "DEMO_SPEC", steps.DEMO_SPEC + sampler)


def keeps(summary: dict[str, Any]) -> None:
    """The contract's keys of ``summary.json``."""
    for part, keys in SUMMARY.items():
        assert keys <= set(summary[part]), part
    assert set(summary["channels"]) == CHANNELS
    for channel in summary["channels"].values():
        assert set(channel) >= CHANNEL
        assert {"mean", "p5", "p50", "p95"} <= set(channel["contribution"])
        assert {"mean", "p5", "p50", "p95"} <= set(channel["roi"])


def test_check_lists_findings(project: Path) -> None:
    findings = call("check", "mediamix.yml", "--json")
    assert findings.code == 0
    assert {"check", "severity", "where", "message", "why", "advice"} == set(findings.json["findings"][0])
    shown = call("check", "mediamix.yml")
    assert shown.code == 0
    assert "Nothing stops a fit" in shown.out
    assert "warning" in shown.out


def test_check_tells_errors_by_its_code(project: Path) -> None:
    media = pd.read_csv("data/media.csv")
    media.loc[media["channel"] == "tv", ["spend", "impressions", "clicks"]] = 0
    media.to_csv("data/media.csv", index=False)
    found = call("check", "mediamix.yml", "--json")
    assert found.code == 2
    assert found.json["findings"][0]["severity"] == "error"
    assert found.json["findings"][0]["where"] == "tv"
    assert "a fit; mend these first" in call("check", "mediamix.yml").out


def test_fit_writes_the_contract_and_says_it(project: Path) -> None:
    result = call("fit", "mediamix.yml", "--out", "new", "--json")
    assert result.code == 0
    keeps(result.json)
    assert result.json == json.loads(Path("new/summary.json").read_text())
    assert {path.name for path in Path("new").iterdir()} == {
        "posterior.nc",
        "spec.yml",
        "data.parquet",
        "run.json",
        "summary.json",
        ".mediamix.json",
    }
    assert "warning: dates: 60 weeks" in result.err


def test_force_replaces_a_fit_by_a_whole_new_one(project: Path) -> None:
    before = tree(project)
    assert call("fit", "mediamix.yml", "--out", "fit", "--force", "--quick").code in (0, 3)
    after = tree(project)
    assert set(after) == set(before)
    assert after["fit/posterior.nc"] != before["fit/posterior.nc"]


def test_a_fit_from_the_mart_is_the_fit_from_the_files(project: Path) -> None:
    built = call("build", "mediamix.yml", "--json")
    assert built.code == 0
    assert built.json["warehouse"] == "warehouse.duckdb"
    assert built.json["rows"]["outcome_day"] == 60
    assert set(built.json["tests"].values()) == {"pass"}
    assert [path.name for path in project.glob(".*")] == []
    assert call("fit", "mediamix.yml", "--out", "new", "--warehouse", "warehouse.duckdb").code == 0
    assert pipeline.load("new").dataset.hash == pipeline.load("fit").dataset.hash
    # the spec's own warehouse is built and read where none is named
    named = Path("mediamix.yml").read_text() + "warehouse: {duckdb: store/warehouse.duckdb}\n"
    Path("named.yml").write_text(named)
    again = call("build", "named.yml")
    assert again.code == 0
    assert "tests passed" in again.out
    assert "mediamix fit named.yml --out fit" in again.out
    Path("data").rename("gone")
    assert call("fit", "named.yml", "--out", "third", "--quick").code in (0, 3)
    assert pipeline.load("third").dataset.hash == pipeline.load("fit").dataset.hash


def test_evaluate_tells_quality_and_convergence(project: Path) -> None:
    result = call("evaluate", "fit", "--json")
    assert result.code == 0
    keeps(result.json)
    worst = result.json["diagnostics"]["worst"]
    assert max(part["rhat"] for part in worst.values()) == result.json["diagnostics"]["rhat_max"]
    assert min(part["ess_bulk"] for part in worst.values()) == result.json["diagnostics"]["ess_bulk_min"]
    shown = call("evaluate", "fit")
    assert shown.code == 0
    assert result.json["diagnostics"]["sentence"] in shown.out
    assert all(name in shown.out for name in (*CHANNELS, *worst))


def test_worst_scalars_hold_both_extremes() -> None:
    from mediamix.measure.convergence import Convergence

    table = {f"s{i}": (1.0 + i / 100, 1000.0 + i, 500.0 + i) for i in range(20)}
    verdict = Convergence(1.19, 1000.0, 500.0, 0, 1.0, "ok", (), table)
    worst = worst_scalars(verdict, most=2)
    assert list(worst) == ["s19", "s18", "s1", "s0"]
    assert worst["s19"] == {"rhat": 1.19, "ess_bulk": 1019.0, "ess_tail": 519.0}


def test_optimize_keeps_the_contract(project: Path) -> None:
    result = call("optimize", "fit", "--budget", "15000000", "--json")
    assert result.code == 0
    plan = result.json
    assert set(plan) >= PLAN
    assert set(plan["allocation"]) == CHANNELS
    assert sum(plan["allocation"].values()) <= 15e6 * (1 + 1e-9)
    assert {"mean", "p5", "p95", "probability_better"} == set(plan["uplift"])
    assert {"upper_bound", "gap", "status"} <= set(plan["certificate"])
    assert {"allocation", "outcome"} == set(plan["current"])


def test_optimize_without_budget_plans_todays_total(project: Path) -> None:
    plan = call(*PLAIN, "--json").json
    spend = pd.read_csv("data/media.csv")["spend"].sum()
    assert plan["budget"] == pytest.approx(spend)
    recent = call(*PLAIN, "--last", "10", "--json").json
    media = pd.read_csv("data/media.csv")
    dates = sorted(media["date"].unique())[-10:]
    assert recent["budget"] == pytest.approx(media[media["date"].isin(dates)]["spend"].sum())


def test_optimize_keeps_bounds_and_writes_its_plan(project: Path) -> None:
    Path("bounds.yml").write_text("tv: [1000000, 2000000]\n")
    result = call(*PLAIN, "--bounds", "bounds.yml", "--out", "plan.json", "--json")
    assert 1e6 <= result.json["allocation"]["tv"] <= 2e6
    assert json.loads(Path("plan.json").read_text()) == result.json
    assert set(pd.read_csv("plan.csv")["channel"]) == CHANNELS
    assert call(*PLAIN, "--out", "plan.json", "--force").code == 0


def test_optimize_reaches_a_target(project: Path) -> None:
    today = call(*PLAIN, "--json").json["current"]["outcome"]["mean"]
    plan = call(*PLAIN, "--target", f"revenue={today * 1.01}", "--json").json
    assert plan["outcome"]["mean"] == pytest.approx(today * 1.01, rel=1e-5)
    shown = call(*PLAIN, "--target", f"revenue={today * 1.01}")
    assert "The smallest budget" in shown.out


def test_optimize_sweeps_budgets(project: Path) -> None:
    result = call(*PLAIN, "--sweep", "0.5,2", "--steps", "4", "--json")
    rows = result.json["scenarios"]
    today = result.json["budget"]
    assert [row["multiple"] for row in rows] == [0.5, 1.0, 1.5, 2.0]
    assert [row["budget"] for row in rows] == pytest.approx([0.5 * today, today, 1.5 * today, 2 * today])
    assert [row["outcome"] for row in rows] == sorted(row["outcome"] for row in rows)
    assert rows[1]["outcome"] == pytest.approx(result.json["outcome"]["mean"], rel=1e-3)
    assert "2.00×" in call(*PLAIN, "--sweep", "0.5,2", "--steps", "4").out


def test_targets_are_read() -> None:
    assert target_amount("revenue=2_000_000", "revenue") == 2e6
    assert target_amount(" revenue =1e6", "revenue") == 1e6
    with pytest.raises(BudgetError, match="explains orders, not 'revenue'"):
        target_amount("revenue=5", "orders")
    with pytest.raises(BudgetError, match="can't be read"):
        target_amount("revenue=nan", "revenue")


def test_sweeps_are_evenly_spaced() -> None:
    assert sweep_multiples("0.5,1.5", 5) == pytest.approx(np.linspace(0.5, 1.5, 5))
    with pytest.raises(BudgetError, match="201 steps"):
        sweep_multiples("0.5,1.5", 201)
    with pytest.raises(BudgetError, match="can't be read"):
        sweep_multiples("0.5,1,1.5", 5)


def test_predict_repeats_the_year_before(project: Path) -> None:
    result = call("predict", "fit", "--periods", "4", "--out", "forecast.csv", "--json")
    assert result.code == 0
    periods = result.json["periods"]
    assert [row["date"] for row in periods] == ["2024-02-26", "2024-03-04", "2024-03-11", "2024-03-18"]
    assert {"date", "mean", "p5", "p50", "p95", "baseline", "media", *CHANNELS} <= set(periods[0])
    total = next(row for row in result.json["totals"] if row["part"] == "outcome")
    assert total["mean"] == pytest.approx(sum(row["mean"] for row in periods))
    assert pd.read_csv("forecast.csv")["mean"].tolist() == pytest.approx([row["mean"] for row in periods])
    shown = call("predict", "fit", "--periods", "4")
    assert "2024-03-18" in shown.out
    assert "52 weeks before" in shown.err


def test_predict_takes_planned_media(project: Path) -> None:
    media = pd.read_csv("data/media.csv", parse_dates=["date"])
    last = media[media["date"] > media["date"].max() - pd.Timedelta(weeks=2)]
    plan = last.assign(date=last["date"] + pd.Timedelta(weeks=2))
    plan.to_csv("media-plan.csv", index=False)
    controls = pd.read_csv("data/controls.csv", parse_dates=["date"]).tail(2)
    controls.assign(date=controls["date"] + pd.Timedelta(weeks=2)).to_csv("controls-plan.csv", index=False)
    arguments = ("predict", "fit", "--media", "media-plan.csv", "--controls", "controls-plan.csv", "--json")
    as_planned = call(*arguments)
    assert as_planned.code == 0, as_planned.err
    plan.assign(spend=plan["spend"] * 2).to_csv("media-plan.csv", index=False)
    doubled = call(*arguments)
    once, twice = pd.DataFrame(as_planned.json["periods"]), pd.DataFrame(doubled.json["periods"])
    assert (once["media"] < twice["media"]).all()
    assert once["baseline"].tolist() == pytest.approx(twice["baseline"].tolist())


def test_generate_writes_its_files_alike_for_a_seed(tmp_path: Path) -> None:
    arguments = ("--every", "week", "--periods", "30", "--channels", "3", "--geos", "2", "--seed", "5")
    first = call("generate", "--out", tmp_path / "a", *arguments, "--noise", "0.1", "--json")
    assert first.code == 0
    assert set(first.json["files"]) == {
        "media.csv",
        "outcome.csv",
        "controls.csv",
        "events.csv",
        "contributions.csv",
        "truth.json",
        "mediamix.yml",
    }
    second = call("generate", "--out", tmp_path / "b", *arguments, "--noise", "0.1")
    assert second.code == 0
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert len(pd.read_csv(tmp_path / "a" / "media.csv")) == 30 * 3 * 2


def test_generate_turns_every_knob(tmp_path: Path) -> None:
    knobs = {"--media-share": 0.2, "--collinearity": 0.9, "--confounding": 0.8, "--noise": 0.05}
    given = [str(word) for knob in knobs.items() for word in knob]
    assert call("generate", "--out", tmp_path / "a", "--every", "week", *given).code == 0
    scenario = json.loads((tmp_path / "a" / "truth.json").read_text())["scenario"]
    assert scenario["periods"] == 156
    assert (scenario["media_share"], scenario["collinearity"], scenario["noise"]) == (0.2, 0.9, 0.05)
    assert scenario["demand_confounding"] == 0.8


def test_generated_data_can_be_fitted_as_generate_says(tmp_path: Path) -> None:
    said = call("generate", "--out", tmp_path / "a", "--every", "week", "--periods", "60").out
    assert said.strip().endswith(f"Next: mediamix check {tmp_path / 'a' / 'mediamix.yml'}")
    spec = load_spec(tmp_path / "a" / "mediamix.yml")
    assert read_spec(spec, tmp_path / "a").n_periods == 60


@pytest.mark.parametrize("kind", ["adstock", "saturation", "checks", "sections"])
def test_list_knows_every_file_of_the_folder(kind: str) -> None:
    result = call("list", kind, "--json")
    assert result.code == 0
    names = [record["name"] for record in result.json[kind]]
    shown = call("list", kind).out
    assert all(name in shown for name in names)
    home = {
        "adstock": "transforms/adstock",
        "saturation": "transforms/saturation",
        "checks": "data/checks",
        "sections": "reporting/sections",
    }[kind]
    files = list((Path(pipeline.__file__).parent / home).glob("[!_]*.py"))
    assert len(names) == len(set(names)) == len(files)


def test_list_tells_formula_parameters_priors_and_facts() -> None:
    record = {r["name"]: r for r in call("list", "adstock", "--json").json["adstock"]}["geometric"]
    assert set(record) == {"name", "formula", "source", "parameters", "facts"}
    assert record["parameters"][0]["name"] == "half_life"
    assert record["parameters"][0]["prior"]["unit"] == "days"
    assert record["facts"]["conserves_mass"] is True
    assert {r["name"] for r in call("list", "saturation", "--json").json["saturation"]} >= {
        "hill",
        "logistic",
    }


def test_report_of_a_plan(project: Path) -> None:
    assert call("optimize", "fit", "--out", "plan.json").code == 0
    arguments = ("--plan", "plan.json", "--truth", "data/truth.json", "--out", "r.html")
    result = call("report", "fit", *arguments, "--json")
    assert result.code == 0, result.err
    assert result.json == {"report": "r.html", "reports": ["r.html"]}
    assert "<html" in Path("r.html").read_text()[:500]
    several = call("report", "fit", "--out", "s.html", "--out", "s.pdf")
    assert several.code == 0, several.err
    assert several.out.split()[-2:] == ["s.html", "s.pdf"]
    assert Path("s.pdf").read_bytes().startswith(b"%PDF")


def test_run_leaves_everything_in_one_folder(project: Path) -> None:
    Path("bounds.yml").write_text("tv: [1000000, 2000000]\n")
    result = call(
        "run", "mediamix.yml", "--out", "all", "--budget", "15e6", "--bounds", "bounds.yml", "--json"
    )
    assert result.code == 0, result.err
    assert {"fit", "plan.json", "report.html", "warehouse.duckdb"} <= {p.name for p in Path("all").iterdir()}
    keeps(result.json["summary"])
    assert result.json["plan"]["budget"] == 15e6
    assert 1e6 <= result.json["plan"]["allocation"]["tv"] <= 2e6
    assert json.loads(Path("all/plan.json").read_text()) == result.json["plan"]


def test_demo_compares_with_the_truth(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = json.loads(Path("data/truth.json").read_text())
    fit = pipeline.load("fit")
    outcome = steps.Outcome(
        fit, summarise(fit), pipeline.plan(fit, anyway=True), Path("d/report.html"), truth
    )
    monkeypatch.setattr(steps, "demo", lambda *_, **__: outcome)
    result = call("demo", "--out", "d", "--json")
    assert result.code == 0, result.err
    assert (result.json["folder"], result.json["report"]) == ("d", "d/report.html")
    summary = json.loads(Path("fit/summary.json").read_text())
    for name, row in result.json["recovery"]["channels"].items():
        estimate, true = summary["channels"][name]["contribution"], truth["contribution"][name]
        assert row["contribution"]["true"] == true
        assert row["contribution"]["mean"] == pytest.approx(estimate["mean"])
        assert row["contribution"]["inside90"] is (estimate["p5"] <= true <= estimate["p95"])
        assert row["roi"]["true"] == truth["roi"][name]
    assert result.json["recovery"]["media_share"]["true"] == truth["share"]


@pytest.mark.usefixtures("small_demo")
def test_demo_runs_beside_an_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mediamix-demo").mkdir()
    Path("mediamix-demo/mine.txt").write_text("mine")
    result = call("demo")
    # 3: so few draws of a small demo may fail its checks.
    assert result.code in (0, 3), result.err
    assert "writing to mediamix-demo-2" in result.err
    assert Path("mediamix-demo-2/report.html").is_file()
    assert "inside?" in result.out
    assert "media's share of revenue: true 32%" in result.out
    assert "Building the mart" in result.out
    assert Path("mediamix-demo/mine.txt").read_text() == "mine"
    files = {path.name for path in Path("mediamix-demo-2").iterdir()}
    assert files >= {"data", "mediamix.yml", "warehouse.duckdb", "fit", "plan.json", "report.html"}
