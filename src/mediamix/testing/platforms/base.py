"""What the servers have in common: a world whose truth is known, faults to plant, HTTP on loopback.

A server of a platform takes its rows from a `World` and says them in its platform's words; whatever a test
wants to know (what was spent, to the cent) it asks the world. `World.restate` and `World.vanish` change
the past, as platforms do.

A server written in HTTP is a `HttpServer` with three methods: `answer`, `failure` and `counts`.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Protocol, Self
from urllib.parse import parse_qs, urlsplit

FaultKind = Literal["throttle", "error", "timeout", "drop", "expire"]


@dataclass(frozen=True)
class Delivery:
    """What one campaign delivered on one day, in the account's currency.

    Args:
        spend: To the cent; `conversions_value` too.
        conversions: In quarters, so that a platform's float holds them.
    """

    date: date
    campaign_id: str
    campaign_name: str
    spend: Decimal
    impressions: int
    clicks: int
    reach: int
    conversions: Decimal
    conversions_value: Decimal


@dataclass(frozen=True)
class WorldAccount:
    """An account as the platform knows it; a test may leave out the currency."""

    id: str
    name: str
    currency: str
    time_zone: str


ACCOUNTS = (
    WorldAccount("1000000001", "Nordwind DE", "EUR", "Europe/Berlin"),
    WorldAccount("1000000002", "Nordwind US", "USD", "America/Los_Angeles"),
)


class World:
    """Accounts × campaigns × days, the same for the same arguments.

    Args:
        first: First day with rows.
        last: Last day with rows: the accounts' today may be in it, unfinished.
        accounts: Each has its own campaigns; ids of campaigns are unique.
        campaigns: Per account. Every campaign rests on some days.
        plan: Campaign by campaign of an account, what it spends on each day from the first on, to the cent;
            it rests on days of nothing. Absent: at random.
        seed: Of the numbers.
    """

    def __init__(
        self,
        first: date,
        last: date,
        *,
        accounts: Sequence[WorldAccount] = ACCOUNTS,
        campaigns: int = 3,
        plan: Sequence[Sequence[Decimal]] | None = None,
        seed: int = 1,
    ) -> None:
        self.first, self.last, self.accounts = first, last, tuple(accounts)
        self._rows: dict[str, dict[tuple[date, str], Delivery]] = {}
        # Text seeds are hashed with SHA-512: the same numbers in every process.
        for number, account in enumerate(self.accounts):
            rng = random.Random(f"{seed}/{account.id}")  # noqa: S311  # numbers of a test, no secret
            cells = self._rows[account.id] = {}
            for at, day in enumerate(days(first, last)):
                for index in range(campaigns if plan is None else len(plan)):
                    campaign, name = str(7_000_000 + 1000 * number + index), f"{account.name} / {index + 1}"
                    spent = None if plan is None else plan[index][at]
                    if rng.random() < 0.8 if spent is None else spent > 0:
                        cells[day, campaign] = _delivery(rng, day, campaign, name, spent)

    def rows(self, account_id: str, first: date, last: date) -> list[Delivery]:
        """Of an account from a first to a last day, both included, by day and campaign."""
        return [row for (day, _), row in sorted(self._rows[account_id].items()) if first <= day <= last]

    def spend(self, account_id: str, first: date, last: date) -> Decimal:
        """The truth, exact."""
        return sum((row.spend for row in self.rows(account_id, first, last)), Decimal())

    def restate(self, account_id: str, day: date, campaign_id: str, **changed: object) -> Delivery:
        """Change what a campaign is said to have delivered on a day; what it was before."""
        before = self._rows[account_id][day, campaign_id]
        self._rows[account_id][day, campaign_id] = replace(before, **changed)  # type: ignore[arg-type]
        return before

    def vanish(self, account_id: str, day: date, campaign_id: str | None = None) -> list[Delivery]:
        """Take a campaign (or all of them) out of a day, as if it had never run; the rows that went."""
        cells = self._rows[account_id]
        gone = [key for key in sorted(cells) if key[0] == day and campaign_id in (None, key[1])]
        return [cells.pop(key) for key in gone]


def days(first: date, last: date) -> Iterator[date]:
    """Every day from a first to a last one, both included."""
    for index in range((last - first).days + 1):
        yield first + timedelta(days=index)


def _delivery(
    rng: random.Random, day: date, campaign: str, name: str, spent: Decimal | None = None
) -> Delivery:
    """Of a day; what was spent is drawn where it isn't said, else a thousand impressions cost 8 or so."""
    impressions = rng.randrange(500, 50_000) if spent is None else int(spent * rng.randrange(110, 140)) + 1
    clicks = impressions // rng.randrange(20, 200)
    conversions = Decimal(clicks * rng.randrange(1, 10) // 25) / 4
    return Delivery(
        date=day,
        campaign_id=campaign,
        campaign_name=name,
        spend=Decimal(rng.randrange(100, 250_000)) / 100 if spent is None else spent,
        impressions=impressions,
        clicks=clicks,
        reach=impressions * rng.randrange(40, 100) // 100,
        conversions=conversions,
        conversions_value=(conversions * rng.randrange(1000, 9000) / 100).quantize(Decimal("0.01")),
    )


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with one call for rows.

    Args:
        kind: ``throttle``: too many calls. ``error``: the platform fails (5xx). ``timeout``: no answer
            in time. ``drop``: the answer breaks off in the middle. ``expire``: the token isn't good any
            more (only for this call: a client that gets itself a new one goes on).
        seconds: How long the platform says to wait (``throttle``); None: it doesn't say.
    """

    kind: FaultKind
    seconds: float | None = None


@dataclass
class Faults:
    """What goes wrong with the next calls for rows, one fault a call; afterwards all is well."""

    waiting: list[Fault] = field(default_factory=list)
    happened: list[Fault] = field(default_factory=list)
    always: Fault | None = None

    def next(self, kind: FaultKind, times: int = 1, *, seconds: float | None = None) -> None:
        """Plant a fault for each of the next `times` calls."""
        self.waiting += [Fault(kind, seconds)] * times

    def from_now_on(self, kind: FaultKind | None) -> None:
        """Every call fails, until this is called with None."""
        self.always = None if kind is None else Fault(kind)

    def take(self) -> Fault | None:
        """For a server: what goes wrong with the call at hand."""
        fault = self.waiting.pop(0) if self.waiting else self.always
        if fault is not None:
            self.happened.append(fault)
        return fault


class Running(Protocol):
    """A server of a platform at work, as the tests of all connectors use it; closed at the end of a block."""

    world: World
    faults: Faults

    @property
    def endpoint(self) -> str:
        """For `Asked.endpoint`."""
        ...

    @property
    def secrets(self) -> Mapping[str, str]:
        """Environment variables that sign in."""
        ...

    @property
    def options(self) -> Mapping[str, str]:
        """Options of the source that this server needs."""
        ...

    def truth(self, account_id: str, first: date, last: date) -> Decimal:
        """The money of the rows that the source lands (spend, revenue, amounts), exact."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *gone: object) -> None: ...


@dataclass(frozen=True)
class Platform:
    """How the tests of all connectors start a server: one per module of this package.

    Args:
        name: Of the source.
        serve: Starts it on a world; called on a free port of 127.0.0.1.
        splits: What the source says the channel type of a campaign is; None: it says none.
    """

    name: str
    serve: Callable[[World], Running]
    splits: Callable[[str], str] | None = None

    def channel(self, row: Delivery) -> str:
        """The channel of the mart that a delivery counts for, where nobody states another."""
        return self.name if self.splits is None else f"{self.name}_{self.splits(row.campaign_id).lower()}"


@dataclass(frozen=True)
class Request:
    """A call as it came."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as a form; of the query where there is no body."""
        pairs = parse_qs(self.body.decode(), keep_blank_values=True) if self.body else self.query
        return {name: values[0] for name, values in pairs.items()}

    @property
    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        found = json.loads(self.body or b"{}")
        if not isinstance(found, dict):
            raise ValueError("a JSON object is needed")
        return found


@dataclass(frozen=True)
class Answer:
    """What is sent back; anything but bytes is sent as JSON."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class HttpServer:
    """A platform on http://127.0.0.1, in a thread of its own, for the length of a block.

    Args:
        world: What it reports.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.requests: list[Request] = []
        self._closing = threading.Event()
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def options(self) -> Mapping[str, str]:
        return {}

    def truth(self, account_id: str, first: date, last: date) -> Decimal:
        return self.world.spend(account_id, first, last)

    def answer(self, request: Request) -> Answer:
        """The platform's answer, when all is well. Errors of the caller (a wrong token, an unknown
        account) are its too.
        """
        raise NotImplementedError

    def failure(self, fault: Fault, request: Request) -> Answer:
        """What the platform says to a ``throttle``, an ``error`` or an ``expire``."""
        raise NotImplementedError

    def counts(self, request: Request) -> bool:
        """Whether this is a call for rows: those are what faults hit."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *gone: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def respond(self, request: Request) -> tuple[Answer, FaultKind | None]:
        """The answer, and what is to be done to it on its way: ``timeout`` and ``drop``."""
        self.requests.append(request)
        fault = self.faults.take() if self.counts(request) else None
        if fault is None:
            return self.answer(request), None
        if fault.kind in ("timeout", "drop"):
            return self.answer(request), fault.kind
        return self.failure(fault, request), None

    def hold(self) -> None:
        """Keep the caller waiting until the server closes, or for a minute."""
        self._closing.wait(60)


class _Quiet(ThreadingHTTPServer):
    """A caller that is killed in the middle of a call is no error of the server's."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler(server: HttpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a body waits 40 ms for its headers' receipt

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = parse_qs(url.query, keep_blank_values=True)
            request = Request(self.command, url.path, query, headers, self.rfile.read(length))
            answer, fate = server.respond(request)
            if fate == "timeout":
                server.hold()
                self.close_connection = True
                return
            content = answer.content
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if fate == "drop" else content)
            if fate == "drop":
                self.close_connection = True

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815  # http.server's names

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    return Handler
