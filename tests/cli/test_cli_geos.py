"""What `mediamix fit` says of the geos of a panel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediamix.cli.words import print_channels
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
