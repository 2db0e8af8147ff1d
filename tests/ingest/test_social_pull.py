"""Meta and TikTok, pulled into a warehouse: what lands of them, and that no secret does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from connectors import holds

from mediamix.ingest.asking import source_of
from mediamix.ingest.patience import Asker, Clock, Patience
from mediamix.ingest.pull import duckdb_landing, pull
from mediamix.ingest.pulled import Wanted
from mediamix.ingest.source import Asked, Dropped, SourceError, TooMuch
from mediamix.testing.platforms import meta, tiktok
from mediamix.testing.platforms.base import World
from mediamix.warehouse.engines.duckdb import DuckDB

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 20)


@pytest.mark.parametrize("server_of", [meta.MetaServer, tiktok.TikTokServer])
def test_a_deleted_campaign_lands_text_is_put_aside_and_no_file_holds_a_secret(
    server_of: type[meta.MetaServer] | type[tiktok.TikTokServer], tmp_path: Path
) -> None:
    name = server_of.__module__.rsplit(".", 1)[-1]
    world = World(FIRST, LAST)
    account = world.accounts[0].id
    rows = world.rows(account, FIRST, LAST)
    campaigns = sorted({row.campaign_id for row in rows})
    warehouse, lines = DuckDB(tmp_path / "warehouse.duckdb"), []
    with server_of(world) as server:
        server.deleted = {campaigns[0]}
        server.text, server.textual = {"spend": "12,50 EUR"}, {campaigns[1]}
        server.faults.next("drop")
        server.faults.next("error", 2)
        clock = Clock(lambda: datetime(2026, 10, 21, 12, tzinfo=UTC), lambda _: None, lambda: 0.5)
        asked = Asked((account,), {}, server.secrets, server.endpoint)
        landing = duckdb_landing(warehouse.path)
        pulled = pull(source_of(name), asked, landing, Wanted(FIRST), clock=clock, told=lines.append)
        secrets = list(server.secrets.values())
    readable = [row for row in rows if row.campaign_id != campaigns[1]]
    with warehouse.connect(read_only=True) as connection:
        landed = connection.execute(
            "select campaign_id, sum(spend), sum(clicks) from landing.campaign_day "
            "where campaign_id is not null group by 1 order by 1"
        ).fetchall()
        aside = connection.execute(
            "select field, value, count(*) from landing.quarantine group by all"
        ).fetchall()
        everything = "\n".join(
            str(connection.execute(f"select * from {table}").fetchall())
            for (table,) in connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
            ).fetchall()
        )
    assert landed == [
        (
            one,
            sum(row.spend for row in readable if row.campaign_id == one),
            sum(row.clicks for row in readable if row.campaign_id == one),
        )
        for one in campaigns
        if one != campaigns[1]
    ]
    assert aside == [("spend", "12,50 EUR", len(rows) - len(readable))]
    # What couldn't be read is missing, and the platform's own total says how much.
    (result,) = pulled.accounts
    assert result.difference == -sum(row.spend for row in rows if row.campaign_id == campaigns[1])
    assert {finding.check for finding in pulled.findings} >= {"quarantine", "total"}
    assert len(lines) > 3
    files = b"\n".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    written = everything + "\n".join(lines) + repr(pulled) + files.decode("latin-1")
    tokens = [one for one in secrets if one != tiktok.APP_ID]
    assert not holds(written, tokens)


def test_a_total_that_breaks_off_is_asked_for_again() -> None:
    waits: list[float] = []
    asker = Asker("Shop", Clock(sleep=waits.append, chance=lambda: 0.5), Patience(tries=3), lambda _: None)
    answers: list[Exception | int] = [Dropped("half"), TooMuch("large"), 7]

    def total() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert asker.ask(total, "total") == 7
    assert waits == [2.0, 4.0]
    answers += [Dropped("half")] * 3
    with pytest.raises(SourceError, match="doesn't answer: total"):
        asker.ask(total, "total")
