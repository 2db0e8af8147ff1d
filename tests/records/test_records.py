"""Runs in MLflow: its own client reads what was recorded; the fit is the oracle of its model."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mediamix.core.errors import FolderError, SpecError
from mediamix.core.spec import parse_spec
from mediamix.project.folder import Project
from mediamix.project.runs import all_runs, promote

# MLflow is imported where it is used: importing it takes seconds. It is warned of much, itself.
pytestmark = [
    pytest.mark.skipif(find_spec("mlflow") is None, reason="needs the extra 'track'"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def recorded(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with one promoted run, which was recorded in its own store."""
    from mediamix.records.catching_up import catch_up

    root = tmp_path_factory.mktemp("recorded") / "shop"
    shutil.copytree(ran, root)
    with (root / "mediamix.yml").open("a") as spec:
        spec.write("records: {}\n")
    project = Project.at(root)
    promote(project, all_runs(project)[0].id, force=True)
    told = catch_up(project)
    assert told.runs == (all_runs(project)[0].id,)
    assert told.moved
    return project


def client(project: Project) -> Any:
    uri = f"sqlite:///{project.root / 'records' / 'mlflow.db'}"
    from mlflow import MlflowClient

    return MlflowClient(uri, uri)


def runs_of(project: Project) -> list[Any]:
    one = client(project)
    return list(one.search_runs([one.get_experiment_by_name("shop").experiment_id]))


def test_a_run_is_recorded_once_with_its_numbers_and_files(recorded: Project) -> None:
    from mediamix.records.catching_up import catch_up

    again = catch_up(recorded)
    assert again.runs == ()
    assert not again.moved
    (run,) = runs_of(recorded)
    record = all_runs(recorded)[0]
    summary = json.loads((recorded.runs / record.id / "fit" / "summary.json").read_text())
    assert run.info.run_name == record.id
    assert run.info.status == "FINISHED"
    assert run.data.tags["mediamix.verdict"] == record.verdict
    assert run.data.tags["mediamix.data_hash"] == record.hashes["data"]
    assert run.data.tags["mlflow.user"] == "ann"
    assert run.data.params["sampler.draws"] == "120"
    for name, channel in summary["channels"].items():
        for key in ("mean", "p5", "p95"):
            assert run.data.metrics[f"channels/{name}/roi/{key}"] == channel["roi"][key]
    assert run.data.metrics["fit/r2"] == summary["fit"]["r2"]
    files = {one.path for one in client(recorded).list_artifacts(run.info.run_id)}
    assert {"run.json", "spec.yml", "plan.json", "report.html", "checks.json", "model"} <= files
    assert "log.txt" not in files


def test_the_model_of_the_promoted_run_says_what_the_fit_says(recorded: Project, tmp_path: Path) -> None:
    import mlflow.pyfunc

    import mediamix as mm

    one, run = client(recorded), all_runs(recorded)[0]
    version = one.get_model_version_by_alias("shop", "current")
    assert version.tags["mediamix.run"] == run.id
    folder = Path(one.download_artifacts(version.run_id, "model", str(tmp_path)))
    kinds = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert not kinds & {".pkl", ".pickle", ".joblib", ".cloudpickle", ".lock", ".toml"}
    fit = mm.load(recorded.runs / run.id / "fit")
    starts = pd.date_range(fit.dataset.dates[-1], periods=4, freq="7D")[1:].strftime("%Y-%m-%d")
    channels = fit.dataset.channels
    media = pd.DataFrame(
        [{"date": day, "channel": name, "spend": 1000.0} for day in starts for name in channels]
    )
    # This fit has controls, which media alone don't tell: refused in the words of `predict`.
    served = mlflow.pyfunc.load_model(str(folder))
    made = served.predict(media.iloc[:0], params={"periods": 3, "anyway": True})
    future = mm.read_future(fit.dataset, periods=3, spec=fit.spec)
    expected = mm.forecast(fit, future, anyway=True)
    assert list(made["date"]) == list(expected["date"].dt.strftime("%Y-%m-%d"))
    for column in ("mean", "p5", "p95", "baseline", "media"):
        assert list(made[column]) == list(expected[column])
    assert set(made["verdict"]) == {run.verdict}
    with pytest.raises(mm.UserError, match="controls"):
        served.predict(media, params={"anyway": True})


def test_what_was_half_recorded_is_recorded_again(recorded: Project, tmp_path: Path) -> None:
    from mediamix.records.catching_up import catch_up

    shutil.copytree(recorded.root, tmp_path / "shop")
    project = Project.at(tmp_path / "shop")
    one = client(project)
    (run,) = runs_of(project)
    one.delete_tag(run.info.run_id, "mediamix.whole")  # as if killed before the last step
    for version in one.search_model_versions("name = 'shop'"):
        one.delete_model_version("shop", version.version)
    assert catch_up(project).runs == (all_runs(project)[0].id,)
    (made,) = runs_of(project)
    assert made.info.run_id != run.info.run_id
    assert one.get_model_version_by_alias("shop", "current").run_id == made.info.run_id


def test_a_store_that_is_away_loses_nothing_and_tells_no_secret(
    done: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mediamix.records.catching_up import catch_up

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with done.spec().open("a") as spec:
        spec.write("records: {uri: WHERE}\n")
    with pytest.raises(SpecError, match="WHERE isn't set"):
        catch_up(done)
    monkeypatch.setenv("WHERE", "http://ann:hidden@127.0.0.1:1")
    with pytest.raises(FolderError, match="didn't take the record") as away:
        catch_up(done)
    assert "hidden" not in str(away.value)
    assert all_runs(done)[0].state == "done"


def test_without_the_section_nothing_is_recorded(done: Project) -> None:
    from mediamix.records.catching_up import catch_up

    with pytest.raises(SpecError, match="no section `records`"):
        catch_up(done)
    assert not (done.root / "records").exists()


def test_recording_a_run_leaves_it_the_same_run() -> None:
    assert parse_spec({"records": {}}).hash == parse_spec({}).hash
    assert parse_spec({"records": {"experiment": "spring"}}).hash == parse_spec({}).hash


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"uri": "https://ann:hidden@mlflow.example.com"}, "no place in a file"),
        ({"uri": "postgresql://somewhere"}, "address of a server"),
        ({"artifacts": "ftp://somewhere"}, "s3://"),
        ({"experiment": "a/b"}, "without"),
        ({"model": " "}, "name"),
    ],
)
def test_what_the_section_refuses(section: dict[str, str], said: str) -> None:
    with pytest.raises(SpecError, match=said) as refused:
        parse_spec({"records": section})
    assert "hidden" not in str(refused.value).replace("got:", "")


def test_a_job_records_what_is_missing_once_for_each_run(recorded: Project, done: Project) -> None:
    from mediamix.jobs import queue_of
    from mediamix.jobs.kind import Telling
    from mediamix.jobs.kinds.record import RECORD
    from mediamix.jobs.recording import record_soon

    assert record_soon(done, "done:ID", "ann") is None  # its spec has no section `records`
    first = record_soon(recorded, "done:ID", "ann")
    again = record_soon(recorded, "done:ID", "bob")
    assert first is not None
    assert again is not None
    assert first.id == again.id
    assert [job.kind for job in queue_of(recorded).list(kind="record")] == ["record"]
    silent = Telling("ann", lambda step: None, lambda progress: None, lambda about: None)
    assert RECORD.run({}, recorded, silent)["recorded"] == []
