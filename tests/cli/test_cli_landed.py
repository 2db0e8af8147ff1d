"""A project whose spec names no tables: rows land, and its run builds, fits and reports what has landed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from driving import call

from mediamix.warehouse.engines.duckdb import DuckDB

WEEKS = [date(2025, 1, 6) + timedelta(weeks=n) for n in range(60)]
SPEC = "sampler: {chains: 2, draws: 120, tune: 120}\n"
SPENT = {
    "tv": sum((n * 37 % 11) * 100.25 for n in range(60)),
    "search": sum((n * 53 % 7) * 50.5 for n in range(60)),
    "Harbour Podcasts": sum((n * 29 % 13) * 40.25 for n in range(60)),
}


def shop() -> str:
    lines = ["date,revenue,tv_spend,search_spend"]
    for n, week in enumerate(WEEKS):
        tv, search = (n * 37 % 11) * 100.25, (n * 53 % 7) * 50.5
        noise = (n * 71 % 17) * 120
        lines.append(f"{week},{20_000 + noise + tv * 2 + search * 3:.2f},{tv},{search}")
    return "\n".join(lines) + "\n"


def podcasts() -> str:
    rows = [f"{week},Harbour Podcasts,{(n * 29 % 13) * 40.25}" for n, week in enumerate(WEEKS)]
    return "\n".join(["date,channel,spend", *rows]) + "\n"


@pytest.fixture
def landed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a spec without tables, rows of two channels in its warehouse, then of a third."""
    monkeypatch.chdir(tmp_path)
    Path("shop.csv").write_text(shop())
    Path("new.csv").write_text(podcasts())
    Path("mediamix.yml").write_text(SPEC)
    made = call("ingest", "files", "shop.csv", "--set", "currency=EUR")
    assert made.code == 0, made.err
    spec = Path("mediamix.yml").read_text()
    made = call("ingest", "files", "new.csv", "--set", "currency=EUR")
    assert made.code == 0, made.err
    assert Path("mediamix.yml").read_text() == spec  # nobody edits anything for a new channel
    return tmp_path


def spent_in_datamart(folder: Path) -> dict[str, float]:
    with DuckDB(folder / "warehouse.duckdb").connect(read_only=True) as session:
        sql = "select channel, sum(spend) from mart.mmm_datamart group by channel"
        return {name: float(amount) for name, amount in session.execute(sql).fetchall()}


@pytest.mark.by_hand
def test_a_run_of_what_has_landed_is_whole(landed: Path) -> None:
    ran = call("run", "--json")
    assert ran.code in (0, 3), ran.err
    pages = Path("runs", ran.json["id"], "report.html").read_text()
    assert pages.count("Harbour Podcasts") > 3
    assert spent_in_datamart(landed) == SPENT
    assert call("run", "--json").json["id"] == ran.json["id"]  # the same rows are the same run
    Path("bounds.yml").write_text("radio: [0, 1]\n")
    refused = call("run", "--out", "all", "--bounds", "bounds.yml")
    assert refused.code == 2
    assert "the bounds name 'radio', which is no channel of the data" in refused.err
    assert not Path("all").exists()
    made = call("run", "--out", "all", "--json")
    assert made.code in (0, 3), made.err
    assert made.json["summary"]["channels"]["Harbour Podcasts"]["spend"] == SPENT["Harbour Podcasts"]
    (landed / "new.csv").write_text(podcasts().replace(",40.25", ",41.25"))
    assert call("ingest", "files", "new.csv", "--set", "currency=EUR").code == 0
    assert call("promote", ran.json["id"], "--force").code == 0
    again = call("run", "--json").json["id"]
    assert again != ran.json["id"]
    moved = {one["channel"]: one for one in call("status", "--json").json["roi"]}
    for one in moved.values():
        assert (one["run_before"], one["run_after"]) == (ran.json["id"], again)
    of_podcasts = "spend of Harbour Podcasts restated in 4 of 60 common periods"
    assert of_podcasts in Path("runs", again, "report.html").read_text()
    assert moved["Harbour Podcasts"]["why"][0].startswith(of_podcasts)


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
