"""What holds for every command: help, start-up, faults, Ctrl-C, what is printed where."""

from __future__ import annotations

import inspect
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from driving import call, said, tree

from mediamix.cli import console, failure
from mediamix.cli.app import COMMANDS
from mediamix.cli.commands import build
from mediamix.cli.console import emit_json
from mediamix.cli.helping import unwrapped
from mediamix.cli.progress import Steps, sampler_words
from mediamix.cli.targets import free_folder
from mediamix.inference.progress import Progress

NAMES = [module.NAME for module in COMMANDS]
HEAVY = ("numpy", "pandas", "scipy", "numba", "duckdb", "vl_convert", "typst", "pptx", "arviz", "yaml")


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example_that_names_real_options(name: str) -> None:
    shown = call(name, "--help")
    assert shown.code == 0
    example = next(module.EXAMPLE for module in COMMANDS if name == module.NAME)
    text = " ".join(shown.out.split())
    assert f"Example: {example}" in text
    assert example.split()[:2] == ["mediamix", name]
    before = text.replace(example, "")
    assert all(word in before for word in example.split() if word.startswith("--"))
    assert "--json" in before or name in ("app", "serve", "mcp")  # a server answers nothing


def test_help_names_every_command() -> None:
    for shown in (call("--help"), call()):
        assert shown.code == 0
        assert all(name in shown.out for name in NAMES)


def test_version() -> None:
    shown = call("--version")
    assert (shown.code, shown.out) == (0, f"mediamix {version('mediamix')}\n")


def test_start_up_imports_nothing_heavy() -> None:
    code = (
        "import sys; from mediamix.cli import main; main(['fit', '--help']);"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    assert said(done.stderr) == ["[]"]


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mediamix", "list", "nix", "--json"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["what"] == "there is no list of 'nix'"
    assert not said(done.stderr)


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("a wheel came off")


def test_our_fault_is_told_from_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediamix.pipeline.load", broken)
    shown = call("evaluate", tmp_path)
    assert shown.code == 1
    assert "not your fault: RuntimeError: a wheel came off" in shown.err
    assert "report it" in shown.err
    assert "Traceback" not in shown.err
    as_json = call("evaluate", tmp_path, "--json")
    assert as_json.code == 1
    assert as_json.json["error"]["kind"] == "InternalError"
    assert as_json.json["code"] == 1
    assert "a wheel came off" in as_json.json["error"]["what"]


def test_debug_shows_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediamix.pipeline.load", broken)
    for shown in (call("--debug", "evaluate", tmp_path), call("evaluate", tmp_path, "--debug")):
        assert shown.code == 1
        assert "Traceback" in shown.err
    monkeypatch.setenv("MEDIAMIX_DEBUG", "1")
    assert "Traceback" in call("evaluate", tmp_path).err


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'scipy.special'", name="scipy.special")

    monkeypatch.setattr("mediamix.pipeline.load", absent)
    shown = call("evaluate", tmp_path)
    assert shown.code == 2
    assert "pip install 'mediamix[bayes]'" in shown.err


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C as in a terminal: a shell starts background jobs, such as CI's, with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    "arguments",
    [("fit", "mediamix.yml", "--out", "new"), ("fit", "mediamix.yml", "--out", "fit", "--force")],
    ids=["new", "force"],
)
def test_ctrl_c_while_sampling_leaves_nothing(
    arguments: tuple[str, ...], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(self: Steps, progress: Progress) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Steps, "sampling", press)
    before = tree(project)
    stopped = call(*arguments)
    assert stopped.code == 130
    assert stopped.err.endswith("Stopped. Nothing was written.\n")
    assert "Traceback" not in stopped.err
    assert tree(project) == before


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("run", "mediamix.yml", "--out", "new"), "mediamix.pipeline.land_and_build"),
        (("demo", "--out", "new"), "mediamix.pipeline.land_and_build"),
        (("build", "mediamix.yml", "--warehouse", "w.duckdb"), "mediamix.warehouse.build.build"),
        (("generate", "--out", "new"), "mediamix.simulate.write_simulation"),
        (("report", "fit"), "mediamix.reporting.reports"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_ctrl_c_anywhere_leaves_nothing(
    arguments: tuple[str, ...], where: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, stop)
    before = tree(project)
    stopped = call(*arguments)
    assert stopped.code == 130
    assert "Nothing was written" in stopped.err
    assert tree(project) == before


def test_json_holds_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    emit_json({"a": float("nan"), "b": np.float64(2.5), "c": [np.inf, np.int64(3)], "d": (np.bool_(True),)})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": 2.5, "c": [None, 3], "d": [True]}


def test_steps_are_a_line_each_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Steps() as steps:
        steps.step("Reading")
        steps.step("Sampling")
        for done in (10, 400):
            steps.sampling(Progress(done, 400, 1, 2.0))
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("] ")[2] for line in lines] == [
        "Reading",
        "Sampling",
        "400 draws in 2.0 s (200 draws/s), 1 divergence",
    ]
    assert list(steps.seconds) == ["Reading", "Sampling"]
    assert sum(steps.seconds.values()) <= steps.total


