"""The planner's and the scenarios' pages; and that app, command line and Python give the same numbers."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from streamlit.testing.v1 import AppTest

import mediamix as mm
import mediamix.ui
from mediamix.project import runs
from mediamix.project.folder import FIT, Project
from mediamix.project.questions import saved
from mediamix.reporting.material import gather
from mediamix.simulate import Scenario, simulate
from mediamix.ui import planned, planning
from mediamix.ui.asking import Asked, by_hand
from mediamix.ui.place import PLACE
from mediamix.ui.planning import answer, calendar, csv_of, others, pdf_of, today_of, yaml_of
from mediamix.ui.session import measured

sys.path.insert(0, str(Path(__file__).parent.parent / "cli"))
from driving import call

HOME = Path(mediamix.ui.__file__).parent
Open = Callable[..., AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the planner of a project, or another page."""

    def open_page(project: Project, page: str = "planner.py", **query: str | list[str]) -> AppTest:
        monkeypatch.setenv(PLACE, str(project.root))
        app = AppTest.from_file(str(HOME / "main.py"), default_timeout=120)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        return app.switch_page(f"views/{page}").run()

    return open_page


def text_of(app: AppTest) -> str:
    """Everything that is read on a page."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "success", "warning", "error")
    return re.sub(r"\\(.)", r"\1", "\n".join(e.value for kind in kinds for e in getattr(app, kind)))


def mistakes(app: AppTest) -> list[str]:
    """Errors that a page tells, but for the word that the small market's fit has failed its checks."""
    return [box.value for box in app.error if "act on this plan" not in box.value]


def tile(app: AppTest, label: str) -> str:
    return next(metric.value for metric in app.metric if metric.label == label)


def at(project: Project) -> tuple[str, str, Path]:
    """Root, newest run and its fit."""
    record = runs.all_runs(project)[0]
    return str(project.root), record.id, runs.folder_of(project, record.id) / FIT


QUESTIONS = {
    "today's budget": Asked(),
    "a fifth more": Asked(share=120),
    "expected": Asked(goal="mean", share=80),
    "limits": Asked(limits=(("tv", 100, 100), ("search", 70, 190)), groups=((("search", "social"), 110),)),
    "far": Asked(share=200),
    "target": Asked("target", of="roi", wanted=0.5),
    "target outcome": Asked("target", of="outcome", wanted=-1.0),  # filled in below
    "by hand": by_hand({"tv": 120, "search": 100, "social": 0}, {"tv": 1.0, "search": 1.0, "social": 1.0}),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_app_command_line_and_python_give_the_same_numbers(ran: Path, tmp_path: Path, name: str) -> None:
    root, run, fit = at(Project.at(ran))
    of, asked = measured(root, run), QUESTIONS[name]
    if asked.wanted < 0:
        asked = Asked("target", of="outcome", wanted=round(1.02 * of.summary.outcome_total))
    (tmp_path / "question.yml").write_text(yaml_of(of, asked))
    page = json.loads(json.dumps(answer(root, run, asked).to_dict()))
    told = call("optimize", fit, "--problem", tmp_path / "question.yml", "--anyway", "--json")
    assert told.code in (0, 3), told.err
    python = mm.optimize(mm.load(fit), mm.load_problem(tmp_path / "question.yml"), anyway=True)
    assert page == told.json
    assert page == json.loads(json.dumps(python.to_dict()))


@pytest.mark.parametrize("solver", ["greedy", "slsqp"])
def test_so_do_the_others_methods(ran: Path, solver: str) -> None:
    root, run, fit = at(Project.at(ran))
    page = json.loads(json.dumps(others(root, run, Asked())[solver].to_dict()))
    told = call("optimize", fit, "--solver", solver, "--anyway", "--json")
    assert page == told.json
    assert page == json.loads(json.dumps(mm.optimize(mm.load(fit), solver=solver, anyway=True).to_dict()))
    ours = answer(root, run, Asked())
    assert page["objective"]["value"] <= ours.certificate.upper_bound * (1 + 1e-9)


def test_so_do_plans_by_geo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market = simulate(Scenario(every="week", periods=60, channels=2, geos=2))
    spec = mm.Spec(geo={"population": "population"}, sampler={"chains": 2, "draws": 120, "tune": 120})
    mm.save(mm.fit(market.dataset, spec, quick=True), tmp_path / "fit")
    of = gather(mm.load(tmp_path / "fit"), None, None)
    monkeypatch.setattr(planning, "measured", lambda root, run: of)
    first = next(iter(today_of(of)))
    asked = Asked(limits=((first, 100, 100),), by_geo=True)
    (tmp_path / "question.yml").write_text(yaml_of(of, asked))
    told = call(
        *("optimize", tmp_path / "fit", "--problem", tmp_path / "question.yml"),
        *("--by", "geo", "--anyway", "--json"),
    )
    plan = answer(str(tmp_path), "by geo", asked)
    assert json.loads(json.dumps(plan.to_dict())) == told.json
    table = planned.in_geos(of, plan)
    assert table["Geo"].tolist() == list(of.fit.dataset.geos)
    # A channel that is fixed is so in each geo: no change stands beside its spend.
    assert not table[first].str.contains("%").any()


def test_the_page_shows_the_plan_that_it_was_asked(ran: Path, opened: Open) -> None:
    project = Project.at(ran)
    root, run, _ = at(project)
    of = measured(root, run)
    app = opened(project, budget="120", fixed="tv", goal="expected")
    assert not app.exception
    plan = answer(root, run, Asked(share=120, goal="mean", limits=(("tv", 100, 100),)))
    assert tile(app, "Budget") == of.spend(plan.spend)
    assert tile(app, f"Expected {plan.outcome_name}") == of.amount(plan.outcome.mean)
    assert tile(app, "More than today") == of.amount(plan.uplift.mean, signed=True)
    assert plan.allocation["tv"] == pytest.approx(today_of(of)["tv"])
    assert plan.spend == pytest.approx(1.2 * sum(today_of(of).values()), rel=1e-6)
    assert "by EUR 1, would bring" in text_of(app) or "1 more of budget would bring" in text_of(app)


def test_a_target_is_reached_and_one_out_of_reach_is_told(ran: Path, opened: Open) -> None:
    project = Project.at(ran)
    root, run, _ = at(project)
    of = measured(root, run)
    app = opened(project, ask="Budget for a target")
    assert not app.exception
    app.number_input(key="wanted_outcome").set_value(1.01 * of.summary.outcome_total).run()
    assert not app.exception
    assert not mistakes(app)
    plan = answer(root, run, Asked("target", of="outcome", wanted=1.01 * of.summary.outcome_total))
    assert tile(app, "Budget") == of.spend(plan.spend)
    assert plan.outcome.mean == pytest.approx(1.01 * of.summary.outcome_total, rel=1e-5)
    app.number_input(key="wanted_outcome").set_value(100 * of.summary.outcome_total).run()
    assert not app.exception
    assert "out of reach" in text_of(app)


def test_a_sure_target_costs_more() -> None:
    grid = list(range(0, 1001, 10))
    curves = mm.Curves({"tv": grid}, {"tv": [[h * x / (x + 300) for x in grid] for h in range(50, 150)]})
    wanted = Asked("target", wanted=40.0)
    sure = Asked("target", wanted=40.0, sure=0.9)
    budgets = [mm.optimize(curves, asked.problem({"tv": 100.0})).spend for asked in (wanted, sure)]
    assert budgets[1] > 1.2 * budgets[0]


def test_a_split_by_hand_stands_beside_the_best_one(ran: Path, opened: Open) -> None:
    project = Project.at(ran)
    root, run, _ = at(project)
    today = today_of(measured(root, run))
    app = opened(project, ask="Try a split by hand", spend_0="120", spend_1="40")
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Split"].tolist() == ["Today", "By hand", planned.BEST]
    assert table["Spends"][1] == table["Spends"][2]
    names = list(today)
    asked = by_hand({names[0]: 120, names[1]: 40, names[2]: 100}, today)
    own, best = answer(root, run, asked), answer(root, run, asked.alone)
    assert own.allocation == pytest.approx(
        {names[0]: 1.2 * today[names[0]], names[1]: 0.4 * today[names[1]], names[2]: today[names[2]]}
    )
    assert best.spend == pytest.approx(own.spend, rel=1e-9)


def test_other_methods_stand_beside_ours_when_wanted(ran: Path, opened: Open) -> None:
    project = Project.at(ran)
    app = opened(project, beside="true")
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if "Method" in frame.value)
    assert table["Method"].tolist() == ["This planner", "Greedy rule", "SLSQP"]
    assert table["Proof"].tolist()[1:] == ["none", "none"]
    assert not any("Method" in frame.value for frame in opened(project).dataframe)


