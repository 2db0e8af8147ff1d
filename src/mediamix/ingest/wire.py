"""What goes wrong with a platform that speaks HTTP, as the states that `mediamix.ingest.source` knows.

Clients put secrets into addresses, and so into their own errors and into urllib3's log. None of their
errors goes on from here: what is raised has no cause and no context, and its text no secret.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from urllib.parse import quote

from mediamix.core.errors import shown
from mediamix.core.extras import extras_of
from mediamix.ingest.source import Asked, Dropped, SourceError, Throttled, Unavailable

T = TypeVar("T")

#: Secrets by their name: in an address, also in one that stands in JSON (where & may be an escape); tokens
#: also as a field of JSON or a header.
_BY_NAME = re.compile(
    r"(?i)((?:(?:access|refresh|bearer|developer)[-_]?token(?:=|\"?\s*:\s*\"?)"
    r"|(?:[?&]|u0026)(?:appsecret_proof|client_secret|secret)=))(?:(?!\\u0026|[&\"'\s<>]).)+"
)
_HIDDEN = "…"
_SHORTEST = 6  # characters; a shorter secret is as likely a word


class Veil:
    """Takes secrets out of text, in every spelling in which an address or JSON holds them.

    Args:
        secrets: As they are in the environment.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        spelt: set[str] = set()
        for secret in (one for one in secrets if len(one) >= _SHORTEST):
            for one in (secret, quote(secret), quote(secret, safe="")):
                inside = json.dumps(one)[1:-1]
                spelt |= {one, inside, inside.replace("/", "\\/"), inside.replace("%", "\\u0025")}
        self._spelt = sorted(spelt, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for one in self._spelt:
            text = text.replace(one, _HIDDEN)
        return _BY_NAME.sub(rf"\1{_HIDDEN}", text)


class _Quiet(logging.Filter):
    """Of a line of a log that holds an address with a secret, the secret is left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        clean = _BY_NAME.sub(rf"\1{_HIDDEN}", said)
        if clean != said:
            record.msg, record.args = clean, ()
        return True


_QUIET = _Quiet()


def quiet_logs() -> None:
    """No secret of an address is written by the loggers of urllib3, whatever their level; once is enough."""
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_QUIET)


def token_of(asked: Asked, variable: str) -> str:
    """The secret in a variable of the environment, fit for a header or an address.

    Raises:
        SourceError: It isn't there, or holds what no token has (blanks, letters with marks).
    """
    value = asked.secrets.get(variable, "").strip()
    if not value:
        raise SourceError(
            f"{variable} isn't set",
            expected="an access token",
            next_step=f"set {variable} in the environment",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise SourceError(
            f"{variable} holds characters that no token has",
            expected="letters, digits and signs without blanks",
            got=f"{len(value)} characters, which aren't shown",
            next_step="copy the token again, the whole of it and nothing else",
        )
    return value


@extras_of("asking a platform")
def heard(platform: str, call: Callable[[], T]) -> T:
    """What `call` gives; what it raises of requests, as a state of the platform without an address in it.

    Args:
        platform: As it calls itself.
        call: Asks with requests.

    Raises:
        Unavailable: No connection, or no answer in time.
        Dropped: The answer broke off, or stood still in the middle.
        SourceError: The address or the platform's redirects make no sense.
    """
    from requests import exceptions as wrong
    from urllib3.exceptions import ReadTimeoutError

    problem: Exception
    try:
        return call()
    except (wrong.ChunkedEncodingError, wrong.ContentDecodingError):
        problem = Dropped(f"{platform}'s answer broke off in the middle")
    except wrong.Timeout:
        problem = Unavailable(f"{platform} didn't answer in time")
    except wrong.ConnectionError as error:
        if error.args and isinstance(error.args[0], ReadTimeoutError):
            problem = Dropped(f"{platform}'s answer stood still in the middle")
        else:
            problem = Unavailable(f"{platform} can't be reached, or closed the connection")
    except wrong.RequestException as error:
        problem = SourceError(
            f"{platform} can't be asked: {type(error).__name__}",
            next_step="look at `endpoint` in the spec, and at the proxy of this machine",
        )
    # Outside of the block, so that the client's error, which holds the address, isn't its context.
    raise problem


def object_of(text: str) -> dict[str, object] | None:
    """The JSON object in a text, its numbers exact; None: it holds none."""
    try:
        found = json.loads(text, parse_float=Decimal)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def amount_of(platform: str, account_id: str, said: object) -> Decimal:
    """The platform's own total of an account, exact.

    Raises:
        SourceError: It isn't a number.
    """
    try:
        amount = Decimal(str(said))
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite():
        raise SourceError(
            f"{platform}'s total of account {account_id} isn't a number",
            expected="an amount of money",
            got=shown(said),
            next_step="try again; if it stays, the platform has changed what it says",
        )
    return amount


def unread(platform: str, status: int, headers: Mapping[str, str]) -> Exception:
    """What an answer means that isn't in the platform's own words: a page of a proxy, half of a page.

    Args:
        platform: As it calls itself.
        status: Of HTTP.
        headers: Of the answer, whatever their case.
    """
    if status == 429:
        return Throttled(f"{platform}: too many calls (HTTP 429)", retry_after(headers))
    if status >= 500 or status == 408:
        return Unavailable(f"{platform} failed (HTTP {status})")
    if status < 300:
        return Dropped(f"{platform}'s answer ends in the middle")
    return SourceError(
        f"{platform} isn't behind this address: HTTP {status}, in words that aren't its own",
        next_step="look at `endpoint` in the spec, and at the proxy of this machine",
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the header ``Retry-After`` asks for; None: it isn't there, or is a date."""
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(found) if found.isascii() and found.isdigit() else None
