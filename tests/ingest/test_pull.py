from __future__ import annotations

import errno
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from pretend import FIRST, SECRET, TODAY, Case, Pretended

from mediamix.core.errors import DataError, FolderError
from mediamix.ingest.contracts import DEAL
from mediamix.ingest.source import Reply, SourceError
from mediamix.testing.platforms.base import World, WorldAccount

ONE = "1000000001"
BAD = TODAY - timedelta(days=5)


def small(**changed) -> World:
    """A single account, two campaigns."""
    account = WorldAccount(ONE, "Nordwind", "EUR", "Europe/Berlin")
    return World(FIRST, TODAY + timedelta(days=3), **{"accounts": (account,), "campaigns": 2, **changed})


class Untidy(Pretended):
    """Some cells that nobody can read, a field of a later version, an address with a secret."""

    bad, later = True, False

    def pull(self, account, days):
        for reply in super().pull(account, days):
            rows = [dict(row) for row in reply.rows]
            for row in rows:
                if self.bad and row["date"] == BAD.isoformat():
                    row["spend"] = "n/a"
                if self.later:
                    row["conversions"] = None
            paging = {"next": f"https://ads.example/?access_token={SECRET}&after=1"}
            body = [{**row, "brand_new": 1, "clicks": 1} if self.later else row for row in rows]
            yield Reply(json.dumps({"data": body, "paging": paging}), rows, ("sampled",))


def test_what_cannot_be_read_is_told_kept_aside_and_gone_once_the_platform_mends_it(tmp_path, monkeypatch):
    case = Case(tmp_path, world=small(), connect=Untidy)
    ghost = case.server.world.spend(ONE, BAD, BAD)
    pulled = case.pull()

    assert case.landed()[ONE] == case.truth()[ONE] - ghost
    aside = case.sql("select date, field, value, reason from landing.quarantine")
    assert aside
    assert set(aside) == {(BAD, "spend", "n/a", "a number is needed")}
    told = {one.check: one.message for one in pulled.findings}
    assert "can't be read and count nowhere: spend 'n/a': a number is needed" in told["quarantine"]
    assert f"(-{ghost:f})" in told["total"].replace("0000)", ")")
    assert told["note"] == "sampled"
    assert pulled.accounts[0].difference == -ghost
    # The day itself has landed, without that row: it is no hole.
    assert case.sql(f"select count(*) from landing.campaign_day where date = '{BAD}'") == [(1,)]
    # No secret is kept, wherever the platform puts it.
    assert not [body for (body,) in case.sql("select body from landing.raw_reply") if SECRET in body]

    monkeypatch.setattr(Untidy, "bad", False)
    monkeypatch.setattr(Untidy, "later", True)
    pulled = case.pull()
    assert case.landed() == case.truth()
    assert case.sql("select count(*) from landing.quarantine") == [(0,)]
    assert [one.after - one.before for one in pulled.restated if one.metric == "spend"] == [ghost]
    schema = [(one.severity, one.message) for one in pulled.findings if one.check == "schema"]
    assert schema[0][0] == "warning"
    assert "'conversions' isn't filled any more" in schema[0][1]
    assert {message for _, message in schema[1:]} == {
        "a field that wasn't there before: data.brand_new",
        "data.clicks was text, and is now a number",
    }


def test_days_are_replaced_whole_and_the_ledger_says_what_moved(tmp_path):
    case = Case(tmp_path)
    first = case.pull()
    assert case.landed() == case.truth()  # the world has rows of today: none has landed
    assert first.restated == ()
    assert [one.difference for one in first.accounts] == [0, 0]

    case.today += timedelta(days=1)
    february, march = date(2026, 2, 26), date(2026, 3, 2)
    gone = sum(row.spend for row in case.server.world.vanish(ONE, february))
    dearer = case.server.world.rows(ONE, march, march)[0]
    case.server.world.restate(ONE, march, dearer.campaign_id, spend=dearer.spend + Decimal("1.23"))
    before = case.landed()[ONE]
    pulled = case.pull()
    assert case.landed() == case.truth()

    moved = {one.month: one for one in pulled.restated if one.metric == "spend"}
    assert {month: one.after - one.before for month, one in moved.items()} == {
        date(2026, 2, 1): -gone,
        date(2026, 3, 1): Decimal("1.23"),
    }
    # Sums are those of the whole month as it had landed, so that the change is one of the month.
    all_february = case.server.world.spend(ONE, date(2026, 2, 1), date(2026, 2, 28))
    assert moved[date(2026, 2, 1)].after == all_february
    assert moved[date(2026, 2, 1)].change == -gone / (all_february + gone)
    assert sum(one.before for one in moved.values()) <= before
    rows = case.sql("select month, before, after from landing.restated where metric = 'spend' order by 1")
    assert rows == [(month, one.before, one.after) for month, one in sorted(moved.items())]
    # A day on which nothing ran is a day that was asked for.
    assert case.sql(
        f"select campaign_id, spend from landing.campaign_day where date = '{february}' "
        f"and account_id = '{ONE}'"
    ) == [(None, None)]


def test_a_platform_that_refuses_half_way_leaves_what_is_whole(tmp_path):
    class Half(Pretended):
        def pull(self, account, days):
            if account.id != ONE:
                raise SourceError("no permission", next_step="ask for it")
            yield from super().pull(account, days)

    case = Case(tmp_path, connect=Half)
    with pytest.raises(SourceError, match="no permission"):
        case.pull()
    assert case.landed() == {ONE: case.truth()[ONE]}


