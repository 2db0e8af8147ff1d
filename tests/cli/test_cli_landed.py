"""A project whose spec names no tables: rows land, and its run builds, fits and reports what has landed."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from driving import call

from mediamix.project import worker
from mediamix.project.folder import Project
from mediamix.project.record import Record
from mediamix.warehouse.engines.duckdb import DuckDB

WEEKS = [date(2025, 1, 6) + timedelta(weeks=n) for n in range(60)]
SPEC = "sampler: {chains: 2, draws: 120, tune: 120}\n"


def shop() -> str:
    lines = ["date,revenue,tv_spend,search_spend"]
    for n, week in enumerate(WEEKS):
        tv, search = (n * 37 % 11) * 100.25, (n * 53 % 7) * 50.5
        lines.append(f"{week},{20_000 + tv * 2 + search * 3:.2f},{tv},{search}")
    return "\n".join(lines) + "\n"


def podcasts() -> str:
    rows = [f"{week},Harbour Podcasts,{(n * 29 % 13) * 40.25}" for n, week in enumerate(WEEKS)]
    return "\n".join(["date,channel,spend", *rows]) + "\n"


@pytest.fixture
def landed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder: a spec without tables, and rows of two channels in its warehouse."""
    monkeypatch.chdir(tmp_path)

    def start(project: Project, record: Record) -> None:
        worker.main([str(project.root), record.id])  # here, not in a process of its own

    monkeypatch.setattr("mediamix.project.launch.start", start)
    before = signal.getsignal(signal.SIGTERM)
    Path("shop.csv").write_text(shop())
    Path("new.csv").write_text(podcasts())
    Path("mediamix.yml").write_text(SPEC)
    made = call("ingest", "files", "shop.csv", "--set", "currency=EUR")
    assert made.code == 0, made.err
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


def test_a_channel_never_seen_before_is_in_the_mart_the_fit_and_the_report(landed: Path) -> None:
    """No edit of spec, dbt project or anything else between the rows and the pages."""
    spec = Path("mediamix.yml").read_text()
    made = call("ingest", "files", "new.csv", "--set", "currency=EUR")
    assert made.code == 0, made.err
    ran = call("run", "--json")
    assert ran.code in (0, 3), ran.err
    folder = Path("runs", ran.json["id"])
    with DuckDB(landed / "warehouse.duckdb").connect(read_only=True) as session:
        sql = "select channel, sum(spend) from mart.mmm_datamart group by channel"
        spent = {name: float(amount) for name, amount in session.execute(sql).fetchall()}
    assert spent == {
        "tv": sum((n * 37 % 11) * 100.25 for n in range(60)),
        "search": sum((n * 53 % 7) * 50.5 for n in range(60)),
        "Harbour Podcasts": sum((n * 29 % 13) * 40.25 for n in range(60)),
    }
    channels = json.loads((folder / "fit" / "summary.json").read_text())["channels"]
    assert channels["Harbour Podcasts"]["spend"] == spent["Harbour Podcasts"]
    pages = (folder / "report.html").read_text()
    assert pages.count("Harbour Podcasts") > 3
    assert Path("mediamix.yml").read_text() == spec
    # the same rows again are the same run; a question about a channel that isn't there is refused before a fit
    assert call("run", "--json").json["id"] == ran.json["id"]
    Path("bounds.yml").write_text("radio: [0, 1]\n")
    refused = call("run", "--out", "all", "--bounds", "bounds.yml")
    assert refused.code == 2
    assert "the bounds name 'radio', which is no channel of the data" in refused.err
    assert not Path("all").exists()


def test_a_spec_without_tables_whose_rows_have_not_landed_is_told_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mediamix.yml").write_text("sources: {google_ads: {}}\n")
    for command in (("run",), ("run", "--out", "all"), ("fit", "--out", "fit"), ("check",)):
        refused = call(*command)
        assert refused.code == 2, command
        assert "mediamix ingest" in refused.err, command
    assert {path.name for path in tmp_path.iterdir()} == {"mediamix.yml"}
