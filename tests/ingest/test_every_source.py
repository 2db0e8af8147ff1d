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


class WrongMoney(Pretended):
    """Micros twice, and dollars where the platform says nothing."""

    def accounts(self):
        return [replace(one, currency=one.currency or "USD") for one in super().accounts()]

    def row(self, one):
        return {**super().row(one), "spend": str(one.spend / 1_000_000)}


class Talkative(Pretended):
    """Tells its secret, takes any account, and keeps a row that is gone."""

    kept: dict = {}  # noqa: RUF012  # on purpose: it outlives a pull

    def accounts(self):
        try:
            return super().accounts()
        except SourceError as error:
            if "ended" in str(error):
                raise SourceError(f"the token {SECRET} has ended") from error
            return [Account("9999999999", "", "EUR", "UTC")]

    def pull(self, account, days):
        known = [one.id for one in self.server.world.accounts]
        for one in self.server.world.rows(account.id, days.first, days.last) if account.id in known else []:
            self.kept[account.id, one.date, one.campaign_id] = self.row(one)
        rows = [row for (owner, day, _), row in self.kept.items() if owner == account.id and day in days.each]
        self.server.faults.take()
        yield Reply(json.dumps(rows), rows)

    def total(self, account, days):
        return Decimal()


def test_the_suite_keeps_a_connector_that_is_right():
    check_connector(source(), PLATFORM)


@pytest.mark.parametrize(
    ("connector", "caught"),
    [
        (
            WrongMoney,
            [
                "no currency: UserError is needed, and all went well",
                "is the truth",
                "total: 2026-02",
                "the ledger says that spend moved by",
            ],
        ),
        (
            Talkative,
            [
                "an expired token: the message holds PRETEND_TOKEN",
                "the message says no next step",
                "a wrong account: SourceError is needed, and all went well",
                "it waited 0 times",
                "a platform that stays away: SourceError is needed, and all went well",
                "an incremental load with restated days: account",
            ],
        ),
    ],
)
def test_the_suite_catches_planted_mistakes(connector, caught):
    with pytest.raises(ContractError, match="'pretend' breaks its contract") as found:
        check_connector(source(connector), PLATFORM)
    for line in caught:
        assert line in str(found.value), str(found.value)