def test_a_calendar_spends_the_plans_money(ran: Path, opened: Open) -> None:
    project = Project.at(ran)
    root, run, _ = at(project)
    plan, flight = answer(root, run, Asked()), calendar(root, run, Asked(), 8)
    part = 8 / measured(root, run).fit.dataset.n_periods
    assert flight.spend_ct.shape == (len(plan.allocation), 8)
    for name, row in zip(flight.names, flight.spend_ct, strict=True):
        assert row.sum() == pytest.approx(part * plan.allocation[name], rel=2e-3)
    app = opened(project, calendar="true", periods="8")
    assert not app.exception
    assert not mistakes(app)
    table = next(frame.value for frame in app.dataframe if "From" in frame.value)
    assert len(table) == 8


def test_downloads_hold_the_plan_and_the_question(ran: Path, tmp_path: Path) -> None:
    root, run, _ = at(Project.at(ran))
    of, asked = measured(root, run), Asked(share=120, groups=((("tv", "search"), 90),))
    plan = answer(root, run, asked)
    lines = csv_of(plan).splitlines()
    assert lines[0].startswith("channel,spend,current")
    assert len(lines) == 1 + len(plan.allocation)
    raw = yaml.safe_load(yaml_of(of, asked))
    assert raw["budget"] == pytest.approx(1.2 * sum(today_of(of).values()))
    assert raw["groups"][0]["channels"] == ["tv", "search"]
    assert pdf_of(of, plan).startswith(b"%PDF-")


def test_limits_that_contradict_each_other_are_told(ran: Path, opened: Open) -> None:
    app = opened(Project.at(ran), fixed=["tv", "search"], group_0=["tv", "search"], group_most_0="50")
    assert not app.exception
    assert "add up to" in text_of(app)


def test_scenarios_are_saved_compared_and_shared_by_their_address(done: Project, opened: Open) -> None:
    app = opened(done)
    for share, name in ((80, "less"), (120, "more")):
        app.slider(key="budget").set_value(share).run()
        app.text_input(key="plan_name").set_value(name).run()
        app.button(key="plan_save").click().run()
        assert not app.exception
    kept = {one.name: one.plan for one in saved(done)}
    assert kept["more"].spend / kept["less"].spend == pytest.approx(1.5, rel=1e-6)
    app = opened(done, "scenarios.py")
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Scenario"].tolist() == ["less", "more"]
    assert table["Brings"].tolist() == [
        measured(*at(done)[:2]).amount(kept[name].outcome.mean) for name in ("less", "more")
    ]
    again = opened(done, "scenarios.py", compare="more")
    assert again.dataframe[0].value["Scenario"].tolist() == ["more"]
