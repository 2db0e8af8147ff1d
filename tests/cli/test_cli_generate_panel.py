"""`mediamix generate` makes panels that look like life, and its hint reads them."""

from __future__ import annotations

import json
from pathlib import Path

from driving import call

from mediamix.core.spec import load_spec
from mediamix.data.read import read_spec


def test_generated_panels_are_read_as_generate_says(tmp_path: Path) -> None:
    knobs = {"--geos": 6, "--late-geos": 0.5, "--absent": 0.2, "--missing-outcomes": 0.1, "--periods": 60}
    given = [str(word) for knob in knobs.items() for word in knob]
    result = call("generate", "--out", tmp_path / "a", "--every", "week", *given)
    assert result.code == 0
    scenario = json.loads((tmp_path / "a" / "truth.json").read_text())["scenario"]
    assert (scenario["late_geos"], scenario["absent"], scenario["missing_outcomes"]) == (0.5, 0.2, 0.1)
    data = read_spec(load_spec(tmp_path / "a" / "mediamix.yml"), tmp_path / "a")
    assert len(data.geos) == 6
    assert (data.present_gt.argmax(axis=1) > 0).sum() == 3


def test_panel_knobs_of_one_geo_are_refused(tmp_path: Path) -> None:
    result = call("generate", "--out", tmp_path / "a", "--missing-outcomes", "0.1")
    assert result.code == 2
    assert "needs several geos" in result.err
