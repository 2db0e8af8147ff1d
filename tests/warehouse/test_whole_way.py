"""PostgreSQL from files, a SQL table and a platform to what a fit reads, by the commands, as on DuckDB."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from warehouse.postgres_server import Server
from warehouse.whole_way import done, land, platform, walk


def test_what_lands_in_postgres_is_told_to_the_cent(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short form: all that lands, without a build."""
    monkeypatch.setenv("SHOP_DATABASE", server.address(server.new_database()))
    with platform(datetime.now(UTC).date()) as asked:
        truth = land(tmp_path, {"postgres": "SHOP_DATABASE"}, asked, monkeypatch)
        spent = {
            one.id: asked.world.spend(one.id, asked.world.first, asked.world.last)
            for one in asked.world.accounts
        }
    told = done("status", "--json").json
    accounts = {one["account_id"]: Decimal(one["money"]) for one in told["accounts"]}
    assert accounts == {**spent, "9": truth["Meta"]}
    differences = [one["difference"] for one in told["accounts"] if one["source"] == "tiktok"]
    assert differences == ["0.000000", "0.000000"]
    (media,) = [one for one in told["deliveries"] if one["table"] == "media_day"]
    assert Decimal(media["spend"]) == truth["tv"]
    assert len(told["restated"]) > 0
    assert "The mart isn't built" in done("status").out


@pytest.mark.engines
def test_the_whole_way_on_two_engines(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DATABASE", server.address(server.new_database()))
    sections = ({"duckdb": "warehouse.duckdb"}, {"postgres": "SHOP_DATABASE"})
    stories = []
    for section in sections:
        folder = tmp_path / next(iter(section))
        folder.mkdir()
        with platform(datetime.now(UTC).date()) as asked:
            stories.append(walk(folder, section, asked, monkeypatch))
    assert stories[0].status == stories[1].status
    assert stories[0] == stories[1]
