"""The page Fit without a browser: structure, spec, runs, what changed between two."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from test_pages import Open, opened, text_of

from mediamix.core.errors import FolderError, SpecError
from mediamix.core.spec import load_spec
from mediamix.jobs import runs as job
from mediamix.jobs.runs import launch
from mediamix.project import runs
from mediamix.project.between import between
from mediamix.project.folder import Project
from mediamix.project.record import LOG, RECORD, State
from mediamix.project.specs import parsed, save_spec, spec_text, with_sections

__all__ = ["opened"]


def press(app: AppTest, label: str) -> AppTest:
    buttons = [*app.button, *app.get("form_submit_button")]
    return next(button for button in buttons if button.label == label).click().run()


def key(project: Project, variant: str | None = None) -> str:
    return f"{variant}_{load_spec(project.spec(variant)).hash}"


def test_the_form_writes_only_what_was_changed(project: Project, opened: Open) -> None:
    commented = project.spec().read_text().replace("sampler:", "# as the agency said\nsampler:")
    project.spec().write_text(commented)
    app = opened(project, "fit.py")
    of = key(project)
    press(app, "Apply")
    assert project.spec().read_text() == commented
    app.selectbox(key=f"trend_{of}").set_value("linear")
    app.number_input(key=f"holdout_{of}").set_value(4)
    app.text_input(key=f"holidays_{of}").set_value("de")
    press(app, "Apply")
    assert not app.exception
    spec = load_spec(project.spec())
    assert (spec.trend.kind, spec.holdout.last, spec.holidays.country) == ("linear", 4, "DE")
    text = project.spec().read_text()
    assert "# as the agency said" in text
    assert "seasonality" not in text
    assert app.text_area[0].value == text


def test_a_form_that_is_no_spec_is_told(project: Project, opened: Open) -> None:
    before = project.spec().read_text()
    app = opened(project, "fit.py")
    app.text_input(key=f"holidays_{key(project)}").set_value("D")
    press(app, "Apply")
    assert not app.exception
    assert app.error
    assert project.spec().read_text() == before


def test_a_variant_is_saved_looked_at_and_run(project: Project, opened: Open) -> None:
    before = project.spec().read_text()
    app = opened(project, "fit.py")
    app.text_area[0].set_value(before.replace("draws: 120", "draws: 130"))
    app.text_input(key="variant_name").set_value("longer").run()
    press(app, "Save as a variant")
    assert not app.exception
    assert project.spec().read_text() == before
    assert load_spec(project.spec("longer")).sampler.draws == 130
    assert app.selectbox(key="spec").value == "longer"
    press(app, "Start a run")
    (record,) = runs.all_runs(project)
    assert record.variant == "longer"
    assert record.hashes["spec"] == load_spec(project.spec("longer")).hash
    job.cancel(project, record.id)


def test_what_is_not_saved_is_not_run(project: Project, opened: Open) -> None:
    app = opened(project, "fit.py")
    app.text_area[0].set_value("{}").run()
    assert "Not saved yet" in text_of(app)
    press(app, "Start a run")
    assert "isn't saved" in text_of(app)
    assert runs.all_runs(project) == []
    press(app, "Take what is saved")
    assert app.text_area[0].value == project.spec().read_text()


def test_two_people_dont_overwrite_each_other(project: Project, opened: Open) -> None:
    app = opened(project, "fit.py")
    text = project.spec().read_text()
    app.text_area[0].set_value(text + "holdout: {last: 3}\n").run()
    theirs = text + "holdout: {last: 5}\n"
    project.spec().write_text(theirs)
    press(app, "Save the spec")
    assert "changed by somebody else" in text_of(app)
    assert project.spec().read_text() == theirs


def test_the_check_says_what_stops_a_fit(project: Project, opened: Open) -> None:
    app = opened(project, "fit.py")
    app.toggle(key="fit_check").set_value(True).run()
    assert "The data can be fitted" in text_of(app)
    (project.data / "outcome.csv").unlink()
    app.run()
    assert not app.exception
    assert "stops a fit" in text_of(app)


def test_a_project_without_data_says_where_to_begin(tmp_path: object, opened: Open) -> None:
    app = opened(Project.within(tmp_path), "fit.py")
    assert not app.exception
    assert "upload them on the page Data" in text_of(app)


def test_a_run_is_cancelled_from_the_page(project: Project, opened: Open) -> None:
    project.spec().write_text(project.spec().read_text().replace("draws: 120", "draws: 50000"))
    app = opened(project, "fit.py")
    press(app, "Start a run")
    (record,) = runs.all_runs(project)
    app.run()
    next(button for button in app.button if button.label == "Cancel").click().run()
    assert not app.exception
    (record,) = runs.all_runs(project)
    assert record.state is State.CANCELLED
    assert {path.name for path in runs.folder_of(project, record.id).iterdir()} <= {RECORD, LOG}
    (history,) = [frame.value for frame in app.dataframe if "State" in frame.value]
    assert history["State"].tolist() == ["cancelled"]


@pytest.mark.looks
def test_what_changed_between_two_runs(done: Project, opened: Open) -> None:
    first = runs.all_runs(done)[0]
    text = done.spec().read_text().replace("draws: 120", "draws: 60") + "trend: {kind: linear}\n"
    done.spec().write_text(text)
    media = done.data / "media.csv"
    rows = media.read_text().splitlines()
    date, channel, spend, *rest = rows[1].split(",")
    rows[1] = ",".join([date, channel, str(float(spend) + 1000), *rest])
    media.write_text("\n".join(rows) + "\n")
    second, _ = launch(done)
    assert job.follow(done, second.id).state is State.DONE
    found = between(done, first.id, second.id)
    assert {change.key for change in found.spec} == {"sampler.draws", "trend.kind"}
    (money,) = found.data
    assert money.key == f"spend of {channel}"
    assert money.after - money.before == pytest.approx(1000)
    assert between(done, first.id, first.id).spec == ()
    app = opened(done, "fit.py")
    shown = [frame.value for frame in app.dataframe if "Key" in frame.value]
    assert shown[0]["Key"].tolist() == [change.key for change in found.spec]
    runs.folder_of(done, first.id).joinpath("spec.yml").unlink()
    with pytest.raises(FolderError, match="can't read the spec"):
        between(done, first.id, second.id)
    assert not app.run().exception


def test_why_the_newest_run_failed_is_said(done: Project, opened: Open) -> None:
    record = runs.all_runs(done)[0]
    folder = runs.folder_of(done, record.id)
    replace(record, state=State.FAILED, message="the *disk* was full").write(folder)
    assert "the *disk* was full" in text_of(opened(done, "fit.py"))


@pytest.mark.parametrize(
    ("text", "sections", "wanted"),
    [
        ("a: 1\n# c\n", {"trend": {"kind": "none"}}, "a: 1\ntrend: {kind: none}\n# c\n"),
        ("trend: {kind: linear}  # why\nb: 2\n", {"trend": None}, "b: 2\n"),
        (
            "trend:\n  kind: linear\n\n  every: 3\nb: 2\n",
            {"trend": {"every": 9}},
            "trend: {every: 9}\nb: 2\n",
        ),
        ("# only words\n", {"holidays": {"country": "NO"}}, None),
        ("{a: 1, trend: {kind: linear}}\n", {"trend": {"kind": "none"}}, None),
        ("a: 1", {"b": {"c": {"d": "off"}}}, None),
    ],
)
def test_a_section_is_replaced_and_nothing_else(
    text: str, sections: dict[str, object], wanted: str | None
) -> None:
    from mediamix.core.documents import parse_yaml

    made = with_sections(text, sections)
    before = parse_yaml(text, "it", SpecError) or {}
    expected = {name: value for name, value in {**before, **sections}.items() if value is not None}
    assert parse_yaml(made, "it", SpecError) == expected
    if wanted is not None:
        assert made == wanted


def test_a_name_that_is_taken_is_not_overwritten(project: Project) -> None:
    text = spec_text(project)
    save_spec(project, text, "mine", seen=None)
    with pytest.raises(FolderError, match="is there already"):
        save_spec(project, text + "holdout: {last: 2}\n", "mine", seen=None)
    with pytest.raises(SpecError, match="wrong entry"):
        parsed("trendd: {}")
    assert not os.path.exists(project.root / "specs" / "other.yml")
