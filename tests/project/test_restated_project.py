"""What restated data did to ROI: two runs of the same spec, whose data differ in known cells."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mediamix.core.provenance import versions
from mediamix.data.store import load_dataset, save_dataset
from mediamix.measure.summary import summary_of
from mediamix.pipeline import load
from mediamix.project.folder import Project
from mediamix.project.restated import roi_moved
from mediamix.project.runs import all_runs, promote
from mediamix.reporting.changes import Earlier, changes


def earlier_run(project: Project, day: str, factor: float, *, wide: bool = True, spec: str = "") -> str:
    """A copy of the project's run under another day, whose data and ROI of its first channel were others.

    Half of that channel's spend in three periods, and `factor` of its ROI; `wide`: in an interval that holds
    both.
    """
    (run,) = [one for one in all_runs(project) if not one.id.startswith("2020")][:1]
    name = f"2020{day}T1200Z-{run.id[-8:]}"
    folder = project.runs / name
    shutil.copytree(project.runs / run.id, folder)
    hashes = {**run.hashes, "data": f"of {day}", **({"spec": spec} if spec else {})}
    replace(run, id=name, hashes=hashes).write(folder)
    data = load_dataset(folder / "fit" / "data.parquet")
    spend = np.array(data.spend_gtc)
    spend[0, np.flatnonzero(spend[0, :, 0])[:3], 0] /= 2
    save_dataset(replace(data, spend_gtc=spend), folder / "fit" / "data.parquet")
    path = folder / "fit" / "summary.json"
    summary = json.loads(path.read_text())
    roi = summary["channels"][data.channel_names[0]]["roi"]
    mean = factor * roi["mean"]
    width = 2 * abs(mean - roi["mean"]) if wide else 1e-3 * abs(mean)
    roi.update(mean=mean, p5=mean - width, p50=mean, p95=mean + width)
    path.write_text(json.dumps(summary))
    return name


def test_no_two_runs_no_words(done: Project, tmp_path: Path) -> None:
    assert roi_moved(done.root) == []
    assert roi_moved(tmp_path / "nowhere") == []


def test_roi_that_moved_is_told_with_the_spend_that_was_restated(done: Project) -> None:
    before = earlier_run(done, "0101", 0.5)
    (moved,) = roi_moved(done.root)
    (now,) = [one for one in all_runs(done) if one.id != before]
    name = load_dataset(done.runs / now.id / "fit" / "data.parquet").channel_names[0]
    assert (moved.channel, moved.run_before, moved.run_after) == (name, before, now.id)
    assert moved.after == pytest.approx(2 * moved.before)
    assert not moved.clear
    (line,) = moved.why
    assert line.startswith(f"spend of {name} restated in 3 of 60 common periods (+")
    assert f"ROI of {name} " in moved.words()
    assert " (+100 %, within its interval): spend of " in moved.words()
    assert json.dumps(moved.to_dict())


def test_the_promoted_run_is_the_one_to_compare_with_and_other_questions_are_not(done: Project) -> None:
    promoted = earlier_run(done, "0101", 0.5, wide=False)
    earlier_run(done, "0202", 0.8)
    earlier_run(done, "0303", 0.1, spec="another")
    (moved,) = roi_moved(done.root)
    assert moved.run_before.startswith("20200202")
    promote(done, promoted, force=True)
    (moved,) = roi_moved(done.root)
    assert moved.run_before == promoted
    assert moved.clear
    shutil.rmtree(done.runs / promoted / "fit")  # a damaged run is no reason to fail
    assert roi_moved(done.root) == []


def test_the_report_says_the_same(done: Project) -> None:
    before = earlier_run(done, "0101", 0.5, wide=False)
    (moved,) = roi_moved(done.root)
    fit = load(done.runs / moved.run_after / "fit")
    earlier = Earlier.read(done.runs / before / "fit")
    told = changes(earlier, fit, summary_of(fit), versions()["mediamix"])
    (channel,) = [one for one in told.channels if one.channel == moved.channel]
    assert (channel.clear, channel.why) == (moved.clear, moved.why)
    assert channel.before is not None
    assert channel.after is not None
    assert (channel.before.mean, channel.after.mean) == pytest.approx((moved.before, moved.after))
