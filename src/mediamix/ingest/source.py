"""What a connector is: an account's days in, pages of rows out. One file per platform in `sources`.

A connector knows one platform: how to ask, page by page, and what its fields mean. When to ask for which
days, waiting, asking again, halving a window, cleaning numbers and landing them are `mediamix.ingest.pull`'s,
the same for all. A connector holds no state and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from mediamix.core.errors import UserError
from mediamix.ingest.contracts import Contract


@dataclass(frozen=True)
class Account:
    """An advertiser, a property, an organisation.

    Args:
        id: As the platform writes it, without decoration: digits of a Google Ads customer.
        name: For people.
        currency: ISO 4217 code of its money. Never guessed: no currency is an error.
        time_zone: IANA name; its days are days there.
    """

    id: str
    name: str
    currency: str
    time_zone: str


@dataclass(frozen=True)
class Days:
    """From a first to a last day, both included, in the account's own time zone."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def each(self) -> list[date]:
        """Its days, in order."""
        return [self.first + timedelta(days=index) for index in range(len(self))]

    @property
    def halves(self) -> tuple[Days, Days]:
        """Two windows that make up this one, which has two days at least."""
        middle = self.first + timedelta(days=len(self) // 2 - 1)
        return Days(self.first, middle), Days(middle + timedelta(days=1), self.last)


@dataclass(frozen=True)
class Reply:
    """A page of a platform's answer.

    Args:
        body: As it came: JSON text.
        rows: Its rows under the names of the contract that the source lands (`Source.lands`), without those
            of the account and the pull. Numbers may still be the platform's text (``"1230000"``), in the
            contract's unit (micros are converted here, once): `pull` makes numbers of them or puts the row
            aside. A field that the platform left out is None.
        notes: What whoever reads the numbers must know: sampled, thresholded, an ``(other)`` row.
    """

    body: str
    rows: Sequence[Mapping[str, object]]
    notes: tuple[str, ...] = ()


class Connection(Protocol):
    """A platform, signed in.

    All of its methods raise `Throttled`, `Unavailable`, `Dropped`, `TooMuch` or `SourceError`.
    """

    def accounts(self) -> Sequence[Account]:
        """Those that were asked for, or all that the credentials see; an account that is seen by two ways
        comes once.
        """
        ...

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """All pages of a window, in order."""
        ...

    def total(self, account: Account, days: Days) -> Decimal | None:
        """What the platform says, in one number of its own, that the account spent; None: it has no such."""
        ...


class Throttled(Exception):  # noqa: N818  # a state of the platform, not an error of ours
    """Too many calls: wait.

    Args:
        seconds: As the platform says; None: it doesn't.
    """

    def __init__(self, message: str, seconds: float | None = None) -> None:
        self.seconds = seconds
        super().__init__(message)


class Unavailable(Exception):  # noqa: N818
    """The platform failed (5xx, no answer in time): ask again later."""


class Dropped(Exception):  # noqa: N818
    """The answer broke off in the middle: ask for half of the window."""


class TooMuch(Exception):  # noqa: N818
    """The platform won't answer for so many days at once: ask for half of the window."""


class SourceError(UserError):
    """A platform refuses: expired token, wrong account, missing permission. Never holds a secret."""


@dataclass(frozen=True)
class Secret:
    """What signs in, read from the environment alone.

    Args:
        variable: Name of the environment variable.
        meaning: Where people find it.
        optional: Whether it may be absent.
    """

    variable: str
    meaning: str
    optional: bool = False


@dataclass(frozen=True)
class Asked:
    """What a connector is opened with.

    Args:
        accounts: Ids that the spec names; none: all that are seen.
        options: The source's own settings, by the names that it declares.
        secrets: Environment variable → value.
        endpoint: Another address of the platform, a server on this machine; None: the platform's own.
        timeout_s: How long a call may take.
    """

    accounts: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    endpoint: str | None = None
    timeout_s: float = 60.0


@dataclass(frozen=True)
class Source:
    """A connector.

    Args:
        name: As in ``sources:`` of the spec and in the column ``source``.
        title: As the platform calls itself.
        lands: Contract of its rows.
        secrets: What it signs in with.
        options: Its own settings: name → what it does and its default.
        restates: Days back that each pull fetches again, since the platform still changes them.
        history: Days that the platform keeps; None: as far back as there is.
        window: Days that are asked for at once, at most.
        extra: What ``pip install mediamix[…]`` has to name.
        facts: What a reader of its numbers has to know (dates by click or impression, windows), for
            `mediamix list sources`.
        connect: Opens it; raises `SourceError` where the credentials are refused at once, `ExtraError` where
            its client isn't installed.
        monthly: Whether a whole month is fetched again once a month has ended.
    """

    name: str
    title: str
    lands: Contract
    secrets: tuple[Secret, ...]
    restates: int
    extra: str
    facts: tuple[str, ...]
    connect: Callable[[Asked], Connection]
    options: Mapping[str, str] = field(default_factory=dict)
    history: int | None = None
    window: int = 30
    monthly: bool = False
