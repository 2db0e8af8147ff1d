"""Every page of the app, run without a browser."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import mediamix.ui
from mediamix.core.numbers import money, percent
from mediamix.jobs import runs as job
from mediamix.project import runs
from mediamix.project.folder import FIT, PLAN, Project
from mediamix.project.questions import saved
from mediamix.project.record import State
from mediamix.ui.place import PLACE

#: As the fixture `named` has it.
NASTY = "<img src=x onerror=alert(1)>"
HOME = Path(mediamix.ui.__file__).parent
PAGES = sorted(path.name for path in (HOME / "views").glob("*.py"))
Open = Callable[..., AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page of a project."""

    def open_page(project: Project, page: str = "overview.py", **query: str) -> AppTest:
        monkeypatch.setenv(PLACE, str(project.root))
        app = AppTest.from_file(str(HOME / "main.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        return app.switch_page(f"views/{page}").run() if page != "overview.py" else app

    return open_page


def text_of(app: AppTest) -> str:
    """Everything that is read on a page."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "success", "warning", "error")
    shown = [element.value for kind in kinds for element in getattr(app, kind)]
    return re.sub(r"\\(.)", r"\1", "\n".join(shown))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_run_shows_no_error(done: Project, opened: Open, page: str) -> None:
    app = opened(done, page)
    assert not app.exception
    assert not [box.value for box in app.error if "could not be shown" in box.value]
    assert len(text_of(app)) > 80


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_project_without_runs_says_what_to_do(project: Project, opened: Open, page: str) -> None:
    app = opened(project, page)
    assert not app.exception
    # These need no run: they are how one gets there.
    if page not in ("data.py", "fit.py", "trainings.py"):
        assert "start one on the page Fit" in text_of(app)


def test_the_overview_says_what_the_summary_says(done: Project, opened: Open) -> None:
    folder = runs.folder_of(done, runs.all_runs(done)[0].id)
    summary = json.loads((folder / FIT / "summary.json").read_text())
    share = summary["media"]["share"]["mean"]
    shown = {tile.label: tile.value for tile in opened(done).metric}
    assert shown["Share of media"] == f"{share:.0%}"


def test_the_overview_compares_with_as_many_periods_before(done: Project, opened: Open) -> None:
    media = pd.read_csv(done.data / "media.csv", parse_dates=["date"])
    by_week = media.groupby("date")["spend"].sum().sort_index()
    now, before = by_week.iloc[-30:].sum(), by_week.iloc[-60:-30].sum()
    app = opened(done)
    assert money(now, "EUR") in [
        tile.value.replace("\u00a0", " ") for tile in app.metric if tile.label == "Media spend"
    ]
    assert f"{percent(now / before - 1, signed=True)}, from {money(before, 'EUR')}" in text_of(app).replace(
        "\u00a0", " "
    )


def test_the_planner_asks_what_the_command_line_asks(done: Project, opened: Open) -> None:
    folder = runs.folder_of(done, runs.all_runs(done)[0].id)
    plan = json.loads((folder / PLAN).read_text())
    app = opened(done, "planner.py")
    assert not app.exception
    from mediamix.pipeline import load
    from mediamix.pipeline import plan as planned
    from mediamix.ui.asking import Asked
    from mediamix.ui.planning import answer

    page = answer(str(done.root), folder.name, Asked())
    again = planned(load(folder / FIT), anyway=True)
    assert page.to_dict() == again.to_dict()
    assert page.allocation == pytest.approx(plan["allocation"], rel=1e-9)


def test_the_run_in_the_address_is_the_one_that_is_shown(done: Project, opened: Open) -> None:
    first = runs.all_runs(done)[0]
    second, new = runs.ask(done, {**first.hashes, "seed": "2"}, "ann")
    assert new
    folder = runs.folder_of(done, second.id)
    shutil.copytree(runs.folder_of(done, first.id), folder, dirs_exist_ok=True)
    replace(first, id=second.id, hashes=second.hashes).write(folder)
    for record in (first, second):
        app = opened(done, run=record.id)
        assert app.selectbox(key="run").value == record.id
    runs.promote(done, first.id, force=True)
    assert opened(done).selectbox(key="run").value == "latest"


def test_an_address_of_a_run_that_is_gone_falls_back(done: Project, opened: Open) -> None:
    app = opened(done, run="20200101T0000Z-00000000")
    assert not app.exception
    assert app.metric


def test_a_run_deleted_under_a_page_is_told(done: Project, opened: Open) -> None:
    app = opened(done)
    record = runs.all_runs(done)[0]
    app.selectbox(key="run").set_value(record.id).run()
    shutil.rmtree(runs.folder_of(done, record.id))
    app.run()
    assert not app.exception
    assert "no run yet" in text_of(app) or "not there any more" in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_markup_in_a_channels_name_is_shown_as_it_is(named: Project, opened: Open, page: str) -> None:
    app = opened(named, page)
    assert not app.exception
    assert not [box.value for box in app.error if "could not be shown" in box.value]
    for element in app.get("html"):
        assert "<img" not in element.proto.body
    for kind in ("markdown", "caption", "header", "subheader", "success", "warning", "info"):
        for element in getattr(app, kind):
            assert not re.search(r"(?<!\\)<img", element.value), element.value
    if page in ("channels.py", "planner.py", "response.py"):
        assert NASTY in text_of(app)
    if page == "overview.py":
        assert any(html.escape(NASTY) in element.proto.body for element in app.get("html"))


def test_a_project_that_cant_be_written_is_told(project: Project, opened: Open) -> None:
    shutil.rmtree(project.runs, ignore_errors=True)
    project.runs.write_text("a file where a folder should be")
    app = opened(project, "fit.py")
    next(button for button in app.button if "Start" in button.label).click().run()
    assert not app.exception
    assert [box for box in app.error if "could not be shown" not in box.value]


def test_a_project_that_is_gone_is_told(done: Project, opened: Open) -> None:
    app = opened(done)
    shutil.rmtree(done.root)
    app.run()
    assert not app.exception
    assert "there is no folder" in text_of(app)


def test_a_report_that_is_gone_is_told(done: Project, opened: Open) -> None:
    folder = runs.folder_of(done, runs.all_runs(done)[0].id)
    (folder / "report.html").unlink()
    app = opened(done, "report.py")
    assert not app.exception
    assert "can't be read" in text_of(app)


def test_the_channel_in_the_address_is_the_one_that_is_shown(done: Project, opened: Open) -> None:
    app = opened(done, "channels.py", channel="search")
    assert app.selectbox(key="channel").value == "search"
    summary = json.loads((runs.folder_of(done, runs.all_runs(done)[0].id) / FIT / "summary.json").read_text())
    shown = {tile.label: tile.value for tile in app.metric}
    assert shown["ROI"] == f"{summary['channels']['search']['roi']['mean']:.2f}\u00d7"
    assert opened(done, "channels.py", channel="nobody").selectbox(key="channel").value == "tv"


def test_a_spec_that_is_wrong_is_not_saved(done: Project, opened: Open) -> None:
    before = done.spec().read_text()
    app = opened(done, "fit.py")
    for wrong in ("a: [", "modell: {}", "- 1"):
        app.text_area[0].set_value(wrong)
        next(button for button in app.button if "Save" in button.label).click().run()
        assert not app.exception
        assert app.error, wrong
        assert done.spec().read_text() == before


@pytest.mark.looks
def test_a_run_is_begun_and_promoted_from_the_page(project: Project, opened: Open) -> None:
    app = opened(project, "fit.py")
    next(button for button in app.button if "Start" in button.label).click().run()
    assert not app.exception
    (record,) = runs.all_runs(project)
    assert job.follow(project, record.id).state is State.DONE
    app.run()
    next(button for button in app.button if button.label == "Promote").click().run()
    if runs.read(project, record.id).verdict == "failed":
        assert "nobody should decide by it" in text_of(app)
    else:
        assert runs.current(project) == record.id


def test_limits_that_cant_be_kept_are_told(done: Project, opened: Open) -> None:
    app = opened(done, "planner.py")
    limited = app.multiselect(key="limited")
    limited.set_value(limited.options).run()
    for slider in app.slider:
        if slider.key != "budget":
            slider.set_value((0, 5))
    app.run()
    assert not app.exception
    assert app.error


def test_a_plan_is_saved_compared_and_removed(done: Project, opened: Open) -> None:
    app = opened(done, "planner.py")
    app.slider(key="budget").set_value(120).run()
    app.text_input(key="plan_name").set_value("a fifth more").run()
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    (kept,) = saved(done)
    today = sum(kept.plan.current.allocation.values())
    assert kept.question.budget.total == pytest.approx(1.2 * today)
    assert kept.plan.spend == pytest.approx(1.2 * today, rel=1e-6)
    app = opened(done, "scenarios.py")
    assert app.dataframe[0].value["Scenario"].tolist() == ["a fifth more"]
    next(button for button in app.button if button.label == "Remove").click().run()
    assert saved(done) == []


@pytest.mark.parametrize("name", ["../x", "a/b", ".."])
def test_a_plan_keeps_to_its_folder(done: Project, opened: Open, name: str) -> None:
    app = opened(done, "planner.py")
    app.text_input(key="plan_name").set_value(name).run()
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    assert "can't be a name" in text_of(app)
    assert saved(done) == []
