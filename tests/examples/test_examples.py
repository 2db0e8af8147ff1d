"""The examples: read, fitted, reported; the sampling converges at the settings that a reader gets."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.spec import Sampler, Spec, load_spec
from mediamix.data.read import read_spec
from mediamix.measure.convergence import convergence
from mediamix.measure.quality import quality
from mediamix.pipeline import fit_model, plan, save
from mediamix.reporting import report

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SPECS = sorted(EXAMPLES.glob("*/mediamix.yml"))
SCRIPTS = sorted((EXAMPLES / "python").glob("*.py"))
QUICK = Sampler(chains=2, draws=100, tune=150)


def _load(path: Path) -> Spec:
    spec = load_spec(path)
    if not (path.parent / str(spec.data.wide)).is_file():
        pytest.skip(f"{spec.data.wide} is not there: the repository ships no data")
    return spec


def _name(path: Path) -> str:
    return path.parent.name


def test_there_are_examples() -> None:
    assert [_name(path) for path in SPECS] == ["conjura_brand", "robyn_weekly"]


@pytest.mark.parametrize("path", SPECS, ids=_name)
def test_specs_are_short_and_name_their_source(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 25
    assert "MIT licence" in text or "CC BY 4.0" in text
    load_spec(path)


@pytest.mark.parametrize("path", SPECS, ids=_name)
def test_example_gives_a_fit_a_plan_and_a_report(path: Path, tmp_path: Path) -> None:
    spec = _load(path)
    data = read_spec(spec, path.parent)
    table = pd.read_csv(path.parent / str(spec.data.wide))
    np.testing.assert_allclose(data.outcome_gt.sum(), table[str(spec.data.outcome)].sum())
    fit = fit_model(data, spec.model_copy(update={"sampler": QUICK}))
    summary = save(fit, tmp_path / "fit")
    made = plan(fit, anyway=True)  # so short a fit is failed
    assert made.certificate.status == "optimal"
    assert sum(made.allocation.values()) <= made.budget * (1 + 1e-9)
    page = report(fit, made, tmp_path / "report.html", summary=summary)
    text = page.read_text(encoding="utf-8")
    for channel in data.channel_names:
        assert channel in text


@pytest.mark.parametrize("path", SPECS, ids=_name)
def test_example_converges_as_it_stands(path: Path) -> None:
    spec = _load(path)
    verdict = convergence(fit_model(read_spec(spec, path.parent), spec))
    assert verdict.verdict != "failed", verdict.sentence
    assert verdict.rhat_max <= 1.01
    assert verdict.ess_bulk_min >= 400
    # Of twelve seeds of Robyn's set nine have no divergence, three have one.
    assert verdict.divergences <= 4


def test_conjura_forecast_misses() -> None:
    """The README says that the hard example fails its forecast: it is no model to copy."""
    path = EXAMPLES / "conjura_brand" / "mediamix.yml"
    spec = _load(path)
    score = quality(
        fit_model(read_spec(spec, path.parent), spec.model_copy(update={"sampler": QUICK}))
    ).holdout
    assert score is not None
    assert score.coverage90 < 0.75


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script_runs_and_writes_its_report(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path))
    assert "The chains agree" in capsys.readouterr().out
    assert (tmp_path / f"{path.stem}.html").is_file()
    assert f"python/{path.name}" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
