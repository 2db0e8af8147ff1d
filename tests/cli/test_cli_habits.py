"""What people expect of any command: its spec found, amounts as typed, pipes, voices, completion."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from driving import SPEC, call, said

import mediamix
from mediamix.cli.amounts import AmbiguousAmountError, amount_of
from mediamix.cli.app import COMMANDS, app
from mediamix.cli.commands.optimize import target_amount
from mediamix.cli.voice import taken_out
from mediamix.core.errors import BudgetError, UserError
from mediamix.simulate import Scenario, simulate, write_simulation

NAMES = [module.NAME for module in COMMANDS]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("habits")
    write_simulation(simulate(Scenario(every="week", periods=60)), folder / "data")
    (folder / "mediamix.yml").write_text(SPEC)
    return folder


@pytest.fixture
def here(market: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Standing beside a spec; read only."""
    monkeypatch.chdir(market)
    return market


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1000000", 1e6), ("1,000,000", 1e6), ("1.000.000", 1e6), ("1_000_000", 1e6), ("1'000'000", 1e6),
        ("1 000 000", 1e6), ("1\u202f000\u202f000", 1e6), ("1M", 1e6), ("1m", 1e6), ("1.5m", 1.5e6),
        ("1,5M", 1.5e6), ("250k", 250e3), ("250 K", 250e3), ("2bn", 2e9), ("1e6", 1e6), ("1.5E+3", 1500.0),
        ("1,234.50", 1234.5), ("1.234,50", 1234.5), ("1,234,567.891", 1234567.891), ("1000.50", 1000.5),
        ("0.125", 0.125), ("1234.567", 1234.567), ("1_000", 1000.0), ("5.", 5.0), (".5", 0.5), ("-5", -5.0),
    ],
)  # fmt: skip
def test_amounts_as_people_type_them(text: str, amount: float) -> None:
    assert amount_of(text) == pytest.approx(amount, rel=1e-15)


@pytest.mark.parametrize("text", ["1.000", "1,000", "12.345", "1,500k", "999,125M", "-1.000"])
def test_an_amount_of_two_meanings_is_refused_with_both(text: str) -> None:
    with pytest.raises(AmbiguousAmountError, match="can be read in two ways") as refused:
        amount_of(text)
    for other in refused.value.next_step.removeprefix("write ").split(" or "):
        amount_of(other)  # what it proposes is read


@pytest.mark.parametrize(
    "text",
    ["", ".", "M", "abc", "1,00,000", "1.000.00", "1__000", "1_0", "inf", "nan", "1e400", "1M2", "1 2", "1x"],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BudgetError, match="can't be read"):
        amount_of(text)


def test_targets_are_amounts_and_ratios_are_numbers() -> None:
    assert target_amount("revenue=2M", "revenue") == 2e6
    assert target_amount("roi=1.125", "roi") == 1.125
    with pytest.raises(BudgetError, match="two ways"):
        target_amount("revenue=2.000", "revenue")


@pytest.mark.parametrize("command", ["optimize", "flight", "run"])
def test_every_budget_is_read_alike(command: str, here: Path) -> None:
    words = ["fit"] if command != "run" else ["mediamix.yml", "--out", "new"]
    refused = call(command, *words, "--budget", "1.000")
    assert refused.code == 2
    assert "two ways" in refused.err
    assert "no-such-fit" in call(command, "no-such-fit", "--budget", "1M", *words[1:]).err


def test_the_spec_is_found_where_one_stands(here: Path) -> None:
    alone, named = call("check"), call("check", "mediamix.yml")
    assert (alone.code, alone.out) == (0, named.out)
    assert alone.err == "spec: mediamix.yml\n"
    assert named.err == ""
    folder = call("check", here)
    # But for the command that comes next, which names the spec as it was found.
    before = named.out.partition("Next:")[0]
    assert (folder.code, folder.out.partition("Next:")[0]) == (0, before)
    assert str(here / "mediamix.yml") in folder.err


