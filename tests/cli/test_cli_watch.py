"""Work that takes long says so when it is piped, on stderr, with what, how far and how long."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from driving import call, tree

import mediamix as mm
from mediamix.cli import watch as module
from mediamix.cli.progress import Steps
from mediamix.cli.watch import Watch, doing, far_words, watched
from mediamix.inference.progress import Progress


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_SECONDS", 0.02)
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.02)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)


def test_a_line_is_due_after_two_seconds_and_then_every_ten() -> None:
    watch = Watch()
    watch.begin("Measuring")
    began = time.perf_counter()
    due = [second for second in range(60) if watch.line(began + second + 0.5)]
    assert due == [2, 12, 22, 32, 42, 52]


def test_another_piece_of_work_begins_anew_and_a_live_line_is_enough() -> None:
    watch = Watch()
    now = time.perf_counter()
    assert watch.line(now + 100) == ""
    watch.begin("One")
    assert "One: 100 s so far" in watch.line(time.perf_counter() + 100)
    watch.begin("Two")
    assert watch.line(time.perf_counter() + 1) == ""
    assert "Two: " in watch.line(time.perf_counter() + 3)
    watch.begin("Three", shown=True)
    assert watch.line(time.perf_counter() + 100) == ""


def test_of_sampling_it_says_how_far_and_how_long_yet() -> None:
    progress = Progress(done=1_200, total=5_600, divergences=1, seconds=60.0)
    assert far_words(progress) == "1,200 of 5,600 draws (21 %), 20 draws/s, 1 divergence, 220 s left"
    assert far_words(Progress(0, 100, 0, 1.0)) == "0 of 100 draws (0 %), 0 draws/s, 0 divergences"
    again = Progress(1_200, 5_600, 0, 60.0, "twice the draws")
    assert far_words(again).startswith(
        "1,200 of 5,600 draws (21 %), sampling again with twice the draws, 20 d"
    )
    watch = Watch()
    watch.sampling(progress)  # nothing is at work yet
    watch.begin("Fitting the model")
    watch.sampling(progress)
    assert "Fitting the model: 1,200 of 5,600 draws (21 %)" in watch.line(time.perf_counter() + 3)


@pytest.mark.usefixtures("impatient")
def test_steps_and_other_work_are_watched_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with watched():
        with Steps() as steps:
            steps.step("Fitting the model")
            time.sleep(0.2)
        doing("Measuring")
        time.sleep(0.2)
    said = capsys.readouterr()
    assert said.out == ""
    assert len(re.findall(r"\[ +\d+\.\d s\] Fitting the model: 0 s so far", said.err)) >= 2
    assert len(re.findall(r"Measuring: 0 s so far", said.err)) >= 2
    time.sleep(0.1)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evaluate", "fit", "--json"), "Measuring"),
        (("optimize", "fit", "--json"), "[Pp]lanning"),
        (("predict", "fit", "--periods", "4", "--json"), "Reading the fit|Forecasting"),
        (("flight", "fit", "--periods", "4", "--no-history", "--json"), "[Pp]lanning"),
        (("check", "mediamix.yml", "--json"), "Reading and checking"),
        (("generate", "--out", "new", "--json"), "Generating"),
        (("fit", "mediamix.yml", "--out", "new", "--json"), "Fitting the model"),
        (("report", "fit", "--json"), "Writing the report"),
        (("build", "mediamix.yml", "--json"), "building the mart"),
    ],
)
def test_every_command_that_may_take_long_is_watched_and_its_json_stays_whole(
    project: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = call(*arguments)
    assert result.code == 0, result.err
    assert result.json
    assert re.search(rf"({words}).*: .*(so far|draws)", result.err)


def test_in_python_nothing_is_said_but_to_who_asks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = mm.load_spec("mediamix.yml")
    heard: list[Progress] = []
    data = mm.read(media="data/media.csv", outcome="data/outcome.csv", spec=spec)
    mm.fit(data, spec, on_progress=heard.append)
    assert heard[-1].done == heard[-1].total
    assert capsys.readouterr() == ("", "")


def test_a_fit_in_a_pipe_tells_how_far_it_is_and_ends_soon_after_ctrl_c(project: Path) -> None:
    text = (project / "mediamix.yml").read_text()
    (project / "mediamix.yml").write_text(re.sub(r"draws: \d+", "draws: 100000", text))
    before = tree(project)
    command = [sys.executable, "-m", "mediamix", "fit", "mediamix.yml", "--out", "new"]
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts background jobs, such as CI's, with SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stderr is not None
        seen = ""
        for line in process.stderr:
            seen += line
            if re.search(r"Fitting the model: [\d,]+ of 201,000 draws \(\d+ %\), .*s left", line):
                break
        began = time.perf_counter()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        code = process.wait(60)
    assert time.perf_counter() - began < 10.0  # two seconds on a machine without other work
    assert code == 130, seen + rest
    assert "Nothing was written" in rest
    assert tree(project) == before
