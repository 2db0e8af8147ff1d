"""What changed since an earlier run: each cause is found where it is, and none where there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediamix.core.errors import FolderError
from mediamix.core.provenance import versions
from mediamix.core.spec import Spec
from mediamix.models.base import Fit
from mediamix.reporting.changes import Changes, Earlier, changes
from mediamix.reporting.material import Material
from mediamix.reporting.section import build_sections

VERSION = versions()["mediamix"]


@pytest.fixture(scope="module")
def same(weekly: tuple[Fit, Any], plain: Material) -> Earlier:
    """The same run."""
    fit = weekly[0]
    run = fit.run
    summary = json.loads(json.dumps(plain.summary.to_dict()))
    return Earlier(summary, fit.dataset, fit.spec, (run.data_hash, run.spec_hash, run.seed), VERSION)


def found(earlier: Earlier, material: Material) -> Changes:
    return changes(earlier, material.fit, material.summary, VERSION)


def test_the_same_run_changed_nothing(same: Earlier, plain: Material) -> None:
    got = found(same, plain)
    assert (got.restated, got.spec, got.moved, got.engine) == ((), (), (), ())
    for moved in got.channels:
        assert moved.before == moved.after
        assert not moved.clear
        assert moved.why == ()


def test_restated_spend_is_found_in_its_channel(same: Earlier, plain: Material) -> None:
    name = plain.fit.dataset.channel_names[1]
    spend = np.array(same.dataset.spend_gtc)
    used = np.flatnonzero(spend[0, :, 1])[:7]
    spend[0, used, 1] /= 2
    got = found(replace(same, dataset=replace(same.dataset, spend_gtc=spend)), plain)
    (line,) = got.restated
    assert line.startswith(f"spend of {name} restated in 7 of 156 common periods (+")
    assert [moved.channel for moved in got.channels if line in moved.why] == [name]


def test_a_restated_outcome_bears_on_all(same: Earlier, plain: Material) -> None:
    outcome = np.array(same.dataset.outcome_gt)
    outcome[0, 3] *= 2
    got = found(replace(same, dataset=replace(same.dataset, outcome_gt=outcome)), plain)
    assert got.restated[0].startswith("revenue restated in 1 of 156 common periods (−")
    assert all(got.restated[0] in moved.why for moved in got.channels)


def test_a_changed_spec_is_said_by_its_keys(same: Earlier, plain: Material) -> None:
    name = plain.fit.dataset.channel_names[0]
    raw = same.spec.model_dump(mode="json")
    raw["trend"]["every"] = 13.0
    raw["report"]["title"] = "another title"  # no number depends on it
    raw["channels"] = {name: {"saturation": {"kind": "logistic"}}}
    got = found(replace(same, spec=Spec(**raw)), plain)
    assert "trend.every: 13.0 → 26.0" in got.spec
    assert not any("title" in line for line in got.spec)
    own = [line for line in got.spec if line.startswith(f"channels.{name}")]
    assert len(own) == 1


def test_new_weeks_are_the_world_that_moved(same: Earlier, plain: Material) -> None:
    got = found(replace(same, dataset=_shorter(same)), plain)
    assert got.moved == (f"6 new weeks ({plain.fit.dataset.dates[-6]} to {plain.fit.dataset.dates[-1]})",)
    assert got.restated == ()


def _shorter(same: Earlier) -> Any:
    data, keep = same.dataset, same.dataset.n_periods - 6
    cut = {
        name: getattr(data, name)[:, :keep]
        for name in ("outcome_gt", "spend_gtc", "exposure_gtc", "controls_gtk")
    }
    return replace(data, dates=data.dates[:keep], **cut)


def test_a_channel_that_came_and_one_that_went(same: Earlier, plain: Material) -> None:
    first = plain.fit.dataset.channel_names[0]
    channels = dict(same.summary["channels"])
    channels["radio"] = channels.pop(first)
    names = [replace(c, name="radio") if c.name == first else c for c in same.dataset.channels]
    before = replace(
        same,
        summary={**same.summary, "channels": channels},
        dataset=replace(same.dataset, channels=tuple(names)),
    )
    by_name = {moved.channel: moved for moved in found(before, plain).channels}
    assert by_name[first].before is None
    assert by_name[first].why == ("it is new",)
    assert by_name["radio"].after is None
    assert by_name["radio"].why == ("it is gone",)


def test_a_move_is_clear_only_beyond_both_intervals(same: Earlier, plain: Material) -> None:
    name, other = plain.fit.dataset.channel_names[:2]
    raw = json.loads(json.dumps(same.summary))
    for key in ("mean", "p5", "p50", "p95"):
        raw["channels"][name]["roi"][key] += 100.0
    got = {m.channel: m.clear for m in found(replace(same, summary=raw), plain).channels}
    assert got[name]
    assert not got[other]


def test_the_section_says_it_near_the_top(same: Earlier, plain: Material) -> None:
    got = found(replace(same, dataset=_shorter(same)), plain)
    built = list(build_sections(replace(plain, changes=got)))
    (section,) = [one for one in built if one.section.name == "changes"]
    assert "what differs can be chance" in section.blocks[0].text  # type: ignore[union-attr]
    assert any("The world moved: 6 new weeks" in item for item in section.blocks[1].items)  # type: ignore[union-attr]
    assert not [one for one in build_sections(plain) if one.section.name == "changes"]


def test_a_folder_that_is_no_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="is not a fit that can be compared with"):
        Earlier.read(tmp_path)