def test_no_spec_or_two_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (("check",), ("fit", "--out", "new"), ("run", "--out", "new"), ("build",)):
        absent = call(*words)
        assert absent.code == 2
        assert f"there is no mediamix.yml in {tmp_path}" in absent.err
    for name in ("mediamix.yml", "mediamix.yaml"):
        (tmp_path / name).write_text(SPEC)
    assert "there are two specs" in call("check").err


def test_version_has_a_letter() -> None:
    assert call("-V").out == call("--version").out == f"mediamix {version('mediamix')}\n"


def test_flags_have_no_type_beside_them() -> None:
    for words in ((), *((name,) for name in NAMES)):
        assert "bool" not in call(*words, "--help").out


def test_quiet_says_only_warnings_and_errors(here: Path) -> None:
    loud, still = call("check"), call("check", "--quiet")
    assert (still.out, still.err) == (loud.out, "")
    assert call("-q", "check", "no.yml").err.startswith("error: ")


def test_verbose_says_more(here: Path) -> None:
    said = call("check", "--verbose").err
    assert f"mediamix {version('mediamix')}" in said
    assert "exit code 0" in said


def test_a_log_keeps_all(here: Path, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "mediamix.log"
    assert call("check", "--quiet", "--log-file", log).code == 0
    assert call("check", "no.yml", f"--log-file={log}", "--json").code == 2
    lines = log.read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in lines)
    assert "spec: mediamix.yml" in log.read_text()
    assert sum("exit code 0" in line for line in lines) == sum("exit code 2" in line for line in lines) == 1


def test_a_failure_of_ours_is_in_the_log_with_its_traceback(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr("mediamix.pipeline.examine", broken)
    shown = call("check", "--log-file", tmp_path / "log")
    assert shown.code == 1
    assert "Traceback" not in shown.err
    assert "Traceback" in (tmp_path / "log").read_text()


def test_wrong_use_of_the_voice(here: Path, tmp_path: Path) -> None:
    assert "contradict" in call("check", "-q", "-v").err
    assert "needs a file" in call("check", "--log-file").err
    assert "can't write the log" in call("check", "--log-file", tmp_path).err
    as_json = call("check", "-q", "-v", "--json")
    assert (as_json.code, as_json.json["code"]) == (2, 2)
    assert taken_out(["a", "--", "-q"])[0] == ["a", "--", "-q"]
    with pytest.raises(UserError, match="needs a file"):
        taken_out(["--log-file", "--json"])


@pytest.mark.parametrize(
    "words",
    [("check", "no.yml"), ("check", "--nonsense"), ("optimize", "fit"), ("list", "nix"), ("generate",),
     ("nix",), ("optimize", "fit", "--budget", "1.000"), ("report", "fit", "--plan", "no.json")],
)  # fmt: skip
def test_json_of_an_error_has_one_shape(words: tuple[str, ...], here: Path) -> None:
    failed = call(*words, "--json")
    assert failed.code == failed.json["code"] == 2
    assert set(failed.json) == {"error", "code"}
    assert set(failed.json["error"]) == {"kind", "what", "expected", "got", "next", "details"}
    assert failed.json["error"]["what"]


def test_json_of_success_is_an_object_without_error(here: Path) -> None:
    for words in (("check",), ("list", "adstock")):
        done = call(*words, "--json").json
        assert isinstance(done, dict)
        assert "error" not in done


def run_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -m mediamix"
    script = f"set -o pipefail\n{command.replace('mediamix', program, 1)}"
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=folder)


@pytest.mark.parametrize(
    "command",
    [
        "mediamix list checks | head -1",
        "mediamix list checks --json | head -1",
        "mediamix --help | head -1",
        "mediamix check data/../mediamix.yml | true",
        "mediamix check 2>&1 >/dev/null | true",
    ],
)
def test_a_reader_that_goes_away_is_no_failure(command: str, here: Path) -> None:
    done = run_shell(command, here)
    assert (done.returncode, said(done.stderr)) == (0, [])


