"""Many fits: killed and gone on with, in shards, interrupted: the same bytes, and nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from brands import files_of, table, write

import mediamix as mm
from mediamix.cli import main
from mediamix.core.errors import FolderError, SpecError
from mediamix.many.bill import Bill
from mediamix.many.fit_all import ManyFits
from mediamix.many.job import How
from mediamix.many.plan import jobs_of, specs_of
from mediamix.many.work import Order, fit_job

#: Of the table: five that can be fitted, one with too few rows, one whose outcome never moves.
BRANDS, SHORT, FLAT = 7, "Brand 5", "Brand 6"


@pytest.fixture(scope="module")
def spec(tmp_path_factory) -> Path:
    frame = table(BRANDS)
    frame = frame[(frame["brand"] != SHORT) | (frame.groupby("brand").cumcount() < 20)].reset_index(drop=True)
    frame.loc[frame["brand"] == FLAT, "revenue"] = 100_000.0
    frame.loc[frame["brand"] == "Brand 1", "social"] = 0.0
    return write(tmp_path_factory.mktemp("brands"), frame)


def fit_all(spec: Path, out: Path, **more: Any) -> ManyFits:
    return mm.fit_all(spec, out, "brand", checks=False, workers=1, **more)


def stamps(out: Path) -> dict[str, tuple[int, int]]:
    """Every file of every fit: which it is, and when it was written."""
    return {
        str(path.relative_to(out)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (out / "fits").rglob("*")
        if path.is_file() and not any(part.startswith(".Brand") for part in path.parts)
    }


@pytest.fixture(scope="module")
def killed(spec, tmp_path_factory) -> tuple[Path, dict[str, tuple[int, int]], ManyFits]:
    """A folder whose maker was killed with all its processes after the first fit; what was there then; and
    the call that went on."""
    out = tmp_path_factory.mktemp("killed") / "out"
    words = ["fit-all", str(spec), "--by", "brand", "--out", str(out), "--no-checks", "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "mediamix", *words],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 300
    while not list((out / "fits").glob("Brand-*/run.json")) and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = stamps(out)
    return out, before, fit_all(spec, out)


def test_a_killed_call_is_gone_on_with_and_nothing_is_done_twice(killed):
    out, before, again = killed
    there = {Path(name).parts[1] for name in before}
    assert 1 <= len(there) < 5
    assert again.found == len(there)
    assert again.bill.fits == 5 - len(there)
    assert before.items() <= stamps(out).items()
    assert [row.state for row in again.rows] == ["done"] * 5 + ["failed"] * 2
    assert not [path.name for path in (out / "fits").iterdir() if path.name.startswith(".")]


def test_one_brand_that_fails_is_a_row_with_its_reason(killed):
    out, _, made = killed
    frame = pd.read_csv(out / "table.csv")
    assert list(frame["brand"]) == [f"Brand {i}" for i in range(BRANDS)]
    reasons = frame.set_index("brand")["reason"]
    assert "it has 20 rows, fewer than 26" in reasons[SHORT]
    assert "the outcome is 100,000 in every period" in reasons[FLAT]
    assert frame["folder"].isna().tolist() == [False] * 5 + [True] * 2
    assert made.rows[1].left_out == ("social",)


def test_the_table_says_what_the_fits_say(killed):
    made = killed[2]
    frame = made.table().set_index("brand")
    for row in made.rows[:5]:
        fit = made.load(row.brand)
        roi = mm.roi(fit).set_index("channel")
        for name in fit.dataset.channel_names:
            assert frame.loc[row.brand, f"roi {name}"] == pytest.approx(roi.loc[name, "roi_mean"], rel=1e-12)
            assert frame.loc[row.brand, f"roi {name} p95"] == pytest.approx(
                roi.loc[name, "roi_p95"], rel=1e-12
            )
    assert pd.isna(frame.loc["Brand 1", "roi social"])
    with pytest.raises(SpecError, match="5 fits are called so"):
        made.load()
    with pytest.raises(SpecError, match="no fits are called so"):
        made.load("Brand 77")


def test_fits_of_another_process_are_the_same_bytes(killed, spec, tmp_path):
    """Of one that was there before the kill, and of one that was made after it: fitted here, on all cores."""
    out, before, _ = killed
    there = {Path(name).parts[1] for name in before}
    jobs = [
        job for job in jobs_of(specs_of(spec), "brand", None, How(checks=False)) if hasattr(job, "folder")
    ]
    early = next(job for job in jobs if job.folder in there)
    late = next(job for job in jobs if job.folder not in there)
    for job in (early, late):
        fit_job(Order(job, tmp_path))
    alone = files_of(tmp_path)
    assert len(alone) == 12
    assert alone.items() <= files_of(out).items()


def test_shards_and_an_interrupted_call_leave_the_same_bytes(killed, spec, tmp_path):
    out = tmp_path / "shards"

    def stop(far) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_all(spec, out, shard="1/2", on_progress=stop)
    states = pd.read_csv(out / "table.csv")["state"].tolist()
    assert states.count("waiting") in (4, 5)
    first = fit_all(spec, out, shard="0/2")
    assert (first.part, first.count("done") + first.count("waiting") + first.count("failed")) == ((0, 2), 7)
    assert first.count("waiting") >= 1
    fit_all(spec, out, shard="1/2")
    assert files_of(out) == files_of(killed[0])


def test_what_is_done_is_told_again_by_the_command(killed, spec, capsys):
    out, _, made = killed
    # The one that failed in its process is tried again, and fails again.
    words = ["fit-all", str(spec), "--by", "brand", "--out", str(out), "--no-checks", "--workers", "1"]
    assert main([*words, "--json", "--price", "0.1"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert (said["done"], said["failed"], said["waiting"], said["found"]) == (5, 2, 0, 5)
    assert said["rows"] == json.loads(json.dumps([row.to_dict() for row in made.rows]))
    assert said["bill"]["cost_per_1000"] is None


def test_the_command_prints_returns_reasons_and_the_bill(killed, capsys):
    from mediamix.cli.commands.fit_all import _print

    _print(killed[2])
    said = capsys.readouterr()
    assert "ROI tv" in said.out
    assert "Brand 4" in said.out
    assert "5 done, 2 failed" in said.out
    assert "1,000 such fits" in said.out
    assert "at 0.05 a core-hour" in said.out
    assert f"no fit: {SHORT}: it has 20 rows" in said.err


def test_the_bill_is_cores_held_times_a_price():
    bill = Bill(fits=40, core_seconds=72.0, cpu_seconds=60.0, seconds=40.0, price=0.5)
    # 1.8 s a fit: 1,800 s of a thousand, half an hour.
    assert bill.hours_per_1000 == pytest.approx(0.5)
    assert bill.cost_per_1000 == pytest.approx(0.25)
    assert Bill(0, 0.0, 0.0, 1.0).cost_per_1000 is None


def test_how_a_job_ended_is_beside_its_fit(killed):
    out, _, made = killed
    for row in made.rows[:5]:
        path = out / "jobs" / f"{Path(row.folder).name}.json"
        if path.is_file():  # the kill may have come between a fit and this
            told = json.loads(path.read_text())
            assert (told["state"], told["attempts"], told["brand"]) == ("done", 1, row.brand)
            assert told["seconds"] > 0
    # Nothing that two runs of a job don't share is in the fit itself.
    run = json.loads((out / made.rows[0].folder / "run.json").read_text())
    assert run["seconds"] == {}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--by", "brnad"], "did you mean 'brand'"),
        (["--by", "date"], "can't name brands"),
        (["--by", "brand", "--engine", "spark"], "no engine called 'spark'"),
        (["--by", "brand", "--shard", "4/4"], "there is no shard 4 of 4"),
        (["--by", "brand", "--engine", "local", "--shard", "0/4"], "not a shard of them"),
        (["--by", "brand", "--least-rows", "500"], "fewer than 500"),
    ],
)
def test_what_can_be_mended_is_said(spec, tmp_path, capsys, words, says):
    assert main(["fit-all", str(spec), "--out", str(tmp_path / "out"), *words]) == 2
    assert says in capsys.readouterr().err


def test_folders_of_others_and_empty_ones_are_refused(spec, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    assert main(["fit-all", str(spec), "--by", "brand", "--out", str(tmp_path / "mine")]) == 2
    assert "already used" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["fit-all", str(tmp_path / "empty"), "--out", str(tmp_path / "o")]) == 2
    assert "holds no spec" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
    with pytest.raises(FolderError, match="is a file"):
        mm.fit_all(spec, tmp_path / "mine" / "notes.txt", "brand")


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"threads": 0}, {"least_rows": 0}, {"price": -1.0}])
def test_numbers_out_of_range_are_refused(spec, tmp_path, wrong):
    with pytest.raises(SpecError, match=f"{next(iter(wrong))}: .* can't be"):
        mm.fit_all(spec, tmp_path / "out", "brand", **wrong)
