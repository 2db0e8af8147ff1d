"""Commands lose nothing: neither what --force meets, nor one form of a result to the other, nor money."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from driving import call, tree


@pytest.mark.parametrize(
    "command", [("fit", "mediamix.yml"), ("run", "mediamix.yml"), ("demo",), ("generate",)]
)
def test_force_keeps_a_project_with_data_notes_and_git(project: Path, command: tuple[str, ...]) -> None:
    for name in ("work/.git/HEAD", "work/data/media.csv", "work/notes.md"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("mine")
    before = tree(project)
    result = call(*command, "--out", "work", "--force")
    assert result.code == 2
    assert "--force doesn't replace work: it holds what mediamix didn't write" in result.err
    assert all(f"  - {name}\n" in result.err for name in (".git/HEAD", "data/media.csv", "notes.md"))
    assert tree(project) == before


def test_force_keeps_the_folder_that_holds_the_data_it_reads(project: Path) -> None:
    assert call("generate", "--out", "market", "--every", "week", "--periods", "60").code == 0
    before = tree(project)
    result = call("fit", "market/mediamix.yml", "--out", "market", "--force")
    assert result.code == 2
    assert "what this command reads lies in it" in result.err
    assert tree(project) == before


@pytest.mark.parametrize(
    ("command", "lost"),
    [
        (("optimize", "fit", "--out", "media.json"), "media.csv"),
        (("optimize", "fit", "--out", "notes.json"), "notes.json"),
        (("flight", "fit", "--out", "media.csv"), "media.csv"),
        (("predict", "fit", "--periods", "4", "--out", "outcome.csv"), "outcome.csv"),
        (("predict", "fit", "--periods", "4", "--out", "notes.json"), "notes.json"),
        (("report", "fit", "--out", "index.html"), "index.html"),
    ],
)
def test_force_keeps_a_file_that_the_command_did_not_write(
    project: Path, command: tuple[str, ...], lost: str
) -> None:
    for table in (project / "data").glob("*.csv"):
        shutil.copy(table, project)
    (project / "notes.json").write_text('{"mine": 1}')
    (project / "index.html").write_text("<!DOCTYPE html>\n<html>mine</html>\n")
    before = tree(project)
    result = call(*command, "--force")
    assert result.code == 2
    assert f"--force doesn't replace {lost}: mediamix didn't write it" in result.err
    assert tree(project) == before


@pytest.mark.parametrize(
    "command",
    [
        ("optimize", "fit", "--out", "again.json"),
        ("flight", "fit", "--weeks", "2", "--out", "again.csv"),
        ("predict", "fit", "--periods", "2", "--out", "again.csv"),
        ("predict", "fit", "--periods", "2", "--out", "again.json"),
        ("report", "fit", "--out", "again.html"),
        ("report", "fit", "--out", "again.pdf", "--out", "again.pptx"),
    ],
)
def test_force_replaces_a_file_that_the_command_wrote(project: Path, command: tuple[str, ...]) -> None:
    for more in ((), ("--force",)):
        result = call(*command, *more)
        assert result.code == 0, result.err


def test_force_replaces_a_fit_that_is_ours(project: Path) -> None:
    for _ in range(2):
        assert call("fit", "mediamix.yml", "--out", "again", "--quick", "--force").code in (0, 3)
    (project / "again" / "summary.json").write_text("{}")
    result = call("fit", "mediamix.yml", "--out", "again", "--quick", "--force")
    assert result.code == 2
    assert "  - summary.json (changed since)\n" in result.err


@pytest.mark.parametrize("out", ["plan.csv", "plan.json"])
def test_both_forms_of_a_plan_are_written_whichever_is_named(project: Path, out: str) -> None:
    assert call("optimize", "fit", "--budget", "20000000", "--out", out).code in (0, 3)
    plan = json.loads((project / "plan.json").read_text())
    table = pd.read_csv(project / "plan.csv").set_index("channel")
    assert table.loc[list(plan["allocation"]), "spend"].to_dict() == pytest.approx(plan["allocation"])
    before = tree(project)
    assert call("optimize", "fit", "--budget", "20000000", "--out", out).code == 2
    assert tree(project) == before


def test_a_name_that_promises_another_form_is_refused_or_kept(project: Path) -> None:
    before = tree(project)
    result = call("report", "fit", "--out", "r.csv")
    assert result.code == 2
    assert "say --out r.html" in result.err
    assert tree(project) == before
    assert call("predict", "fit", "--periods", "4", "--out", "next.json").code in (0, 2, 3)
    if (project / "next.json").exists():
        assert len(json.loads((project / "next.json").read_text())["periods"]) == 4


@pytest.mark.parametrize("command", [("build",), ("fit", "--out", "new"), ("run", "--out", "new")])
def test_three_currencies_stop_a_build_as_they_stop_a_fit(project: Path, command: tuple[str, ...]) -> None:
    path = project / "data" / "media.csv"
    media = pd.read_csv(path)
    media["currency"] = ["EUR", "USD", "GBP"] * (len(media) // 3)
    media.to_csv(path, index=False)
    before = tree(project)
    result = call(command[0], "mediamix.yml", *command[1:])
    assert result.code == 2
    assert "spend is given in 3 currencies" in result.err
    assert tree(project) == before


def test_a_build_says_what_a_later_load_replaced_and_refuses_what_it_cannot_tell(project: Path) -> None:
    path = project / "data" / "media.csv"
    media = pd.read_csv(path)
    old = media.tail(10).assign(spend=1e5, loaded_at="2024-01-01")
    pd.concat([old, media.assign(loaded_at="2024-02-01")]).to_csv(path, index=False)
    result = call("build", "mediamix.yml", "--json")
    assert result.code == 0, result.err
    messages = [f["message"] for f in result.json["findings"] if f["check"] == "duplicates"]
    assert [m.partition(":")[0] for m in messages] == ["10 rows repeat 10 that came again later"]
    pd.concat([old, media]).drop(columns="loaded_at").to_csv(path, index=False)
    before = tree(project)
    result = call("build", "mediamix.yml")
    assert result.code == 2
    assert "10 of 310 rows repeat a key" in result.err
    assert tree(project) == before
