"""Pull a platform: what is the same for all connectors. The days that are wanted in, landed rows out."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from mediamix.core.errors import UserError
from mediamix.core.files import unwritable
from mediamix.core.locks import sole_writer
from mediamix.ingest.accounts import checked, today_of, zone_of
from mediamix.ingest.contracts import ACCOUNT_MONTH, QUARANTINE, RAW_REPLY, RESTATED, Contract
from mediamix.ingest.delivering import Rows, deliver
from mediamix.ingest.dlt_folder import pipeline
from mediamix.ingest.fetched import Part
from mediamix.ingest.landed import Landed, by_day, exact
from mediamix.ingest.landing import Landing, causes, duckdb_landing, landing_of
from mediamix.ingest.patience import Asker, Clock, Patience
from mediamix.ingest.progress import Progress
from mediamix.ingest.pulled import MonthTotal, Pulled, Restatement, Wanted
from mediamix.ingest.restating import ledger_rows, restated
from mediamix.ingest.shapes import shape_of
from mediamix.ingest.source import Account, Asked, Connection, Days, Source
from mediamix.ingest.telling import findings_of
from mediamix.ingest.windows import month_end, windows
from mediamix.ingest.wire import Veil

__all__ = ["Landing", "duckdb_landing", "landing_of", "pull"]

#: Rows are landed in parts of about this many characters, so that a history needn't fit in memory.
_LARGE = 64_000_000
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM})


def pull(
    source: Source,
    asked: Asked,
    landing: Landing,
    wanted: Wanted | None = None,
    *,
    clock: Clock | None = None,
    patience: Patience | None = None,
    told: Callable[[str], None] | None = None,
    on_landed: Callable[[int], None] = lambda rows: None,
) -> Pulled:
    """Fetch what is missing and what the platform may have changed, and land it.

    A day of an account lands as a whole or not at all, and once: after a kill at any point the same call
    fetches what is missing, and leaves what one call without a kill would have left.

    Args:
        source: The connector.
        asked: Accounts, options, secrets: `asked_of` makes it of the spec.
        landing: Where to.
        wanted: Which days; absent: the source's defaults.
        clock: Time.
        patience: How long the platform is waited for.
        told: Takes a line of progress.
        on_landed: Takes the rows of whole days that have landed, each time some have.

    Raises:
        SourceError: The platform refuses, or doesn't answer; what landed before stays.
        DataError: An account without currency or time zone; nothing was landed.
        FolderError: The warehouse can't be written, or the same source is being pulled into it.
        ExtraError: dlt or the platform's client isn't installed.
    """
    folder = landing.folder / f"pull-{source.name}"
    told = told or (lambda line: None)
    clock, hide = clock or Clock(), Veil(asked.secrets.values())
    asker = Asker(source.title, clock, patience or Patience(), lambda line: told(hide(line)))
    try:
        landing.folder.mkdir(parents=True, exist_ok=True)
        with sole_writer(folder):
            connection = asker.ask(lambda: source.connect(asked), "signing in")
            accounts = checked(source, asker.ask(connection.accounts, "accounts"))
            job = _Pull(
                source, wanted or Wanted(), landing, folder, connection, asker, clock, hide, told, on_landed
            )
            return job.run(accounts)
    except UserError:
        raise
    except Exception as error:
        if any(map(_is_interrupt, causes(error))):
            raise KeyboardInterrupt from error
        full = next((one for one in causes(error) if getattr(one, "errno", None) in _UNWRITABLE), None)
        if not isinstance(full, OSError):
            raise
        raise unwritable(folder, full) from error


def _is_interrupt(error: BaseException) -> bool:
    """Whether this is Ctrl-C, which dlt wraps into an error of its own, or DuckDB's word for it."""
    return isinstance(error, KeyboardInterrupt) or str(error) == "Query interrupted"


