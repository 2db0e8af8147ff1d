"""What `fit` refuses before it samples, `check` refuses: the same words, the same code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from driving import call

import mediamix as mm
from mediamix.core.errors import UserError
from mediamix.core.spec import parse_spec
from mediamix.data.read import read_spec
from mediamix.models import memory
from mediamix.models.refusals import in_a_line
from mediamix.simulate import Scenario, simulate, write_simulation

Change = Callable[[Path], None]
PRIOR = {"median": 0.5, "p95": 0.9}


def nothing(folder: Path) -> None:
    """The spec is wrong enough."""


def no_spend(folder: Path) -> None:
    media = pd.read_csv(folder / "media.csv")
    first = media["channel"] == media["channel"].iloc[0]
    media.loc[first, ["spend", "impressions", "clicks"]] = 0
    media.to_csv(folder / "media.csv", index=False)


def only_late_outcomes(folder: Path) -> None:
    outcome = pd.read_csv(folder / "outcome.csv")
    outcome["revenue"] = outcome["revenue"].where(outcome.index >= 100)
    outcome.to_csv(folder / "outcome.csv", index=False)


def channel(**overrides: Any) -> dict[str, Any]:
    return {"channels": {"tv": overrides}}


REFUSED: dict[str, tuple[dict[str, Any], Change]] = {
    "an unknown adstock": (channel(adstock={"kind": "geometrik"}), nothing),
    "an unknown saturation": (channel(saturation={"kind": "hil"}), nothing),
    "a prior on nothing": (channel(prior={"half_lif": PRIOR}), nothing),
    "a prior on a parameter of another component": (channel(prior={"delay": PRIOR}), nothing),
    "a prior on what only panels have": (channel(prior={"geo_spread": PRIOR}), nothing),
    "two priors in two channels": (
        {"channels": {"tv": {"prior": {"x": PRIOR}}, "search": {"prior": {"y": PRIOR}}}},
        nothing,
    ),
    "a roi of a count": (
        {"outcome": {"unit": "count"}, **channel(prior={"roi": PRIOR})},
        nothing,
    ),
    "a treatment that is a channel": (channel(kind="treatment", reference=1), nothing),
    "a treatment that isn't there": (
        {"channels": {"prise": {"kind": "treatment", "reference": 100}}},
        nothing,
    ),
    "another kind without a model": (channel(kind="reach_frequency"), nothing),
    "a channel that isn't there": ({"channels": {"tvv": {}, "radyo": {"prior": {"roi": PRIOR}}}}, nothing),
    "a holdout of nearly all": ({"holdout": {"last": 90}}, nothing),
    "knots closer than a period": ({"trend": {"every": 0.001}}, nothing),
    "several at once": (
        {"report": {"names": {"tvv": "TV"}}, "holdout": {"last": 54}, "trend": {"every": 0.001}},
        nothing,
    ),
    "a channel of zeros": ({}, no_spend),
    "no outcome where it is trained": ({"holdout": {"last": 4}}, only_late_outcomes),
}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    write_simulation(simulate(Scenario(seed=3, every="week", periods=104, channels=3)), folder)
    return folder


@pytest.fixture
def folder(market: Path, tmp_path: Path) -> Path:
    for name in ("media.csv", "outcome.csv", "controls.csv"):
        (tmp_path / name).write_bytes((market / name).read_bytes())
    return tmp_path


def raw(sections: dict[str, Any]) -> dict[str, Any]:
    data = {"media": "media.csv", "outcome": "outcome.csv", "controls": "controls.csv"}
    return {"data": data, "sampler": {"chains": 1, "draws": 50, "tune": 50}, **sections}


def refused_by_fit(sections: dict[str, Any], folder: Path) -> UserError:
    spec = parse_spec(raw(sections))
    with pytest.raises(UserError, match=r"\w") as error:
        mm.fit(read_spec(spec, folder), spec)
    return error.value


@pytest.mark.parametrize("name", REFUSED)
def test_check_refuses_what_fit_refuses(name: str, folder: Path) -> None:
    sections, change = REFUSED[name]
    change(folder)
    error = refused_by_fit(sections, folder)
    findings = [f for f in mm.examine(parse_spec(raw(sections)), folder) if f.severity == "error"]
    said = " ".join(f"{f.where}: {f.message} → {f.advice} {f.where} {f.message}" for f in findings)
    for words in error.details or [error.what]:
        # A detail has its expectation in brackets; a finding of the model has it beside.
        assert words.split(" (expected")[0] in said
    (folder / "mediamix.yml").write_text(yaml.safe_dump(raw(sections)))
    checked, fitted = (
        call("check", folder / "mediamix.yml"),
        call("fit", folder / "mediamix.yml", "--out", folder / "fit"),
    )
    assert (checked.code, fitted.code) == (2, 2)
    assert not (folder / "fit").exists()


def test_what_can_be_fitted_is_not_refused(folder: Path) -> None:
    sections = {
        "channels": {"tv": {"adstock": {"kind": "delayed"}, "prior": {"roi": {"median": 1, "p95": 4}}}}
    }
    assert [f for f in mm.examine(parse_spec(raw(sections)), folder) if f.severity == "error"] == []


def test_a_fit_beyond_the_memory_is_refused_by_check(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 10_000)
    sections = {"sampler": {"chains": 64, "draws": 100_000}}
    error = refused_by_fit(sections, folder)
    assert "doesn't fit into memory" in error.what
    (finding,) = (f for f in mm.examine(parse_spec(raw(sections)), folder) if f.severity == "error")
    assert error.what in finding.message
    assert finding.advice == error.next_step


def test_refusals_need_no_native_code(folder: Path) -> None:
    import subprocess
    import sys

    (folder / "mediamix.yml").write_text(yaml.safe_dump(raw({"holdout": {"last": 90}})))
    code = (
        "import sys; from mediamix.cli import main\n"
        f"code = main(['check', {str(folder / 'mediamix.yml')!r}])\n"
        "sys.exit(code if 'numba' not in sys.modules else 9)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 2, run.stderr
    assert "holdout.last leaves" in run.stdout


def test_all_refusals_come_at_once(folder: Path) -> None:
    sections, _ = REFUSED["several at once"]
    error = refused_by_fit(sections, folder)
    assert error.what == "3 things stop this fit"
    assert ["report.names.tvv" in line for line in error.details] == [False, True, False]
    assert "holdout.last leaves 50 of 104 periods (expected at most 52; got 54)" in error.details
    assert in_a_line(UserError("w", details=["a", "b"])) == "w: a; b"
