"""`mediamix ingest`, `build` without tables in the spec, `status`, `init --sources`, `list sources`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from driving import call, tree

from mediamix import pipeline
from mediamix.cli import watching
from mediamix.core.spec import load_spec
from mediamix.data.ledger import Entry
from mediamix.data.read import read_spec
from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.source import Account, Days, Reply, Secret, Source, SourceError
from mediamix.project.folder import Project
from mediamix.project.ingesting import Options
from mediamix.project.record import State
from mediamix.training.record import Training
from mediamix.warehouse.engine import warehouse_of

WEEKS = [date(2025, 1, 6) + timedelta(weeks=n) for n in range(60)]
REPORT = "date_day,platform,account_id,campaign_id,campaign_name,clicks,impressions,spend\n"
TODAY = date(2026, 11, 20)


def table(extra: str = "") -> str:
    lines = ["date,revenue,tv_spend,tv_impressions,search_spend,price_index"]
    for n, week in enumerate(WEEKS):
        tv, search = (n * 37 % 11) * 100.25, (n * 53 % 7) * 50.5
        lines.append(f"{week},{20_000 + tv * 2 + search * 3:.2f},{tv},{int(tv * 90)},{search},{100 + n % 5}")
    return "\n".join(lines) + "\n" + extra


def report(**spend: str) -> str:
    rows = {"2026-01-05": "100.10", "2026-01-06": "50.05", **spend}
    return REPORT + "".join(f"{day},google_ads,1,10,Brand,1,10,{money}\n" for day, money in rows.items())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exports").mkdir()
    return tmp_path


def test_files_to_a_fit_reads_what_the_files_say(here: Path) -> None:
    """`mediamix ingest files … && mediamix build`, and the dataset is that of the files, hash for hash."""
    (here / "exports" / "shop.csv").write_text(table())
    first = call("ingest", "files", "exports", "--set", "currency=EUR")
    assert first.code == 0, first.err
    assert "Landed as 'files/exports'" in first.out
    assert call("build").code == 0
    spec = load_spec(here / "mediamix.yml")
    assert not pipeline.names_tables(spec)
    landed = pipeline.read_mart(spec, warehouse_of(spec, here), here)
    founded = call("init", "exports/shop.csv", "--out", "project", "--set", "currency=EUR", "--yes")
    assert founded.code == 0, founded.err
    direct = read_spec(load_spec(here / "project" / "mediamix.yml"), here / "project")
    assert landed.hash == direct.hash
    told = call("status", "--json").json
    assert {one["table"]: one["rows"] for one in told["deliveries"]}["outcome_day"] == len(WEEKS)
    assert told["builds"][0]["failed"] == 0
    assert told["trainings"] is None
    Training("20261122T050000Z", "ann", State.FAILED, "2026-11-22T05:00:00Z").write(Project(here))
    with (here / "mediamix.yml").open("a") as written:
        written.write("\nschedule: {}\n")
    said = call("status").out
    assert "last build" in said
    assert "last training: 20261122T050000Z, failed; next: " in said
    told = call("status", "--json").json["trainings"]
    assert told["last"]["state"] == "failed"
    assert datetime.fromisoformat(told["next"]).weekday() == 6


def test_the_same_files_land_once_and_changed_ones_replace_theirs(here: Path) -> None:
    (here / "exports" / "report.csv").write_text(report())
    command = ("ingest", "files", "exports", "--currency", "EUR", "--json")
    assert call(*command).json["money"] == {"EUR": "150.150000"}
    assert call(*command).json["same"] is True
    (here / "exports" / "report.csv").write_text(report(**{"2026-01-06": "49.05"}))
    again = call(*command).json
    assert again["money"] == {"EUR": "149.150000"}
    (moved,) = again["restated"]
    assert (moved["month"], moved["before"], moved["after"]) == ("2026-01-01", "150.150000", "149.150000")
    told = call("status", "--json").json
    (account,) = told["accounts"]
    assert (account["money"], account["rows"], account["platform"]) == ("149.150000", 2, "google_ads")
    assert told["restated"][0]["change"] == pytest.approx(-1 / 150.15)
    assert "moved by −0.67 % (−EUR 1.00)" in call("status").out


def test_a_day_that_a_report_takes_back_is_told_and_stays_as_an_empty_one(here: Path) -> None:
    (here / "exports" / "report.csv").write_text(report())
    command = ("ingest", "files", "exports", "--currency", "EUR", "--json")
    assert call(*command).code == 0
    (here / "exports" / "report.csv").write_text(
        report().replace("2026-01-05,google_ads,1,10,Brand,1,10,100.10\n", "")
    )
    (spend,) = [one for one in call(*command).json["restated"] if one["metric"] == "spend"]
    assert (spend["before"], spend["after"]) == ("150.150000", "50.050000")
    (account,) = call("status", "--json").json["accounts"]
    assert (account["first"], account["rows"], account["money"]) == ("2026-01-05", 1, "50.050000")


def test_a_file_that_is_gone_keeps_its_rows(here: Path) -> None:
    (here / "exports" / "a.csv").write_text(report())
    (here / "exports" / "b.csv").write_text(report().replace(",1,10,Brand", ",2,10,Brand"))
    command = ("ingest", "files", "exports", "--currency", "EUR")
    assert call(*command).code == 0
    (here / "exports" / "b.csv").unlink()
    refused = call(*command)
    assert refused.code == 2
    assert "files of 'files/exports' that have landed are gone" in refused.err
    assert len(call("status", "--json").json["accounts"]) == 2
    assert call(*command, "--drop-gone").code == 0
    assert len(call("status", "--json").json["accounts"]) == 1


def test_a_file_in_two_deliveries_is_refused(here: Path) -> None:
    (here / "exports" / "report.csv").write_text(report())
    assert call("ingest", "files", "exports", "--currency", "EUR").code == 0
    refused = call("ingest", "files", "exports/report.csv", "--currency", "EUR")
    assert refused.code == 2
    assert "report.csv has landed as 'files/exports'" in refused.err
    assert "--as files/exports" in refused.err


def test_what_is_refused_lands_nothing_and_writes_no_spec(here: Path) -> None:
    (here / "exports" / "report.csv").write_text(report().replace("100.10", "many"))
    before = tree(here)
    refused = call("ingest", "files", "exports", "--currency", "EUR")
    assert refused.code == 2
    assert "row 2, column 'spend': 'many' is not a number" in refused.err
    (here / "exports" / "report.csv").write_text(report())
    assert "says no currency, and none is assumed" in call("ingest", "files", "exports").err
    after = {name: digest for name, digest in tree(here).items() if name != "exports/report.csv"}
    assert after == {name: digest for name, digest in before.items() if name != "exports/report.csv"}


def test_money_in_what_is_no_currency_lands_as_it_is_said_and_that_is_told(here: Path) -> None:
    (here / "exports" / "report.csv").write_text(report())
    made = call("ingest", "files", "exports", "--currency", "CAN", "--json").json
    assert made["money"] == {"CAN": "150.150000"}
    assert made["notes"][0].startswith("money is said to be in 'CAN', which is no code of ISO 4217")
    again = call("ingest", "files", "exports", "--currency", "CAD", "--again", "--json").json
    assert not [note for note in again["notes"] if "4217" in note]


def test_a_spec_gets_what_it_does_not_say_and_keeps_the_rest(here: Path) -> None:
    own = "# mine\noutcome: {currency: CHF}\nholdout: {last: 4}\n"
    (here / "mediamix.yml").write_text(own)
    (here / "exports" / "shop.csv").write_text(table())
    made = call("ingest", "files", "exports")
    assert made.code == 0, made.err
    assert (here / "mediamix.yml").read_text() == own
    assert "→ CHF (as you said)" in made.out  # the spec says it: not asked again


def test_a_question_nobody_answers_is_an_error_with_its_answer(here: Path) -> None:
    (here / "exports" / "odd.csv").write_text(
        "date,a,b\n" + "".join(f"{w},{n},{n}\n" for n, w in enumerate(WEEKS))
    )
    refused = call("ingest", "files", "exports")
    assert refused.code == 2
    assert "has to be answered first" in refused.err or "have to be answered first" in refused.err
    assert not (here / "warehouse.duckdb").exists()


def test_a_watched_folder_lands_each_change_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = here / "exports" / "report.csv"
    looks: list[str] = ["", report(), "", "", report(**{"2026-01-07": "1.00"}), "", "", ""]
    landed: list[Decimal] = []

    def sleep(seconds: float) -> None:
        text = looks.pop(0)
        if text:
            path.write_text(text)
        out = capsys.readouterr().out
        landed.extend(
            Decimal(line.split()[2].strip(",")) for line in out.splitlines() if line.startswith("spend: EUR")
        )

    watching.watch_files(
        ["exports"], here / "mediamix.yml", None, Options(currency="EUR"), every=5.0, as_json=False,
        sleep=sleep, rounds=8,
    )  # fmt: skip
    assert landed == [Decimal("150.15"), Decimal("151.15")]


class Platform:
    """A platform with one account, a euro a day and a half that it takes back later."""

    def __init__(self) -> None:
        self.spend = Decimal("1.50")
        self.refuses = False
        self.says: Decimal | None = None

    def accounts(self) -> list[Account]:
        if self.refuses:
            raise SourceError("the token has expired", next_step="make a new one")
        return [Account("1", "Shop", "EUR", "Europe/Berlin")]

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        rows = [
            {
                "platform": "fake_ads",
                "date": days.first + timedelta(n),
                "campaign_id": "7",
                "spend": str(self.spend),
            }
            for n in range(len(days))
        ]
        yield Reply("{}", rows)

    def total(self, account: Account, days: Days) -> Decimal:
        return self.spend * len(days) if self.says is None else self.says


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    fake = Platform()
    source = Source(
        "fake_ads", "Fake Ads", CAMPAIGN_DAY, (Secret("FAKE_ADS_TOKEN", "of the account"),), 30, "ingest",
        ("days of the account",), lambda asked: fake,
    )  # fmt: skip
    monkeypatch.setattr("mediamix.ingest.asking.source_of", lambda name: source)
    monkeypatch.setenv("FAKE_ADS_TOKEN", "hunter2")
    return fake


def test_a_platform_lands_and_what_it_takes_back_is_told(here: Path, platform: Platform) -> None:
    since = date.today() - timedelta(days=5)
    (here / "mediamix.yml").write_text(f"sources: {{fake_ads: {{since: {since}}}}}\n")
    first = call("ingest")
    assert first.code == 0, first.err
    assert "the same" in first.out
    told = call("status", "--json").json["accounts"]
    days = (date.today() - since).days
    assert abs(Decimal(told[0]["money"]) - Decimal("1.5") * days) <= Decimal(
        "1.5"
    )  # its today may be another
    platform.spend = Decimal("1.20")
    again = call("ingest", "fake_ads", "--json")
    assert again.code == 0, again.err
    (moved,) = [one for one in again.json["sources"][0]["restated"] if one["metric"] == "spend"][:1]
    assert moved["change"] == pytest.approx(-0.2)
    assert "hunter2" not in first.out + first.err + again.out + again.err
    landed = call("status", "--json").json["accounts"]
    platform.refuses = True
    refused = call("ingest")
    assert refused.code == 2
    assert "fake_ads: the token has expired" in refused.err
    assert call("status", "--json").json["accounts"] == landed  # what had landed stays
    platform.refuses = False
    platform.says = Decimal(1000)
    differs = call("ingest")
    assert differs.code == 3
    assert "1,000.00" in differs.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ingest",), "the spec names no sources"),
        (("ingest", "gogle_ads"), "did you mean 'google_ads'?"),
        (("ingest", "files"), "no file is given"),
        (("ingest", "files", "nowhere"), "there is no file nowhere"),
        (("ingest", "table", "ONLY_ONE"), "a SQL table needs two words"),
        (("ingest", "table", "postgresql://u:hunter2@h/d", "t"), "has no place on a command line"),
        (("ingest", "table", "NO_SUCH_VARIABLE", "t"), "NO_SUCH_VARIABLE isn't set"),
        (("ingest", "google_ads", "--watch"), "these options are of files and SQL tables"),
        (("ingest", "files", "exports", "--set", "currency"), "--set takes an answer"),
        (("ingest", "table", "A", "b", "--map", "spend"), "--map takes two names"),
    ],
)
def test_what_is_wrong_is_said_in_one_message(here: Path, words: tuple[str, ...], says: str) -> None:
    refused = call(*words)
    assert refused.code == 2
    assert says in refused.err
    assert "hunter2" not in refused.err


def test_init_writes_what_platforms_and_warehouse_need(here: Path) -> None:
    made = call("init", "shop", "--sources", "google_ads", "--warehouse", "postgres:SHOP_DB")
    assert made.code == 0, made.err
    spec = load_spec(here / "shop" / "mediamix.yml")
    assert list(spec.sources) == ["google_ads"]
    assert spec.warehouse is not None
    assert spec.warehouse.postgres == "SHOP_DB"
    env = (here / "shop" / ".env.example").read_text()
    assert "\nGOOGLE_ADS_REFRESH_TOKEN=\n" in env
    assert "\nSHOP_DB=\n" in env
    assert "type: postgres" in (here / "shop" / "profiles.yml").read_text()
    assert "BigQuery needs the project" in call("init", "other", "--warehouse", "bigquery").err
    assert "did you mean 'google_ads'?" in call("init", "other", "--sources", "google_adz").err
    assert not (here / "other").exists()


def test_list_shows_sources_and_tables() -> None:
    sources = call("list", "sources", "--json").json["sources"]
    assert "GOOGLE_ADS_REFRESH_TOKEN" in str(sources)
    tables = [one["name"] for one in call("list", "tables", "--json").json["tables"]]
    assert "ad_reporting" in tables
    assert "touch" in tables


def test_the_ledger_in_words() -> None:
    july = Entry(
        "meta", date(2026, 7, 1), "EUR", "spend", Decimal(1000), Decimal(982), 2, datetime(2026, 8, 1)
    )
    assert july.words(TODAY) == "July moved by −1.8 %"
    assert july.words(date(2027, 1, 1)) == "July 2026 moved by −1.8 %"
    assert july.amount_words() == "−EUR 18.00"
    gone = Entry("meta", date(2026, 7, 1), "EUR", "conversions", Decimal(4), Decimal(0))
    assert gone.words(TODAY) == "conversions of July fell to nothing, from 4.00"
    new = Entry("meta", date(2026, 7, 1), "EUR", "spend", Decimal(0), Decimal(5))
    assert new.words(TODAY) == "July came to 5.00, from nothing"
