"""Every connector against a server of its platform; a new one is tested by being there."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from pretend import PLATFORM, SECRET, Pretended, source

from mediamix.core.registry import discover
from mediamix.ingest.source import Account, Reply, Source, SourceError
from mediamix.testing import ContractError, check_connector
from mediamix.testing.platforms.base import Platform

SOURCES = discover("mediamix.ingest.sources", Source)
PLATFORMS = discover("mediamix.testing.platforms", Platform)


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_keeps_the_contract(name, request):
    check_connector(SOURCES[name], PLATFORMS[name], seed=1 + request.config.getoption("--seed-shift"))


def test_every_source_with_a_platform_is_a_source():
    assert set(PLATFORMS) == set(SOURCES)


class Mistaken(Pretended):
    """Micros twice, dollars where the platform says nothing, its secret told, any account taken, no fault
    met, and rows kept that are gone.
    """

    kept: dict = {}  # noqa: RUF012  # on purpose: it outlives a pull

    def accounts(self):
        try:
            return [replace(one, currency=one.currency or "USD") for one in super().accounts()]
        except SourceError as error:
            if "ended" in str(error):
                raise SourceError(f"the token {SECRET} has ended") from error
            return [Account("9999999999", "", "EUR", "UTC")]

    def row(self, one):
        return {**super().row(one), "spend": str(one.spend / 1_000_000)}

    def pull(self, account, days):
        known = [one.id for one in self.server.world.accounts]
        for one in self.server.world.rows(account.id, days.first, days.last) if account.id in known else []:
            self.kept[account.id, one.date, one.campaign_id] = self.row(one)
        rows = [row for (owner, day, _), row in self.kept.items() if owner == account.id and day in days.each]
        self.server.faults.take()
        yield Reply(json.dumps(rows), rows)

    def total(self, account, days):
        return Decimal()


def test_the_suite_catches_planted_mistakes():
    with pytest.raises(ContractError, match="'pretend' breaks its contract") as found:
        check_connector(source(Mistaken), PLATFORM)
    for line in (
        "an expired token: the message holds PRETEND_TOKEN",
        "an expired token: the message says no next step",
        "a wrong account: SourceError is needed, and all went well",
        "no currency: UserError is needed, and all went well",
        "a full load through faults: account 1000000001",
        "a full load through faults: total: 2026-02",
        "it waited 0 times",
        "a platform that stays away: SourceError is needed, and all went well",
        "an incremental load with restated days: account 1000000001",
        "the ledger says that spend moved by 0, it moved by",
        "the same load again: account 1000000001",
    ):
        assert line in str(found.value), str(found.value)
