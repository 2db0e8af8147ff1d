"""The contract of a connector: pulled from a server of its platform, to the cent, whatever goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mediamix.core.errors import UserError
from mediamix.ingest.contracts import Contract
from mediamix.ingest.landed import by_day, money_of
from mediamix.ingest.patience import Clock, Patience
from mediamix.ingest.pull import duckdb_landing, pull
from mediamix.ingest.pulled import Pulled, Wanted
from mediamix.ingest.source import Asked, Source, SourceError
from mediamix.testing.contract import ContractError
from mediamix.testing.platforms.base import Platform, Running, World

#: Days of the first pull, and seconds after which a call is given up.
DAYS, TIMEOUT = 20, 1.0
_TODAY = date(2026, 3, 10)
_NOBODY = "9999999999"


def check_connector(source: Source, platform: Platform, *, seed: int = 1) -> None:
    """Full and incremental loads, restated days, every fault of a platform, refusals; held against its truth.

    Args:
        source: The connector.
        platform: A server that behaves as its platform.
        seed: Of the platform's numbers.

    Raises:
        ContractError: All violations at once.
    """
    world = World(_TODAY - timedelta(days=DAYS), _TODAY + timedelta(days=1), seed=seed)
    with TemporaryDirectory() as folder, platform.serve(world) as running:
        case = _Case(source, running, Path(folder) / "warehouse.duckdb")
        steps: dict[str, Callable[[_Case], Iterator[str]]] = {
            "an expired token": _expired,
            "a wrong account": _wrong_account,
            "no currency": _no_currency,
            "a full load through faults": _full_load,
            "a platform that stays away": _away,
            "an incremental load with restated days": _restated,
            "the same load again": _again,
        }
        violations = [f"{name}: {line}" for name, step in steps.items() for line in step(case)]
    if violations:
        raise ContractError(f"connector '{source.name}'", violations)


@dataclass
class _Case:
    """A connector between its server and a warehouse."""

    source: Source
    running: Running
    path: Path
    today: date = _TODAY
    slept: list[float] = field(default_factory=list)

    @property
    def first(self) -> date:
        return self.running.world.first

    @property
    def days(self) -> list[date]:
        """Those that must have landed."""
        return [self.first + timedelta(days=index) for index in range((self.today - self.first).days)]

    def pull(self, *accounts: str) -> Pulled:
        asked = Asked(
            accounts or tuple(getattr(self.running, "accounts", ())),
            dict(self.running.options),
            dict(self.running.secrets),
            self.running.endpoint,
            TIMEOUT,
        )
        noon = datetime(self.today.year, self.today.month, self.today.day, 12, tzinfo=UTC)
        clock = Clock(now=lambda: noon, sleep=self.slept.append, chance=lambda: 0.5)
        wanted = Wanted(since=self.first)
        return pull(self.source, asked, duckdb_landing(self.path), wanted, clock=clock, patience=Patience(6))

    def refusal(self, kind: type[UserError], *accounts: str) -> Iterator[str]:
        """A pull must be refused with this kind of error, which names no secret."""
        try:
            self.pull(*accounts)
        except kind as error:
            shown = f"{error} {error!r} {error.__cause__!r}"
            yield from (f"the message holds {name}" for name, value in self._secrets if value in shown)
            if isinstance(error, UserError) and not error.next_step:
                yield f"the message says no next step: {error}"
        except Exception as error:
            yield f"{kind.__name__} is needed, got {type(error).__name__}: {error}"
        else:
            yield f"{kind.__name__} is needed, and all went well"

    @property
    def _secrets(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.running.secrets.items() if len(value) > 5]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        import duckdb

        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def unlike_truth(self, pulled: Pulled) -> Iterator[str]:
        """What is in the warehouse must be what the platform knows, by account, to the cent."""
        contract = self.source.lands
        alive = "" if by_day(contract) else " where not is_deleted"
        sql = f"select account_id, sum({money_of(contract)}) from {contract.table}{alive} group by all"  # noqa: S608
        landed: dict[str, Decimal] = {account: money for account, money in self.rows(sql)}  # noqa: C416
        for one in pulled.accounts:
            truth = self.running.truth(one.account.id, self.first, self.today - timedelta(days=1))
            found = landed.get(one.account.id) or Decimal()
            if found != truth:
                yield f"account {one.account.id}: {found} has landed, {truth} is the truth"
        grain = ", ".join(contract.grain)
        twice = self.rows(f"select {grain} from {contract.table} group by all having count(*) > 1")  # noqa: S608
        yield from (f"two rows of {row}" for row in twice[:3])
        yield from (f"{one.check}: {one.message}" for one in pulled.findings if one.check in _FORBIDDEN)


_FORBIDDEN = ("total", "quarantine", "repeated")


def _expired(case: _Case) -> Iterator[str]:
    case.running.faults.from_now_on("expire")
    yield from case.refusal(SourceError)
    case.running.faults.from_now_on(None)
    case.running.faults.happened.clear()


def _wrong_account(case: _Case) -> Iterator[str]:
    yield from case.refusal(SourceError, _NOBODY)


def _no_currency(case: _Case) -> Iterator[str]:
    world = case.running.world
    known = world.accounts
    world.accounts = tuple(replace(account, currency="") for account in known)
    yield from case.refusal(UserError)
    world.accounts = known


def _full_load(case: _Case) -> Iterator[str]:
    faults = case.running.faults
    faults.next("throttle", seconds=7)
    for kind in ("error", "timeout", "drop"):
        faults.next(kind)
    case.slept.clear()
    pulled = case.pull()
    yield from case.unlike_truth(pulled)
    if len(faults.happened) < 4:
        yield f"only {len(faults.happened)} of four faults were met"
    if len(case.slept) < 3:
        yield f"throttled, failed and out of time it waited {len(case.slept)} times"
    if not pulled.rows:
        yield "no rows"
    yield from _markers(case, case.source.lands)
    bodies = [str(body) for (body,) in case.rows("select body from landing.raw_reply")]
    if not bodies:
        yield "no raw replies"
    for name, value in case._secrets:
        if any(value in body for body in bodies):
            yield f"a raw reply holds {name}"
    for body in bodies:
        try:
            json.loads(body)
        except ValueError:
            yield f"a raw reply isn't JSON: {body[:60]!r}"
            break


def _markers(case: _Case, contract: Contract) -> Iterator[str]:
    if not by_day(contract):
        return
    sql = f"select account_id, count(distinct date) from {contract.table} group by all"  # noqa: S608
    for account, count in case.rows(sql):
        if count != len(case.days):
            yield f"account {account}: {count} days have landed, {len(case.days)} were asked for"


def _away(case: _Case) -> Iterator[str]:
    case.running.faults.from_now_on("error")
    case.today += timedelta(days=1)
    yield from case.refusal(SourceError)
    case.running.faults.from_now_on(None)


def _restated(case: _Case) -> Iterator[str]:
    """On one day a campaign vanishes, on another one all of them do, and one is a cent dearer."""
    world, account = case.running.world, case.running.world.accounts[0].id
    gone = world.vanish(account, case.today - timedelta(days=4))
    some = world.rows(account, case.today - timedelta(days=3), case.today - timedelta(days=3))[:1]
    gone += [row for one in some for row in world.vanish(account, one.date, one.campaign_id)]
    dearer = world.rows(account, case.today - timedelta(days=5), case.today - timedelta(days=5))[0]
    world.restate(account, dearer.date, dearer.campaign_id, spend=dearer.spend + Decimal("0.01"))
    pulled = case.pull()
    yield from case.unlike_truth(pulled)
    money = money_of(case.source.lands)
    if by_day(case.source.lands) and money == "spend":
        told = sum((one.after - one.before for one in pulled.restated if one.metric == money), Decimal())
        truth = Decimal("0.01") - sum((row.spend for row in gone), Decimal())
        if told != truth:
            yield f"the ledger says that {money} moved by {told}, it moved by {truth}"


def _again(case: _Case) -> Iterator[str]:
    first = case.running.world.accounts[0].id
    pulled = case.pull(first)
    if [one.account.id for one in pulled.accounts] != [first]:
        yield f"of account {first} alone was asked, and {[one.account.id for one in pulled.accounts]} came"
    yield from case.unlike_truth(pulled)
    yield from (f"restated, though nothing changed: {one}" for one in pulled.restated)
