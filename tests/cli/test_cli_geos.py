"""What `mediamix fit` says of the geos of a panel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from driving import call

import mediamix as mm
from mediamix.cli import words
from mediamix.cli.words import print_channels, print_plan
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.maximise import optimize
from mediamix.measure.summary import summarise
from mediamix.models.base import Fit


def test_a_line_on_geos_names_the_extremes(panel_fit: Fit, capsys: pytest.CaptureFixture[str]) -> None:
    summary = summarise(panel_fit)
    assert summary.geos is not None
    print_channels(summary, panel_fit.dataset)
    said = " ".join(capsys.readouterr().out.split())
    rois = {geo.name: geo.roi.mean for geo in summary.geos.geos if geo.roi is not None}
    low, high = min(rois, key=rois.__getitem__), max(rois, key=rois.__getitem__)
    assert "6 geos: effects differ most in" in said
    assert f"ROI of all media from {rois[low]:.2f}× in {low} to {rois[high]:.2f}× in {high}" in said
    worst = summary.geos.table()["geo"].iloc[0]
    assert f"least well described: {worst}" in said


def test_a_national_fit_has_no_such_line(panel_fit: Fit, capsys: pytest.CaptureFixture[str]) -> None:
    print_channels(replace(summarise(panel_fit), geos=None), panel_fit.dataset)
    assert "geos" not in capsys.readouterr().out


def test_a_plan_of_many_cells_is_shown_as_channels_and_the_largest_moves(
    panel_fit: Fit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = curves_of(panel_fit, by="geo")
    plan = optimize(cells, Budget())
    print_plan(plan)
    assert "largest moves" not in capsys.readouterr().out
    monkeypatch.setattr(words, "MANY_CELLS", 10)
    print_plan(plan)
    shown = capsys.readouterr().out
    assert f"The {words.FEW_CELLS} largest moves" in shown
    first = panel_fit.dataset.channel_names[0]
    own = [part for name, part in plan.channels.items() if name.startswith(f"{first}/")]
    [line] = [line.split() for line in shown.splitlines() if line.split()[:1] == [first]]
    assert line[1] == str(len(own))
    moves = {name: abs(part.change or 0.0) for name, part in plan.channels.items()}
    assert max(moves, key=moves.__getitem__) in shown
    # Tables end where the sentences begin; these name the first cells only.
    tables, _, sentences = shown.partition(f"all {len(moves)} lines")
    assert min(moves, key=moves.__getitem__) not in tables
    assert f"and {len(moves) - 12} more: without given bounds" in " ".join(sentences.split())


def test_a_panel_is_planned_by_geo_from_the_command_line(
    panel_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mm.save(panel_fit, "fit")
    result = call("optimize", "fit", "--by", "geo", "--objective", "mean", "--anyway", "--json")
    assert result.code == 0, result.err
    assert set(result.json["allocation"]) == set(curves_of(panel_fit, by="geo").channels)
    wrong = call("optimize", "fit", "--by", "week", "--anyway")
    assert wrong.code == 2
    assert "by='geo'" in wrong.err