def test_steps_are_live_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Steps() as steps:
        steps.step("Reading")
        steps.step("Sampling")
        steps.sampling(Progress(100, 400, 0, 2.0))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "✓" in shown.err
    assert "Sampling" in shown.err


def test_a_step_that_fails_is_not_ticked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    steps = Steps()

    def fail() -> None:
        with steps:
            steps.step("Reading")
            broken()

    with pytest.raises(RuntimeError, match="wheel"):
        fail()
    assert "✓" not in capsys.readouterr().err
    assert steps.seconds == {}


def test_sampler_words() -> None:
    assert sampler_words(Progress(100, 400, 2, 4.0)) == "25 draws/s · 2 divergences · 12 s left"
    assert sampler_words(Progress(0, 400, 0, 0.0)) == "0 draws/s · 0 divergences"


def test_free_folder_is_the_next_number(tmp_path: Path) -> None:
    assert free_folder(tmp_path / "d") == tmp_path / "d"
    (tmp_path / "d").mkdir()
    assert free_folder(tmp_path / "d") == tmp_path / "d"
    (tmp_path / "d" / "x").touch()
    (tmp_path / "d-2").touch()
    assert free_folder(tmp_path / "d") == tmp_path / "d-3"


def test_a_spec_above_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(project / "deep" / "er")
    result = call("check")
    assert result.code == 2
    assert f"say ../../mediamix.yml, or go to {project}" in result.err
    assert call("check", "../../mediamix.yml").code == 0


@pytest.mark.parametrize("command", ["evaluate", "optimize", "flight", "predict", "report"])
def test_a_fit_that_is_not_there_is_said_before_anything_is_loaded(project: Path, command: str) -> None:
    result = call(command, "nowhere")
    assert result.code == 2
    assert "nowhere is not a folder" in result.err
    assert "Reading" not in result.err


def test_the_next_command_can_be_typed_as_it_stands(project: Path) -> None:
    made = call("generate", "--out", "my market", "--every", "week", "--periods", "60")
    following = shlex.split(made.out.rpartition("Next: mediamix ")[2])
    assert following == ["check", "my market/mediamix.yml"]
    checked = call(*following)
    assert checked.code == 0
    following = shlex.split(checked.out.rpartition("Next: mediamix ")[2])
    assert following == ["fit", "my market/mediamix.yml", "--out", "fit"]


def test_help_has_no_line_ends_of_the_source() -> None:
    words = inspect.cleandoc(build.command.__doc__ or "").split("\n\n")[1]
    assert "\n" in words
    assert unwrapped(f"Title.\n\n{words}\n") == "Title.\n\n" + words.replace("\n", " ")
    lines = [line.strip() for line in call("build", "--help").out.splitlines()]
    assert not any(line in lines for line in words.splitlines()[:-1])


def test_a_narrow_terminal_cuts_no_word_of_a_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "PLAIN_WIDTH", 80)
    heads = [
        "channel",
        "today, EUR",
        "plan, EUR",
        "change",
        "brings, EUR",
        "ROI",
        "next unit",
        "bounds",
        "held by",
    ]
    row = ["search", "15.3 M", "14.6 M", "−4.6%", "22.6 M", "1.55×", "1.04×", "7.64 M to 22.9 M", "upper"]
    console.table("", heads, [row], text=(0, 8))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    assert set(shown.split()) >= set(" ".join([*heads, *row]).split())


def test_what_is_said_of_ctrl_c_is_of_the_command_that_was_stopped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="refused"), failure.keeping("Stopped. All is kept."):
        raise ValueError("refused")
    failure.interrupted()
    assert capsys.readouterr().err == "Stopped. Nothing was written.\n"
    with pytest.raises(KeyboardInterrupt), failure.keeping("Stopped. All is kept."):
        raise KeyboardInterrupt
    failure.interrupted()
    assert capsys.readouterr().err == "Stopped. All is kept.\n"


def test_the_process_ends_with_its_code_after_what_was_registered_for_the_end() -> None:
    code = (
        "import atexit, sys, threading\n"
        "from mediamix.cli import program\n"
        "atexit.register(print, 'last')\n"
        "threading.Thread(target=lambda: print('thread')).start()\n"
        "sys.argv = ['mediamix', *sys.argv[1:]]\n"
        "program()"
    )
    for words, expected in ((["--version"], 0), (["list", "nix"], 2)):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
        assert done.returncode == expected
        assert done.stdout.split()[-1] == "last"
        assert "thread" in done.stdout
