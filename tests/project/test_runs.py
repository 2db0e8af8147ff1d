"""The book of runs: who asks for what, what is found again, what everybody sees."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mediamix.core.errors import FolderError, VerdictError
from mediamix.project import runs
from mediamix.project.folder import ID, Project
from mediamix.project.record import Record, State, job_of

ONE, OTHER = {"data": "a", "spec": "b", "seed": "1"}, {"data": "a", "spec": "c", "seed": "1"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "mediamix.yml").write_text("{}\n")
    return Project.at(tmp_path)


def finished(project: Project, hashes: dict[str, str], state: State, verdict: str | None = None) -> Record:
    record, new = runs.ask(project, hashes, "ann")
    assert new
    record = replace(record, state=state, verdict=verdict, ended=runs.moment())
    record.write(runs.folder_of(project, record.id))
    return record


def test_a_folder_without_a_spec_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="is not a project") as told:
        Project.at(tmp_path)
    assert "mediamix init" in told.value.next_step
    with pytest.raises(FolderError, match="no such folder"):
        Project.at(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name", ["..", "../x", "a/b", "", ".hidden", "a" * 65, "ends.", "ends ", "a\nb", "C:x"]
)
def test_names_of_people_stay_inside_of_the_project(project: Project, name: str) -> None:
    for path_of in (project.spec, project.plan):
        with pytest.raises(FolderError, match="can't be a name"):
            path_of(name)


@pytest.mark.parametrize("name", ["q3", "Q3 2026", "more-search_v2.1"])
def test_a_name_is_a_file_in_its_folder_and_is_listed(project: Project, name: str) -> None:
    project.make()
    project.spec(name).write_text("{}\n")
    project.plan(name).write_text("{}\n")
    assert project.variants() == project.plans() == [name]


def test_ids_sort_by_time_and_carry_what_they_are_made_of(project: Project) -> None:
    record, new = runs.ask(project, ONE, "ann")
    assert new
    assert ID.fullmatch(record.id)
    assert record.id.endswith(job_of(ONE))
    assert job_of(dict(reversed(ONE.items()))) == job_of(ONE) != job_of(OTHER)
    asked = datetime.strptime(record.id[:14], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - asked) < timedelta(minutes=2)


@pytest.mark.parametrize("state", [State.QUEUED, State.DONE])
def test_the_same_job_is_found(project: Project, state: State) -> None:
    record = finished(project, ONE, state)
    assert runs.ask(project, ONE, "bob") == (runs.read(project, record.id), False)
    assert runs.ask(project, OTHER, "bob")[1]


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_a_job_that_came_to_nothing_is_done_again_beside_it(project: Project, state: State) -> None:
    first = finished(project, ONE, state)
    second, new = runs.ask(project, ONE, "bob")
    assert new
    assert second.id != first.id
    assert {record.id for record in runs.all_runs(project)} == {first.id, second.id}
    assert runs.read(project, first.id).state is state


def test_of_many_who_ask_at_once_one_makes_the_run(project: Project) -> None:
    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(lambda n: runs.ask(project, ONE, f"p{n}"), range(16)))
    assert sum(new for _, new in answers) == 1
    assert len({record.id for record, _ in answers}) == len(runs.all_runs(project)) == 1


def test_newest_first_and_what_is_no_run_is_left_alone(project: Project) -> None:
    made = [finished(project, {**ONE, "seed": str(n)}, State.DONE) for n in range(3)]
    (project.runs / "notes.txt").write_text("mine")
    (project.runs / "20250101T0000Z-00000000").mkdir()
    listed = [record.id for record in runs.all_runs(project)]
    assert listed == sorted((record.id for record in made), reverse=True)


def test_a_run_is_named_by_the_start_of_its_id(project: Project) -> None:
    record = finished(project, ONE, State.DONE)
    other = finished(project, OTHER, State.DONE)
    assert runs.read(project, record.id).id == record.id
    with pytest.raises(FolderError, match="several runs begin"):
        runs.read(project, record.id[:4])
    shutil.rmtree(project.runs / other.id)
    assert runs.read(project, record.id[:4]).id == record.id


@pytest.mark.parametrize("name", ["", "x", "../..", "20250101T0000Z-00000000"])
def test_a_run_that_is_not_there(project: Project, name: str) -> None:
    finished(project, ONE, State.DONE)
    with pytest.raises(FolderError, match="there is no run"):
        runs.read(project, name)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "happy"}', '{"state": "done"}'])
def test_a_record_that_cant_be_read_is_said_and_hides_no_other(project: Project, text: str) -> None:
    broken, fine = finished(project, ONE, State.DONE), finished(project, OTHER, State.DONE)
    (project.runs / broken.id / "run.json").write_text(text)
    with pytest.raises(FolderError, match="can be read"):
        runs.read(project, broken.id)
    assert [record.id for record in runs.all_runs(project)] == [fine.id]


def test_the_promoted_run_is_the_current_one(project: Project) -> None:
    assert runs.current(project) is None
    with pytest.raises(FolderError, match="no run of this project is promoted"):
        runs.folder_of(project, "current")
    first = finished(project, ONE, State.DONE, "ok")
    second = finished(project, OTHER, State.DONE, "caution")
    for record in (first, second):
        runs.promote(project, record.id)
        assert runs.current(project) == record.id
        assert runs.read(project, "current").id == record.id
    assert project.current.read_text() == f"{second.id}\n"
    shutil.rmtree(project.runs / second.id)
    assert runs.current(project) is None


@pytest.mark.parametrize("state", [State.QUEUED, State.FAILED, State.CANCELLED])
def test_what_is_not_done_is_not_promoted(project: Project, state: State) -> None:
    record = finished(project, ONE, state)
    with pytest.raises(FolderError, match=f"is {state}"):
        runs.promote(project, record.id, force=True)


def test_a_failed_verdict_is_promoted_by_force_only(project: Project) -> None:
    record = finished(project, ONE, State.DONE, "failed")
    with pytest.raises(VerdictError, match="nobody should decide by it"):
        runs.promote(project, record.id)
    assert runs.current(project) is None
    runs.promote(project, record.id, force=True)
    assert runs.current(project) == record.id


@pytest.mark.parametrize("text", ["", "nonsense", "../..", "20250101T0000Z-00000000"])
def test_a_current_that_names_nothing(project: Project, text: str) -> None:
    project.current.write_text(text)
    assert runs.current(project) is None
