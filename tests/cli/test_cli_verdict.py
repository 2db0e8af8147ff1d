"""A failed fit: everything is written, exit code 3, and whatever follows says so first or is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from driving import call, tree


@pytest.fixture
def failing(project: Path) -> Path:
    """A project whose fit fails, whatever is drawn: held-out weeks bring five times as much."""
    path = project / "mediamix.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "holdout": {"last": 6}}))
    outcome = pd.read_csv(project / "data/outcome.csv")
    late = outcome.index >= len(outcome) - 6
    outcome["revenue"] = outcome["revenue"].where(~late, 5.0 * outcome["revenue"])
    outcome.to_csv(project / "data/outcome.csv", index=False)
    return project


def test_a_failed_fit_is_written_and_ends_with_code_3(failing: Path) -> None:
    made = call("fit", "mediamix.yml", "--out", "new")
    assert made.code == 3
    assert "done, but don't use it" in made.err
    assert "failed: These numbers can't be trusted yet." in made.out
    assert "Next: mediamix optimize" not in made.out + made.err
    said = json.loads((failing / "new" / "summary.json").read_text())["verdict"]
    assert said["level"] == "failed"
    before = tree(failing)
    for command in (("optimize", "new"), ("flight", "new"), ("predict", "new", "--periods", "3")):
        refused = call(*command, "--out", "x.csv")
        assert refused.code == 2
        assert said["reasons"][0] in refused.err
        assert "--anyway" in refused.err
    assert tree(failing) == before
    page = call("report", "new")
    assert page.code == 0
    assert "No recommendation yet" in (failing / "report.html").read_text()


def test_anyway_goes_on_and_what_is_written_says_so(failing: Path) -> None:
    assert call("fit", "mediamix.yml", "--out", "new", "--json").code == 3
    for command, written in (
        (("optimize", "new", "--no-history", "--out", "p.json"), "p.json"),
        (("flight", "new", "--weeks", "4", "--no-history", "--out", "f.csv"), "f.json"),
        (("predict", "new", "--periods", "3", "--out", "a.json"), "a.json"),
    ):
        made = call(*command, "--anyway")
        assert made.code == 0, made.err
        assert "error: the fit's verdict is failed" in made.err
        assert json.loads((failing / written).read_text())["verdict"]["level"] == "failed"
    assert call("predict", "new", "--periods", "3", "--anyway", "--out", "a.csv").code == 0
    rows = (failing / "a.csv").read_text().splitlines()
    assert rows[0].endswith(",verdict")
    assert all(row.endswith(",failed") for row in rows[1:])


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_failed_run_is_written_and_ends_with_code_3(failing: Path, options: tuple[str, ...]) -> None:
    made = call("run", "mediamix.yml", "--out", "new", *options)
    assert made.code == 3, made.err
    assert "done, but don't use it" in made.err
    assert "No recommendation yet" in (failing / "new" / "report.html").read_text()
    assert json.loads((failing / "new" / "plan.json").read_text())["verdict"]["level"] == "failed"
    if options:
        assert made.json["summary"]["verdict"]["level"] == "failed"


def test_quiet_and_log_hear_the_engines_remarks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What deeper layers say goes through the command's voice: silent with --quiet, kept in the log."""
    from mediamix.cli.console import note
    from mediamix.cli.voice import Voice, speaking
    from mediamix.core.asides import aside, heard_by

    log = tmp_path / "log"
    with speaking(Voice(quiet=True, log=log)), heard_by(note):
        aside("Compiling the engine")
    assert capsys.readouterr().err == ""
    assert "Compiling the engine" in log.read_text()
    aside("nobody listens")
    assert capsys.readouterr().err == "nobody listens\n"


def test_steps_of_a_live_bar_reach_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    from mediamix.cli import progress
    from mediamix.cli.voice import Voice, speaking

    terminal = Console(file=io.StringIO(), force_terminal=True)
    monkeypatch.setattr(progress, "console", lambda stderr=False: terminal)
    log = tmp_path / "log"
    with speaking(Voice(log=log)), progress.Steps() as steps:
        steps.step("Reading")
        steps.step("Fitting")
    lines = log.read_text().splitlines()
    assert [line.split(" ", 2)[2].split(":")[0] for line in lines] == ["Reading", "Fitting"]