def test_work_goes_on_when_nobody_reads_the_progress(here: Path, tmp_path: Path) -> None:
    done = run_shell(f"mediamix generate --out {tmp_path / 'm'} --every week --periods 60 2>&1 | true", here)
    assert done.returncode == 0
    assert (tmp_path / "m" / "truth.json").is_file()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    environment = {**os.environ, "_MEDIAMIX_COMPLETE": f"source_{shell}"}
    done = subprocess.run([sys.executable, "-m", "mediamix"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0
    assert "_MEDIAMIX_COMPLETE" in done.stdout


def complete(words: str) -> list[str]:
    """What bash is offered for the last word."""
    environment = {
        **os.environ,
        "_MEDIAMIX_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = subprocess.run([sys.executable, "-m", "mediamix"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0
    return done.stdout.split()


def test_completion_offers_commands_and_options() -> None:
    assert complete("mediamix op") == ["optimize"]
    assert set(complete("mediamix ")) == set(NAMES)
    assert "--budget" in complete("mediamix optimize fit --bu")


def test_a_real_shell_completes(tmp_path: Path) -> None:
    """The script is sourced in bash, and its function called as the Tab key calls it."""
    program = Path(sys.executable).with_name("mediamix")
    if not program.exists():
        pytest.skip("the command isn't installed beside this Python")
    link = tmp_path / "mediamix"
    shutil.copy(program, link)
    script = (
        f'export PATH="{tmp_path}:$PATH"; eval "$(_MEDIAMIX_COMPLETE=source_bash mediamix)"; '
        "COMP_WORDS=(mediamix ge); COMP_CWORD=1; _mediamix_completion mediamix ge mediamix; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["generate"], done.stderr


def test_messages_name_only_commands_and_options_that_exist() -> None:
    """Every ``mediamix WORD …`` in backticks or after "next" in our sources, templates and SQL."""
    commands = typer.main.get_command(app).commands
    source = Path(mediamix.__file__).parent
    quoted = re.compile(r"`mediamix ([a-z][^`\n]*)`")
    led = re.compile(
        r"(?:[Nn]ext: |fit first: |with this fit: |[Ee]xample: |again = \")mediamix ([a-z][^\"\n]*)"
    )
    found = [
        (path.name, call)
        for path in [*source.rglob("*.py"), *source.rglob("*.j2"), *source.rglob("*.sql")]
        for pattern in (quoted, led)
        for call in pattern.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 30
    for where, words in found:
        name, *rest = words.split()
        assert name in commands, (where, words)
        known = {option for part in commands[name].params for option in (*part.opts, *part.secondary_opts)}
        assert {word for word in rest if word.startswith("--")} <= known | {"--help"}, (where, words)


@pytest.mark.parametrize("seed", [1, 5])
@pytest.mark.parametrize(
    "knobs",
    [
        (),
        ("--every", "week"),
        ("--every", "month"),
        ("--every", "week", "--geos", "5", "--channels", "4"),
        ("--every", "month", "--geos", "3"),
        (
            "--every",
            "week",
            "--geos",
            "6",
            "--late-geos",
            "0.3",
            "--absent",
            "0.1",
            "--missing-outcomes",
            "0.03",
        ),
        ("--every", "week", "--confounding", "1"),
        ("--every", "week", "--media-share", "0.05"),
    ],
    ids=" ".join,
)
def test_generated_data_are_accepted_by_check(
    knobs: tuple[str, ...], seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder itself and without another word."""
    made = call("generate", "--out", tmp_path / "market", "--seed", seed, *knobs)
    assert made.code == 0, made.err
    assert f"mediamix check {tmp_path / 'market' / 'mediamix.yml'}" in made.out
    monkeypatch.chdir(tmp_path / "market")
    checked = call("check", "--json")
    assert checked.code == 0
    assert [f for f in checked.json["findings"] if f["severity"] != "info"] == []


def test_knobs_that_go_beyond_are_said_by_check(tmp_path: Path) -> None:
    """A year is short and twins are alike: the check says so of our data as of anybody's."""
    call("generate", "--out", tmp_path / "m", "--every", "week", "--periods", 52, "--collinearity", 1)
    told = {f["check"] for f in call("check", tmp_path / "m", "--json").json["findings"]}
    assert {"history", "collinear"} <= told
