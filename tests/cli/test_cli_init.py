"""`mediamix init`: a project from tables, what it asks, and what it never replaces."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from driving import call, tree

from mediamix.core.spec import Spec, load_spec
from mediamix.project.folder import Project

N = 104


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two years of weeks, in English and as a person exports them."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"Week": pd.date_range("2022-01-03", periods=N, freq="7D").strftime("%d/%m/%Y")})
    frame["TV spend"] = rng.gamma(3.0, 9_000.0, N).round(2)
    frame["Search spend"] = rng.gamma(5.0, 2_000.0, N).round(2)
    frame["Revenue"] = (900_000 + 2 * frame["TV spend"] + rng.normal(0, 20_000, N)).round(2)
    path = tmp_path / "sales.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def doubtful(table: Path) -> Path:
    """The same with a number that can be read in two ways."""
    frame = pd.read_csv(table, dtype=str)
    frame = frame.assign(**{"TV spend": [f"{i + 1}.{100 + i}" for i in range(N)]})
    path = table.with_name("doubtful.csv")
    frame[["Week", "TV spend", "Revenue"]].assign(Revenue=[str(90_000_000 + i) for i in range(N)]).to_csv(
        path, index=False
    )
    return path


def test_a_project_from_a_table(table: Path, tmp_path: Path) -> None:
    before = table.read_bytes()
    done = call("init", table, "--out", tmp_path / "shop")
    assert done.code == 0, done.err
    words = " ".join(done.out.split())
    assert "Week date 03/01/2022 · 10/01/2022 ·" in words
    assert "TV spend spend tv" in words
    assert "assumed; --set currency=…" in words
    assert f"Written to {tmp_path / 'shop'}: no errors, no warnings in the data." in done.out
    assert f"Next: mediamix check {tmp_path / 'shop' / 'mediamix.yml'}" in done.out
    assert table.read_bytes() == before
    project = Project.at(tmp_path / "shop")
    assert (project.data / "sales.csv").read_bytes() == before
    assert project.runs.is_dir()
    assert call("check", project.spec()).code == 0


def test_for_machines(table: Path, tmp_path: Path) -> None:
    done = call("init", table, "--out", tmp_path / "shop", "--set", "currency=GBP", "--json")
    assert done.code == 0
    said = done.json
    assert said["folder"] == str(tmp_path / "shop")
    assert [(c["name"], c["role"], len(c["samples"])) for c in said["columns"]] == [
        ("Week", "date", 3), ("TV spend", "spend", 3), ("Search spend", "spend", 3), ("Revenue", "outcome", 3)
    ]  # fmt: skip
    assert said["questions"][0]["answer"] == "GBP"
    assert said["errors"] == 0
    assert load_spec(tmp_path / "shop" / "mediamix.yml").outcome.currency == "GBP"


def test_without_an_out_the_folder_has_the_tables_name(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init", "sales.csv").code == 0
    assert call("init", "sales.csv").code == 0
    assert Project.at(tmp_path / "sales").spec().is_file()
    assert Project.at(tmp_path / "sales-2").spec().is_file()


def test_an_open_question_ends_with_how_to_answer_it(doubtful: Path, tmp_path: Path) -> None:
    for options in ((), ("--yes",)):
        done = call("init", doubtful, "--out", tmp_path / "shop", *options)
        assert done.code == 2
        assert "1 question has to be answered first" in done.err
        assert "can be read in two ways: is '1.100' 1.1 (decimal=.) or 1,100 (decimal=,)?" in done.err
        assert "--set decimal=. (or decimal=,)" in done.err
        assert not (tmp_path / "shop").exists()
    as_json = call("init", doubtful, "--out", tmp_path / "shop", "--json")
    assert as_json.code == 2
    assert "decimal" in as_json.json["error"]["details"][0]
    assert call("init", doubtful, "--out", tmp_path / "shop", "--set", "decimal=,").code == 0


def on_a_terminal(arguments: list[str], answers: str, folder: Path) -> tuple[int, str]:
    """The command in a terminal of its own, with what a person types."""
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "mediamix", *arguments]
    process = subprocess.Popen(
        program, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, close_fds=True
    )
    os.close(theirs)
    os.write(ours, answers.encode())
    seen = b""
    try:
        while part := os.read(ours, 4096):
            seen += part
    except OSError:  # the terminal ends with its process
        pass
    os.close(ours)
    return process.wait(60), seen.decode(errors="replace")


def test_on_a_terminal_it_asks_and_takes_what_is_typed(doubtful: Path, tmp_path: Path) -> None:
    code, seen = on_a_terminal(["init", str(doubtful), "--out", "shop"], "comma\n,\nCHF\n", tmp_path)
    assert code == 0, seen
    assert "decimal=comma: one of . ," in " ".join(seen.split())
    spec = load_spec(tmp_path / "shop" / "mediamix.yml")
    assert spec.outcome.currency == "CHF"
    assert spec.numbers is not None
    assert spec.numbers.decimal == ","


def test_on_a_terminal_yes_asks_nothing(table: Path, tmp_path: Path) -> None:
    code, seen = on_a_terminal(["init", str(table), "--out", "shop", "--yes"], "", tmp_path)
    assert code == 0, seen
    assert "assumed; --set currency" in seen


def test_an_empty_project(tmp_path: Path) -> None:
    done = call("init", tmp_path / "shop")
    assert done.code == 0
    assert f"An empty project: {tmp_path / 'shop'}" in done.out
    project = Project.at(tmp_path / "shop")
    assert load_spec(project.spec()) == Spec()  # all of it is comments
    assert project.data.is_dir()
    assert call("init", tmp_path / "b", "--json").json == {"folder": str(tmp_path / "b"), "kept": []}
    wrong = call("init", tmp_path / "c", "--set", "currency=USD")
    assert wrong.code == 2
    assert "is no table, and an empty project takes neither --out nor --set" in wrong.err


def test_an_empty_project_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert call("init", ".").code == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert Project.at(tmp_path).spec().is_file()


def test_a_project_is_not_replaced(table: Path, tmp_path: Path) -> None:
    assert call("init", table, "--out", tmp_path / "shop").code == 0
    before = tree(tmp_path / "shop")
    for arguments in (("init", table, "--out", tmp_path / "shop"), ("init", tmp_path / "shop")):
        done = call(*arguments)
        assert done.code == 2
        assert "is a project already" in done.err
        assert "--force" in done.err
    assert tree(tmp_path / "shop") == before


def test_force_keeps_what_was_there(table: Path, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    assert call("init", table, "--out", root).code == 0
    project = Project.at(root)
    project.spec().write_text("# mine\n" + project.spec().read_text())
    (project.runs / "20260101T0000Z-ab12cd34").mkdir()
    mine = project.spec().read_text()
    done = call("init", table, "--out", root, "--force")
    assert done.code == 0
    assert "mediamix.yml was there, and is kept as" in done.err
    assert (root / "mediamix.yml.before").read_text() == mine
    assert project.spec().read_text() != mine
    assert (project.runs / "20260101T0000Z-ab12cd34").is_dir()
    assert not list(project.data.glob("*.before"))  # the same table is no loss
    project.spec().write_text("# again mine\n")
    assert call("init", table, "--out", root, "--force").code == 0
    assert (root / "mediamix.yml.before").read_text() == mine
    assert (root / "mediamix.yml.before-2").read_text() == "# again mine\n"


def test_tables_that_lie_in_the_project_already_stay(table: Path, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    assert call("init", root).code == 0
    inside = Project.at(root).data / "sales.csv"
    table.rename(inside)
    before = inside.read_bytes()
    assert call("init", inside, "--out", root, "--force").code == 0
    assert inside.read_bytes() == before
    assert load_spec(Project.at(root).spec()).data.wide == "data/sales.csv"


def test_a_file_of_somebody_in_the_data_folder_is_not_replaced(table: Path, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    (root / "data").mkdir(parents=True)
    (root / "data" / "sales.csv").write_text("mine")
    done = call("init", table, "--out", root)
    assert done.code == 2
    assert "holds files of these names" in done.err
    assert call("init", table, "--out", root, "--force").code == 0
    assert (root / "data" / "sales.csv.before").read_text() == "mine"


def test_data_with_errors_are_written_and_said(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table).drop(index=range(40, 45))  # a hole of five weeks
    frame.to_csv(table, index=False)
    done = call("init", table, "--out", tmp_path / "shop")
    assert done.code == 3
    assert "1 error" in done.out
    assert "error: " in done.err
    assert Project.at(tmp_path / "shop").spec().is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope.csv",), "there is no file nope.csv"),
        (("sales.csv", "--set", "currency"), "--set takes an answer, not 'currency'"),
        (("sales.csv", "--set", "curency=USD"), "did you mean 'currency'"),
        (("sales.csv", "--out", "sales.csv"), "sales.csv is a file"),
        ((), "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], message: str, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    done = call("init", *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_total_that_reading_leaves_out_is_said_on_screen(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table)
    sums = ",".join(f"{frame[c].sum():.2f}" for c in frame.columns[1:])
    table.write_text(f"Plan of the year\n{table.read_text()}Total,{sums}\n")
    done = call("init", table, "--out", tmp_path / "shop")
    assert done.code == 0, done.err
    assert "row 2 is the header; above it stands 'Plan of the year'" in done.err
    assert f"row {N + 3} ('Total') is the sum of the rows above and is left out" in done.err
