"""Known tables: each form read exactly, added up to the grain of its contract, and never twice."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mediamix.core.errors import DataError, FolderError, SpecError
from mediamix.ingest.bundle import read_delivery, sort_files
from mediamix.ingest.cells_sql import headers_of
from mediamix.ingest.contracts import CAMPAIGN_DAY, CONVERSION, TOUCH
from mediamix.ingest.form import form_of, forms
from mediamix.ingest.given import files_of
from mediamix.ingest.wide import Given, rows_of

AT = datetime(2026, 11, 1, 12)
GIVEN = Given("files/x", AT, "EUR")
REPORT = """\
source_relation,date_day,platform,account_id,account_name,campaign_id,campaign_name,clicks,impressions,spend,\
conversions,conversions_value
a,2026-01-01,google_ads,1,Shop,10,Brand,5,100,12.345678,1.5,30.10
a,2026-01-01,facebook_ads,7,Shop,20,Prospecting,6,200,0.1,,
a,2026-01-02,google_ads,1,Shop,10,Brand,7,300,0.2,2,
"""
GOOGLE = """\
customer_id,date,ad_network_type,device,clicks,conversions,conversions_value,cost_micros,id,impressions
1,2026-01-01,SEARCH,MOBILE,1,0.5,0,1230000,10,10
1,2026-01-01,SEARCH,DESKTOP,2,0.5,1.5,1,10,20
1,2026-01-02,CONTENT,DESKTOP,3,0,0,2000000,11,30
"""
CAMPAIGNS = """id,updated_at,name,customer_id,advertising_channel_type
10,2025-01-01,Old name,1,SEARCH
10,2026-01-01,New name,1,SEARCH
"""
ACCOUNTS = """id,updated_at,auto_tagging_enabled,currency_code,descriptive_name,time_zone
1,2026-01-01,true,CHF,Shop,Europe/Zurich
"""


def write(folder: Path, texts: Mapping[str, str]) -> list[str]:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(folder)]


def made(path: Path, text: str, given: Given = GIVEN):
    path.write_text(text, encoding="utf-8")
    form = form_of(headers_of([path])[path], path.name)
    assert form is not None
    return rows_of(path, form, given, path.parent)


def test_an_ad_reporting_report_is_taken_as_it_stands(tmp_path: Path) -> None:
    report = made(tmp_path / "report.csv", REPORT)
    assert report.form.name == "ad_reporting"
    truth = sum((Decimal(row["spend"]) for row in csv.DictReader(REPORT.splitlines())), Decimal())
    assert report.money == {"EUR": truth}
    rows = report.rows.to_pylist()
    assert report.rows.column_names == [column.name for column in CAMPAIGN_DAY.all_columns]
    assert [(row["platform"], row["account_id"], row["date"], row["spend"]) for row in rows] == [
        ("google_ads", "1", date(2026, 1, 1), Decimal("12.345678")),
        ("facebook_ads", "7", date(2026, 1, 1), Decimal("0.100000")),
        ("google_ads", "1", date(2026, 1, 2), Decimal("0.200000")),
    ]
    assert rows[1]["conversions"] is None  # what isn't said is not nothing


def test_no_currency_is_never_one(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="says no currency, and none is assumed"):
        made(tmp_path / "report.csv", REPORT, Given("files/x", AT))


def test_a_raw_copy_is_added_up_and_named_by_the_tables_beside_it(tmp_path: Path) -> None:
    paths = write(
        tmp_path / "raw",
        {
            "google_ads_campaign_stats.csv": GOOGLE,
            "google_ads_campaign_history.csv": CAMPAIGNS,
            "google_ads_account_history.csv": ACCOUNTS,
            "google_ads_ad_stats.csv": "customer_id,date,ad_id,campaign_id,cost_micros\n"
            "1,2026-01-01,9,10,1230001\n",
            "google_ads_account_stats.csv": "customer_id,date,cost_micros\n1,2026-01-01,1230001\n",
        },
    )
    read = read_delivery("files/raw", files_of(paths, tmp_path), Given("files/raw", AT), tmp_path)
    (report,) = read.made
    rows = report.rows.to_pylist()
    # 1.230000 + 0.000001, exact: a float would have lost it in a larger sum
    assert [(r["campaign_name"], r["spend"], r["clicks"], r["impressions"]) for r in rows] == [
        ("New name", Decimal("1.230001"), 3, 30),
        (None, Decimal("2.000000"), 3, 30),
    ]
    assert {row["currency"] for row in rows} == {"CHF"}
    assert {row["time_zone"] for row in rows} == {"Europe/Zurich"}
    assert sum(report.money.values()) == Decimal("3.230001")
    left_out = {Path(file.name).name: why for file, why in read.sorted.left_out.items()}
    assert set(left_out) == {"google_ads_ad_stats.csv", "google_ads_account_stats.csv"}
    assert all("the same money again" in why for why in left_out.values())


def test_a_row_that_a_loader_delivered_twice_counts_once(tmp_path: Path) -> None:
    text = "_fivetran_synced,campaign_id,stat_time_day,spend,clicks,impressions\n"
    text += "2026-01-02 10:00:00,5,2026-01-01 00:00:00,3.50,1,2\n"
    text += "2026-01-03 10:00:00,5,2026-01-01 00:00:00,3.50,1,2\n"
    report = made(tmp_path / "tiktok_campaign_report.csv", text)
    assert report.money == {"EUR": Decimal("3.50")}
    assert "1 row of tiktok_campaign_report.csv came twice, and count once" in report.notes


def test_rows_that_contradict_each_other_stop(tmp_path: Path) -> None:
    other = REPORT + "a,2026-01-02,google_ads,1,Shop,10,Brand,7,300,0.3,2,\n"
    with pytest.raises(
        DataError, match=r"(?s)says the same thing twice, differently.*rows 4 and 5: source_relation=a"
    ):
        made(tmp_path / "report.csv", other)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (",0.1,", ',"1.234,5",', r"row 3, column 'spend': '1\.234,5' is not a number"),
        ("2026-01-02", "02.01.2026", r"row 4, column 'date_day': '02\.01\.2026' is not a day"),
        ("2026-01-02", "2026-01-02T23:00:00+05:00", r"row 4, column 'date_day'"),
        ("2026-01-02", "", r"row 4: no date \(in 1 row\)"),
        (",1,Shop,10,Brand,5", ",,Shop,10,Brand,5", r"row 2: no account_id"),
    ],
)
def test_a_cell_that_cannot_be_read_stops_with_its_place(
    tmp_path: Path, before: str, after: str, words: str
) -> None:
    assert before in REPORT
    with pytest.raises(DataError, match=words):
        made(tmp_path / "report.csv", REPORT.replace(before, after, 1))


def test_a_broken_line_stops_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(REPORT + "a,2026-01-03,google_ads,1,Shop,10,Brand,7,300,0.3,2,1,too,many\n")
    with pytest.raises(
        DataError, match=r"(?s)other cells than its header.*row 5: 14 cells, the header has 12"
    ):
        rows_of(path, forms()["ad_reporting"], GIVEN, path.parent)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(REPORT.replace("Prospecting", "Größe").encode(encoding))
    report = rows_of(path, forms()["ad_reporting"], GIVEN, path.parent)
    assert "Größe" in report.rows.column("campaign_name").to_pylist()
    assert report.money == {"EUR": Decimal("12.645678")}


def test_journeys_keep_their_moments(tmp_path: Path) -> None:
    touches = made(
        tmp_path / "touches.csv",
        "user_id,timestamp,channel,campaign\n"
        "u1,2026-01-01T10:00:00+02:00,search,brand\nu1,2026-01-01 9:05:00,tv,\n",
    )
    assert touches.form.lands is TOUCH
    assert touches.rows.column("touched_at").to_pylist() == [
        datetime(2026, 1, 1, 8),
        datetime(2026, 1, 1, 9, 5),
    ]
    orders = made(
        tmp_path / "orders.csv", "user_id,order_id,order_time,revenue\nu1,o1,2026-01-02 00:00:00,19.99\n"
    )
    assert orders.form.lands is CONVERSION
    assert orders.rows.column("value").to_pylist() == [Decimal("19.990000")]


def test_two_reports_with_the_same_rows_are_refused(tmp_path: Path) -> None:
    paths = write(tmp_path / "both", {"january.csv": REPORT, "all.csv": REPORT.replace("0.1,", "0.4,")})
    read = read_delivery("files/both", files_of(paths, tmp_path), GIVEN, tmp_path)
    with pytest.raises(DataError, match="two tables of the delivery hold the same rows"):
        read.wide()


def test_tables_that_hold_money_and_are_not_known_stop(tmp_path: Path) -> None:
    unknown = "campaign_id,date,spend,odd\n1,2026-01-01,5,x\n"
    paths = write(tmp_path / "raw", {"google_ads_campaign_stats.csv": GOOGLE, "other_report.csv": unknown})
    with pytest.raises(DataError, match=r"(?s)what they are isn't known.*other_report\.csv"):
        sort_files(files_of(paths, tmp_path))


def test_media_alone_and_an_outcome_alone_are_deliveries(tmp_path: Path) -> None:
    weeks = [f"2026-0{month}-0{day}" for month in (1, 2, 3) for day in (1, 8)]
    media = "date,channel,spend\n" + "".join(f"{week},tv,{n}.25\n" for n, week in enumerate(weeks, 1))
    paths = write(tmp_path / "media", {"media.csv": media})
    read = read_delivery("files/media", files_of(paths, tmp_path), GIVEN, tmp_path, {"currency": "EUR"})
    assert read.tables is not None
    assert read.tables.outcome.empty
    assert float(read.tables.media["spend"].sum()) == 22.5
    outcome = "date,revenue\n" + "".join(f"{week},{n}000\n" for n, week in enumerate(weeks, 1))
    paths = write(tmp_path / "outcome", {"sales.csv": outcome})
    read = read_delivery("files/outcome", files_of(paths, tmp_path), GIVEN, tmp_path, {"currency": "EUR"})
    assert read.tables is not None
    assert read.tables.media.empty
    assert float(read.tables.outcome["revenue"].sum()) == 21_000.0


def test_parquet_decimals_and_codes_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "report.parquet"
    table = pa.table(
        {
            "date_day": pa.array([date(2026, 1, 1)]),
            "platform": ["google_ads"],
            "account_id": pa.array([12345678901], pa.int64()),
            "campaign_id": pa.array([7.0], pa.float64()),
            "spend": pa.array([Decimal("0.1")], pa.decimal128(18, 6)),
        }
    )
    pq.write_table(table, path)
    (row,) = rows_of(path, forms()["ad_reporting"], GIVEN, path.parent).rows.to_pylist()
    assert (row["account_id"], row["campaign_id"], row["spend"]) == ("12345678901", "7", Decimal("0.100000"))


def test_a_folder_takes_tables_alone(tmp_path: Path) -> None:
    write(tmp_path / "d", {"a.csv": REPORT, "~$a.xlsx": "", "b.csv.part": "", ".c.csv": "", "notes.docx": ""})
    assert [Path(file.name).name for file in files_of([str(tmp_path / "d")], tmp_path)] == ["a.csv"]
    with pytest.raises(FolderError, match="holds no table"):
        files_of([str(write(tmp_path / "e", {"notes.docx": ""})[0])], tmp_path)
    with pytest.raises(FolderError, match=r"did you mean 'a\.csv'"):
        files_of([str(tmp_path / "d" / "aa.csv")], tmp_path)


def test_an_address_is_read_and_says_no_secret(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="the extra 'cloud'")
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/exports/report.csv", REPORT.encode())
    memory.pipe("/bucket/exports/notes.txt.part", b"")
    (file,) = files_of(["memory://bucket/exports"], tmp_path)
    assert file.name == "memory://bucket/exports/report.csv"
    assert file.path.read_text() == REPORT
    with pytest.raises(FolderError, match="there is nothing at memory://bucket/none"):
        files_of(["memory://bucket/none"], tmp_path)
    with pytest.raises(FolderError) as refused:
        files_of(["nosuch://user:hunter2@host/x"], tmp_path)
    assert "hunter2" not in str(refused.value)


LARGE = """\
date,geo,channel,campaign,spend,impressions,clicks
2026-01-01,north,TV,a,12.345678,100,5
2026-01-01,south,TV,a,0.1,200,
2026-01-02,north,TV,b,0.2,300,7
"""


def large(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch):
    """A table that is too large to be looked at cell by cell."""
    monkeypatch.setattr("mediamix.data.guess.sources.MOST_BYTES", 100)
    paths = write(folder / "in", {"media.csv": text})
    return read_delivery("files/large", files_of(paths, folder), GIVEN, folder)


def test_days_of_campaigns_beyond_a_size_are_read_as_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = large(tmp_path, LARGE, monkeypatch).made
    rows = [
        (r["platform"], r["geo"], r["campaign_id"], r["spend"], r["clicks"]) for r in found.rows.to_pylist()
    ]
    assert rows == [
        ("TV", "north", "a", Decimal("12.345678"), 5),
        ("TV", "south", "a", Decimal("0.100000"), None),
        ("TV", "north", "b", Decimal("0.200000"), 7),
    ]
    assert found.money == {"EUR": Decimal("12.645678")}
    small = sort_files(files_of([str(tmp_path / "in")], tmp_path))
    monkeypatch.undo()
    assert small.known
    assert not sort_files(files_of([str(tmp_path / "in")], tmp_path)).known


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("2026-01-03,north,TV,c,about 5,1,1", "media.csv row 5, column 'spend': 'about 5' is not a number"),
        (
            "2026-01-02,north,TV,b,0.3,300,7",
            "rows 4 and 5: date=2026-01-02, geo=north, channel=TV, campaign=b",
        ),
        ("2026-01-03,north", "row 5: 2 cells, the header has 7"),
        (",north,TV,c,1,1,1", "media.csv row 5: no date"),
    ],
)
def test_a_bad_line_of_such_a_table_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, says: str
) -> None:
    with pytest.raises(DataError) as refused:
        large(tmp_path, LARGE + line + "\n", monkeypatch)
    assert says in "\n".join(refused.value.details)
