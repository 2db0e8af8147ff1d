"""The whole way of a project by its commands: files, a SQL table, a platform, build, status, check, and what
a fit reads.

What it comes to is compared between engines, and with what the tables and the platform's world add up to.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.driving import call
from mediamix import pipeline
from mediamix.core.documents import as_yaml
from mediamix.core.spec import load_spec
from mediamix.testing.platforms.base import World, WorldAccount
from mediamix.testing.platforms.tiktok import TikTokServer
from mediamix.warehouse.engine import warehouse_of

DAYS = 70
ACCOUNTS = (
    WorldAccount("7000000001", "Nordwind DE", "EUR", "Europe/Berlin"),
    WorldAccount("7000000002", "Nordwind US", "USD", "America/Los_Angeles"),
)
RATE, CENT = Decimal("0.5"), Decimal("0.01")
#: A day of the table that is taken back, counted from the first, and its spend.
TAKEN, BACK = timedelta(days=9), Decimal("7.01")
PATTERNS = "priority,source,campaign,channel\n1,tiktok,*1,Short video\n2,tiktok,*,Video\n3,meta,*,Meta\n"
#: Keys that say when, and of which warehouse.
_OWN = frozenset({"warehouse", "pulled_at", "landed_at", "started_at", "last"})


@dataclass(frozen=True)
class Story:
    """What a way came to.

    Args:
        status: Of `mediamix status`, without what only this run says.
        checked: Findings of `mediamix check`.
        hash: Of the dataset that a fit reads.
    """

    status: Mapping[str, Any]
    checked: list[Any]
    hash: str


@contextmanager
def platform(today: date) -> Iterator[TikTokServer]:
    """A platform with two accounts, one of them in dollars; its last days are over wherever one is."""
    world = World(today - timedelta(days=DAYS), today - timedelta(days=3), accounts=ACCOUNTS, campaigns=2)
    with TikTokServer(world) as server:
        yield server


def land(
    folder: Path, warehouse: Mapping[str, Any], server: TikTokServer, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Decimal]:
    """Begin a project in a new folder and land all of it, most of it twice; spend in EUR, by channel."""
    monkeypatch.chdir(folder)
    for name, value in server.secrets.items():
        monkeypatch.setenv(name, value)
    truth = _write(folder, server.world.first)
    spec = {
        "outcome": {"column": "revenue", "unit": "revenue", "currency": "EUR"},
        "time": {"every": "day"},
        "warehouse": warehouse,
        "mart": {"exchange_rates": "rates.csv", "channel_patterns": "patterns.csv", "fresh_days": 4000},
        "sources": {"tiktok": {"since": server.world.first, "endpoint": server.endpoint}},
    }
    (folder / "mediamix.yml").write_text(as_yaml(spec))
    monkeypatch.setenv("SHOP_TABLES", f"sqlite:///{folder / 'shop.db'}")
    done("ingest", "files", "exports", "--set", "currency=EUR")
    assert done("ingest", "files", "exports", "--json").json["same"] is True
    done("ingest", "table", "SHOP_TABLES", "meta_report", "--currency", "EUR")
    # What the table takes back goes, and is told.
    with closing(sqlite3.connect(folder / "shop.db")) as database, database:
        database.execute("delete from meta_report where date_day = ?", [str(server.world.first + TAKEN)])
    again = done("ingest", "table", "SHOP_TABLES", "meta_report", "--currency", "EUR", "--json").json
    moved = [one for one in again["restated"] if one["metric"] == "spend"]
    assert [Decimal(one["after"]) - Decimal(one["before"]) for one in moved] == [-BACK]
    truth["Meta"] -= BACK
    done("ingest", "tiktok")
    done("ingest")
    return {**truth, **_of(server.world)}


def walk(
    folder: Path, warehouse: Mapping[str, Any], server: TikTokServer, monkeypatch: pytest.MonkeyPatch
) -> Story:
    """Go the whole way in a new folder, and see that it comes to what was spent, to the cent.

    Args:
        folder: For the project.
        warehouse: The spec's section.
        server: The platform.
        monkeypatch: For the secrets.
    """
    truth = land(folder, warehouse, server, monkeypatch)
    done("build")
    told = done("status", "--json").json
    assert "last build" in done("status").out
    checked = done("check", "--json").json["findings"]
    read = load_spec(folder / "mediamix.yml")
    store = warehouse_of(read, folder)
    dataset = pipeline.read_mart(read, store, folder)
    with store.connect(read_only=True) as session:
        rows = session.execute(
            f"select channel, sum({session.decimal('value')}) from {session.name('mart', 'media_day')} "
            "where metric = 'spend' group by channel"
        ).fetchall()
    spend = {str(channel): Decimal(str(total)).quantize(CENT) for channel, total in rows}
    assert spend == {channel: total.quantize(CENT) for channel, total in truth.items()}
    return Story(_without_times(told), checked, dataset.hash)


def done(*words: str) -> Any:
    made = call(*words)
    assert made.code == 0, (words, made.out, made.err)
    return made


def _write(folder: Path, first: date) -> dict[str, Decimal]:
    """Files, the stated tables and a database; what each spends."""
    (folder / "exports").mkdir()
    days = [first + timedelta(days=n) for n in range(DAYS)]
    lines, tv = ["date,revenue,tv_spend,tv_impressions"], Decimal()
    for n, day in enumerate(days):
        spent = Decimal(n * 37 % 11) * Decimal("100.25")
        tv += spent
        lines.append(f"{day},{20_000 + 2 * spent + n * 53 % 7},{spent},{int(spent) * 90}")
    (folder / "exports" / "shop.csv").write_text("\n".join(lines) + "\n")
    touches = [f"p{n % 5},{day} 09:1{n % 6}:00,Meta,1.05,EUR" for n, day in enumerate(days)]
    (folder / "exports" / "touches.csv").write_text(
        "user_id,touched_at,channel,cost,currency\n" + "\n".join(touches) + "\n"
    )
    orders = [f"p{n % 5},o{n},{day} 20:00:00,{n}.50,EUR" for n, day in enumerate(days[::3])]
    (folder / "exports" / "orders.csv").write_text(
        "user_id,order_id,ordered_at,value,currency\n" + "\n".join(orders) + "\n"
    )
    (folder / "rates.csv").write_text(
        "date,currency,to_currency,rate\n" + "".join(f"{day},USD,EUR,{RATE}\n" for day in days)
    )
    (folder / "patterns.csv").write_text(PATTERNS)
    meta = Decimal()
    with closing(sqlite3.connect(folder / "shop.db")) as database, database:
        database.execute(
            "create table meta_report (date_day text, platform text, account_id text, campaign_id text, "
            "campaign_name text, clicks int, impressions int, spend text)"
        )
        for n, day in enumerate(days):
            spent = Decimal(n * 29 % 13) * Decimal("7.01")
            meta += spent
            row = (str(day), "meta", "9", "10", "Summer", n, n * 100, str(spent))
            database.execute("insert into meta_report values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return {"tv": tv, "Meta": meta}


def _of(world: World) -> dict[str, Decimal]:
    """What the platform's channels spent, in EUR."""
    found = {"Short video": Decimal(), "Video": Decimal()}
    for account in world.accounts:
        rate = RATE if account.currency == "USD" else Decimal(1)
        for row in world.rows(account.id, world.first, world.last):
            found["Short video" if row.campaign_name.endswith("1") else "Video"] += row.spend * rate
    return found


def _without_times(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _without_times(value) for key, value in told.items() if key not in _OWN}
    return [_without_times(one) for one in told] if isinstance(told, list) else told
