"""The official client of the Google Analytics Data API: signed in, its errors as our states."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mediamix.ingest.asking import is_local
from mediamix.ingest.source import Asked, Days, SourceError, Throttled, Unavailable
from mediamix.ingest.wire import heard, quiet_logs, retry_after

T = TypeVar("T")

TITLE = "Google Analytics"
KEY = "GOOGLE_APPLICATION_CREDENTIALS"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"


class Client:
    """The official client over HTTP.

    Args:
        asked: Its secrets hold `KEY`: a server on this machine may ask for none.

    Raises:
        SourceError: There is no key, or it is none.
    """

    def __init__(self, asked: Asked) -> None:
        from google.analytics.data_v1beta import BetaAnalyticsDataClient

        quiet_logs()
        self._asked = asked
        self._client = BetaAnalyticsDataClient(
            credentials=_credentials(asked),
            transport="rest",
            client_options=None if asked.endpoint is None else {"api_endpoint": asked.endpoint},
        )
        self._body = ""
        # The client reads an answer into its own types, which leave out what they don't know.
        session = self._client.transport._session
        session.hooks["response"].append(self._keep)
        session.trust_env = asked.endpoint is None  # no proxy on the way to this machine

    def _keep(self, response: Any, *_: object, **__: object) -> None:
        self._body = response.content.decode("utf-8", "replace")

    def report(
        self,
        number: str,
        days: Days,
        dimensions: Sequence[str],
        metrics: Sequence[str],
        currency: str = "",
        offset: int = 0,
        limit: int = 1,
    ) -> tuple[str, Any]:
        """A page of a report: as it came, and read.

        The order is said, since an offset into rows in any order loses some and doubles others.
        """
        from google.analytics.data_v1beta.types import RunReportRequest

        request = RunReportRequest(
            property=f"properties/{number}",
            dimensions=[{"name": name} for name in dimensions],
            metrics=[{"name": name} for name in metrics],
            date_ranges=[{"start_date": days.first.isoformat(), "end_date": days.last.isoformat()}],
            order_bys=[{"dimension": {"dimension_name": name}} for name in dimensions],
            currency_code=currency,
            offset=offset,
            limit=limit,
        )
        found = _answer(
            lambda: self._client.run_report(request, retry=None, timeout=self._asked.timeout_s), number
        )
        return self._body, found


def _answer(call: Callable[[], T], number: str) -> T:
    """What `call` gives; what Google answers instead of a report, as one of our errors."""
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError, TransportError
    from google.protobuf.json_format import ParseError

    problem: Exception
    try:
        return heard(TITLE, call)
    except GoogleAPICallError as error:
        problem = _refusal(error, number)
    except TransportError:
        problem = Unavailable(f"{TITLE}: where one signs in doesn't answer")
    except GoogleAuthError:
        problem = SourceError(
            f"{TITLE} doesn't take the key",
            expected=f"the file that {KEY} names: a service account's key that is still good",
            next_step="make a new key in the Google Cloud console, or look at this machine's clock",
        )
    except (ParseError, UnicodeDecodeError):
        problem = Unavailable(f"{TITLE} answered with something that isn't a report")
    raise problem


def _refusal(error: Any, number: str) -> Exception:
    """What an error of the API means. 429 names the quota; a day's isn't worth waiting for."""
    said = str(error.message or "")[:300]
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    match int(error.code or 0):
        case 429 if "per day" not in said.lower():
            return Throttled(f"{TITLE}: {said}", retry_after(headers))
        case 429:
            what, next_step = "has no calls left today", "pull again after midnight, Pacific time"
        case 401:
            what, next_step = "doesn't take the key", f"look at the file that {KEY} names"
        case 403:
            what = f"lets this key see no property {number}"
            next_step = "add the service account's address to the property, as a viewer"
        case 404:
            what, next_step = f"knows no property {number}", "look at Admin > Property details"
        case code if code >= 500:
            return Unavailable(f"{TITLE} failed ({code})")
        case code:
            what, next_step = f"refuses the report ({code})", "look at what it says"
    return SourceError(f"{TITLE} {what}", got=said, next_step=next_step)


def _credentials(asked: Asked) -> Any:
    """Of the key file; of nobody for a server on this machine that asks for none."""
    from google.auth.credentials import AnonymousCredentials
    from google.oauth2 import credentials, service_account

    path = asked.secrets.get(KEY, "")
    if not path and asked.endpoint is not None and is_local(asked.endpoint):
        return AnonymousCredentials()
    try:
        key = json.loads(Path(path).read_text(encoding="utf-8"))
        kind = key.get("type") if isinstance(key, Mapping) else None
        if kind == "service_account":
            return service_account.Credentials.from_service_account_info(key, scopes=[SCOPE])
        if kind == "authorized_user":
            return credentials.Credentials.from_authorized_user_info(key, scopes=[SCOPE])
        got = f"a file of type {kind!r}"
    except OSError:
        got = "a path at which no file can be read" if path else f"{KEY} isn't set"
    except (ValueError, TypeError):
        got = "a file that isn't a key"
    raise SourceError(
        f"{TITLE} can't sign in",
        expected=f"{KEY}: path of a service account's key (JSON)",
        got=got,
        next_step="make a key in the Google Cloud console, and add its account to the property as a viewer",
    )