@dataclass
class _Pull:
    """One pull at work."""

    source: Source
    wanted: Wanted
    landing: Landing
    folder: Path
    connection: Connection
    asker: Asker
    clock: Clock
    hide: Callable[[str], str]
    told: Callable[[str], None]
    on_landed: Callable[[int], None]
    last: datetime = datetime.min
    restated: list[Restatement] = field(default_factory=list)
    parts: list[tuple[Progress, Part]] = field(default_factory=list)

    def run(self, accounts: list[Account]) -> Pulled:
        progress = self._what_is_known(accounts)
        started = self._stamp()
        try:
            for one in progress:
                self._account(one)
        except UserError:
            self._land()  # of a platform that refuses half-way, what is whole stays
            raise
        self._land()
        return Pulled(
            self.source.name,
            started,
            tuple(one.result for one in progress),
            tuple(self.restated),
            findings_of(self.source, progress),
        )

    @property
    def _restates(self) -> int:
        return self.source.restates if self.wanted.restated is None else self.wanted.restated

    def _stamp(self) -> datetime:
        """The moment (UTC), later than any that has landed: a clock that was set back orders nothing."""
        now = self.clock.now().astimezone(UTC).replace(tzinfo=None)
        self.last = max(now, self.last + timedelta(microseconds=1))
        return self.last

    def _what_is_known(self, accounts: list[Account]) -> list[Progress]:
        now, found = self.clock.now(), []
        with self._open() as (landed, _):
            self.last = landed.last_pull(self.source.lands) or datetime.min
            for account in accounts:
                today = today_of(account, now)
                days = self._landed_days(landed, account, today)
                found.append(
                    Progress(
                        account,
                        windows(self.source, self.wanted, today, days),
                        days=set(days),
                        columns=landed.filled(self.source.lands, account.id),
                        shape=shape_of(landed.replies(account.id)),
                    )
                )
        return found

    def _landed_days(self, landed: Landed, account: Account, today: date) -> dict[date, date]:
        """Day that has landed → the day on which it was pulled last, both in the account's time zone."""
        zone = zone_of(account)
        if by_day(self.source.lands):
            pulled = landed.days(self.source.lands, account.id)
            return {day: at.replace(tzinfo=UTC).astimezone(zone).date() for day, at in pulled.items()}
        # Of deals no day is marked. They are asked for by the day of their change, in order: all before the
        # newest one are there.
        span = landed.changed(self.source.lands, account.id)
        if span is None:
            return {}
        first, last = (at.replace(tzinfo=UTC).astimezone(zone).date() for at in span)
        return {first + timedelta(days=index): today for index in range((last - first).days)}

    def _account(self, one: Progress) -> None:
        """Fetch an account, and land it in parts as they grow too large to wait for the others."""
        name = one.account.name or one.account.id
        part = Part(self.source, one.account, self.hide)
        for window in one.windows.days:
            self.told(f"{self.source.title}: {name}: {window.first} to {window.last}")
            for days, replies in self.asker.pages(self.connection, one.account, window):
                part.add(days, replies)
            if part.size > _LARGE:
                self._keep(one, part)
                part = Part(self.source, one.account, self.hide)
        if part.windows:
            self._keep(one, part)

    def _keep(self, one: Progress, part: Part) -> None:
        one.days |= {day for window in part.windows for day in window.each}
        part.months = self._months(one, part) if by_day(self.source.lands) else []
        self.parts.append((one, part))
        if sum(part.size for _, part in self.parts) > _LARGE:
            self._land()

    def _months(self, one: Progress, part: Part) -> list[MonthTotal]:
        """What the platform says of the months that are touched, up to the last day that lands."""
        found = []
        for month in sorted({day.replace(day=1) for window in part.windows for day in window.each}):
            known = [day for day in one.days if day.replace(day=1) == month]
            days = Days(min(known), max(known))
            what = f"total of {one.account.name or one.account.id}, {days.first} to {days.last}"
            total = self.asker.ask(partial(self.connection.total, one.account, days), what)
            if total is not None:
                found.append(MonthTotal(month, days.first, days.last, exact(total), Decimal()))
        return found

    def _land(self) -> None:
        """Land the parts that wait, together.

        Their days come last: that they are there says that everything else of them is there too. A kill
        before leaves days that count as not landed; what is landed again replaces what was there.
        """
        if not self.parts:
            return
        contract, parts, stamp = self.source.lands, [part for _, part in self.parts], self._stamp()
        with self._open() as (landed, land):
            changed = [one for part in parts for one in self._changed(landed, part)]
            for part in parts:
                landed.forget(contract, part.account.id, part.windows)
            beside = {
                RAW_REPLY: [row for part in parts for row in part.reply_rows(stamp)],
                QUARANTINE: [row for part in parts for row in part.quarantine_rows(stamp)],
                ACCOUNT_MONTH: [row for part in parts for row in part.month_rows(stamp)],
                RESTATED: ledger_rows(self.source.name, changed, stamp),
            }
            landed.check_form((*beside, contract))
            land(beside)
            land({contract: [row for part in parts for row in part.landing_rows(stamp, self._restates)]})
            for one, part in self.parts:
                spans = [Days(month.first_day, month.last_day) for month in part.months]
                money = [landed.money(contract, part.account.id, span) for span in spans]
                one.took(self.source, part, money)
        rows = sum(len(part.rows) for part in parts)
        accounts = f"{len(parts)} account{'s' if len(parts) > 1 else ''}"
        self.told(f"{self.source.title}: {rows:,} rows of {accounts} landed")
        self.on_landed(rows)
        self.restated += changed
        self.parts = []

    def _changed(self, landed: Landed, part: Part) -> list[Restatement]:
        if not by_day(self.source.lands):
            return []
        span = Days(part.windows[0].first.replace(day=1), month_end(part.windows[-1].last))
        before = landed.sums(self.source.lands, part.account.id, span)
        return restated(self.source.lands, part.account, part.windows, part.rows, before)

    @contextmanager
    def _open(self) -> Iterator[tuple[Landed, Callable[[Mapping[Contract, Rows]], None]]]:
        """What has landed, and how more is landed, while the warehouse is held."""
        name = self.source.name
        with (
            self.landing.destination() as destination,
            pipeline(self.folder, destination, self.landing.dataset, name) as opened,
            opened.sql_client() as client,
        ):
            yield Landed(client, name), partial(deliver, opened, client)