def test_an_account_twice_is_one_and_days_that_are_gone_are_announced(tmp_path):
    case = Case(tmp_path, world=small(), history=20)
    case.server.world.accounts *= 2
    pulled = case.pull()
    assert len(pulled.accounts) == 1
    (finding,) = [one for one in pulled.findings if one.check == "history"]
    kept = TODAY - timedelta(days=20)
    assert finding.message == (
        f"{FIRST} to {kept - timedelta(days=1)} can't be had: the platform keeps 20 days"
    )
    assert case.landed() == {ONE: case.server.world.spend(ONE, kept, TODAY - timedelta(days=1))}


def test_no_currency_and_no_time_zone_are_errors_all_at_once(tmp_path):
    case = Case(tmp_path)
    one, other = case.server.world.accounts
    case.server.world.accounts = (replace(one, currency=""), replace(other, time_zone="Mars/Olympus"))
    with pytest.raises(DataError, match="money or days can't be told") as found:
        case.pull()
    assert len(found.value.details) == 2
    assert "never a guess" in str(found.value)
    assert not case.path.exists()


def test_without_any_account_there_is_nothing_to_pull(tmp_path):
    with pytest.raises(SourceError, match="shows no account"):
        Case(tmp_path, world=small(accounts=())).pull()


def test_today_is_the_account_s_own_and_a_clock_set_back_orders_nothing(tmp_path):
    # At noon UTC it is the next day already in Kiritimati.
    account = WorldAccount(ONE, "Nordwind", "AUD", "Pacific/Kiritimati")
    case = Case(tmp_path, world=small(accounts=(account,)))
    case.pull()
    assert case.landed() == case.truth(TODAY)
    (first,) = case.sql("select max(pulled_at) from landing.campaign_day")
    case.today -= timedelta(days=1)
    case.server.world.vanish(ONE, TODAY - timedelta(days=3))
    case.sql("alter table landing.campaign_day drop column reach")  # an older form gets what may be empty
    case.pull()
    assert case.landed() == case.truth(TODAY)
    assert case.sql("select count(reach) from landing.campaign_day") == [(0,)]
    (then,) = case.sql("select max(pulled_at) from landing.campaign_day")
    assert then > first


def test_what_a_poisoned_load_has_left_stops_nobody_and_nothing_is_written_elsewhere(tmp_path, monkeypatch):
    import dlt

    home, here = tmp_path / "home", tmp_path / "here"
    (here / ".dlt").mkdir(parents=True)
    home.mkdir()
    (here / ".dlt" / "config.toml").write_text('dataset_name_layout = "elsewhere_%s"\n')
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DLT_DATA_DIR", str(home))
    case = Case(tmp_path, world=small())
    folder = tmp_path / ".warehouse.duckdb.dlt" / "pull-pretend"
    poisoned = dlt.pipeline(
        "mediamix_pretend",
        pipelines_dir=str(folder),
        destination=dlt.destinations.duckdb(str(case.path)),
        dataset_name="landing",
    )
    poisoned.extract([{"spend": "a lot"}], table_name="campaign_day")
    poisoned.normalize()
    assert poisoned.has_pending_data
    before = {path for path in home.rglob("*") if path.is_file()}

    case.pull()
    assert case.landed() == case.truth()
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert {path for path in home.rglob("*") if path.is_file()} == before
    assert not list(tmp_path.rglob("*.pickle"))
    assert case.sql("select distinct schema_name from duckdb_tables() where schema_name like 'else%'") == []
    from dlt.common.runtime import anon_tracker

    assert anon_tracker._ANON_TRACKER_ENDPOINT is None  # no usage data is sent


def test_a_table_that_somebody_dropped_is_made_and_filled_again(tmp_path):
    case = Case(tmp_path, world=small())
    case.pull()
    case.sql("alter table landing.account_month drop column last_day")
    with pytest.raises(FolderError, match=r"landing.account_month has another form[\s\S]*no column last_day"):
        case.pull()
    case.sql("drop table landing.account_month")
    case.sql("drop table landing.campaign_day")
    case.pull()
    assert case.landed() == case.truth()
    assert case.sql("select max(last_day) from landing.account_month") == [(TODAY - timedelta(days=1),)]


class Deals(Pretended):
    """Deals by the day of their change; one per delivery."""

    def row(self, one):
        noon = f"{one.date}T12:00:00Z"
        return {
            "deal_id": f"{one.campaign_id}-{one.date}",
            "created_at": noon,
            "modified_at": noon,
            "is_won": True,
            "is_deleted": False,
            "amount": str(one.spend),
        }

    def total(self, account, days):
        raise AssertionError("a CRM has no total by month")


def test_deals_are_asked_for_from_their_newest_change_on(tmp_path):
    case = Case(tmp_path, world=small(), connect=Deals, lands=DEAL, restates=3)
    case.pull()
    sums = "select sum(amount), count(*) = count(distinct deal_id), min(currency) from landing.deal"
    assert case.sql(sums) == [(case.truth()[ONE], True, "EUR")]
    case.server.asked.clear()
    case.today += timedelta(days=2)
    pulled = case.pull()
    assert case.server.asked[0][1].first == TODAY - timedelta(days=1)
    assert case.sql(sums) == [(case.truth()[ONE], True, "EUR")]
    assert pulled.accounts[0].total is None
    assert pulled.restated == ()


def test_a_disk_that_is_full_is_the_user_s_to_mend_and_nothing_is_half(tmp_path, monkeypatch):
    from dlt.common.storages.file_storage import FileStorage

    case = Case(tmp_path, world=small())

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(FileStorage, "save", full)
        with pytest.raises(FolderError, match="No space left on device"):
            case.pull()
    case.pull()
    assert case.landed() == case.truth()
