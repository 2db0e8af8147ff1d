"""Which earlier run a report is compared with: the promoted one, or whichever is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mediamix.core.errors import FolderError
from mediamix.project.earlier import earlier_fit, fit_since
from mediamix.project.folder import Project
from mediamix.project.runs import all_runs, promote
from mediamix.reporting.changes import Earlier


def test_only_a_promoted_run_is_compared_with(done: Project) -> None:
    assert earlier_fit(done) is None
    (record,) = all_runs(done)
    promote(done, record.id, force=True)
    found = earlier_fit(done)
    assert found is not None
    assert found.hashes[0] == record.hashes["data"]


def test_a_damaged_one_is_no_reason_to_fail(done: Project) -> None:
    (record,) = all_runs(done)
    promote(done, record.id, force=True)
    (done.runs / record.id / "fit" / "summary.json").write_text("{")
    assert earlier_fit(done) is None


def test_a_run_is_named_by_id_or_folder(done: Project, tmp_path: Path) -> None:
    (record,) = all_runs(done)
    fit = done.runs / record.id / "fit"
    for name in (record.id, str(done.runs / record.id), str(fit)):
        assert Earlier.read(fit_since(name, fit)).hashes == Earlier.read(fit).hashes
    with pytest.raises(FolderError, match="there is no run 'nix'"):
        fit_since("nix", fit)
    with pytest.raises(FolderError, match="there is no earlier run nix"):
        fit_since("nix", tmp_path)


def test_a_runs_plan_has_looked_at_other_totals(done: Project) -> None:
    (record,) = all_runs(done)
    plan = json.loads((done.runs / record.id / "plan.json").read_text())
    spends = [total["spend"] for total in plan["totals"]]
    assert len(spends) >= 3
    assert spends == sorted(spends)
