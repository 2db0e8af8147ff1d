"""Meta's Graph API through its official client: a call in; an answer, or a state of the platform, out.

Nothing is shared with another client of this process: neither the default that the client keeps for all,
nor its crash reports, nor the address. The client puts the access token into addresses, and Meta into the
links of its answers and some messages: bodies and messages come without it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mediamix.core.extras import extras_of
from mediamix.ingest.source import Asked, SourceError, Throttled, TooMuch, Unavailable
from mediamix.ingest.wire import Veil, heard, object_of, quiet_logs, retry_after, token_of, unread

if TYPE_CHECKING:
    from facebook_business.exceptions import FacebookRequestError

PLATFORM = "Meta"
TOKEN, APP_SECRET = "META_ACCESS_TOKEN", "META_APP_SECRET"  # names of variables

#: Codes of the Graph API and the Marketing API, as published.
_THROTTLED = frozenset({4, 17, 32, 613, *range(80_000, 80_015)})
_SIGNED_OUT = frozenset({102, 190, 467, 2500})
_FORBIDDEN = frozenset({3, 10, *range(200, 300)})
_PASSING = frozenset({1, 104, 960})
_TOO_MUCH = frozenset({1_504_018, 1_487_534})
_TOO_OLD = 3018
_WHY_SIGNED_OUT = {
    458: "the app was taken out of its user's account",
    459: "its user has to sign in once",
    460: "its user's password has changed",
    463: "it has expired",
    464: "its user isn't confirmed",
    467: "it was withdrawn",
}


class Graph:
    """The API, signed in.

    Args:
        asked: Its secrets hold `TOKEN` and, where the app asks for proof of it, `APP_SECRET`.

    Raises:
        SourceError: The token can't be one.
        ExtraError: The client isn't installed.
    """

    @extras_of("the source 'meta'")
    def __init__(self, asked: Asked) -> None:
        from facebook_business.api import FacebookAdsApi
        from facebook_business.exceptions import FacebookRequestError
        from facebook_business.session import FacebookSession

        quiet_logs()
        self._veil = Veil(asked.secrets.values())
        session = FacebookSession(
            app_secret=asked.secrets.get(APP_SECRET, "").strip() or None,
            access_token=token_of(asked, TOKEN),
            timeout=asked.timeout_s,
        )
        if asked.endpoint is not None:
            session.GRAPH = asked.endpoint.rstrip("/")  # of this session alone
        session.requests.max_redirects = 0  # an address with a token goes nowhere else
        session.requests.hooks["response"].append(_in_its_words)
        self._api = FacebookAdsApi(session)
        self._refusal: type[FacebookRequestError] = FacebookRequestError

    def call(
        self, method: str, path: str, params: Mapping[str, object], *, window: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """The body of an answer without secrets, and what is in it, its numbers exact.

        Args:
            method: GET or POST.
            path: Behind the version, without a slash: ``act_1/insights``.
            params: Of the call; lists and dicts are written as JSON.
            window: Whether it asks for days, of which there can be too many.

        Raises:
            Throttled: With the seconds that Meta's headers tell.
            Unavailable: It failed, or didn't answer.
            Dropped: The answer broke off.
            TooMuch: Only with `window`.
            SourceError: It refuses: token, permission, account, parameter.
        """
        problem: Exception
        try:
            body = heard(PLATFORM, lambda: self._api.call(method, path.split("/"), dict(params)).body())
        except self._refusal as refusal:
            problem = self._state(refusal, window)
        except ValueError:
            problem = Unavailable(f"{PLATFORM} refuses in words that its client can't read")
        else:
            return self._veil(body), object_of(body) or {}
        raise problem

    def _state(self, refusal: FacebookRequestError, window: bool) -> Exception:
        code, detail = refusal.api_error_code(), refusal.api_error_subcode()
        said = self._veil(str(refusal.api_error_message() or "nothing"))
        short = f"{PLATFORM} refuses (code {code}{'' if detail is None else f'/{detail}'})"
        if code in _THROTTLED:
            return Throttled(f"{PLATFORM}: too many calls (code {code})", _seconds(refusal.http_headers()))
        if code == 2 or detail in _TOO_MUCH or (code == 1 and "reduce the amount of data" in said.lower()):
            return (TooMuch if window else Unavailable)(f"{short}: {said}")
        if code in _PASSING or refusal.http_status() >= 500 or refusal.api_transient_error():
            return Unavailable(f"{PLATFORM} failed (code {code}): {said}")
        if code in _SIGNED_OUT:
            why = _WHY_SIGNED_OUT.get(detail or code, "it isn't one that Meta knows")
            return SourceError(
                f"{PLATFORM} doesn't take the access token: {why}",
                expected="a token with the permission ads_read; that of a system user doesn't expire",
                got=f"code {code}: {said}",
                next_step=f"make a new token, and set {TOKEN} in the environment",
            )
        if code in _FORBIDDEN:
            return SourceError(
                f"{PLATFORM} doesn't permit this",
                expected="a token with the permission ads_read, whose user may see the ad account",
                got=f"code {code}: {said}",
                next_step="give the user (or system user) access to the ad account, then make a new token",
            )
        if code == 803 or (code, detail) == (100, 33):
            return SourceError(
                f"{PLATFORM} knows no such ad account, or the token may not see it",
                got=f"code {code}: {said}",
                next_step="look at `accounts` in the spec, and at who the ad account is shared with",
            )
        if code == _TOO_OLD:
            return SourceError(
                f"{PLATFORM} doesn't keep days that are so long ago",
                expected="days of the last 37 months",
                got=f"code {code}: {said}",
                next_step="set `since` to a later day",
            )
        return SourceError(short, got=said, next_step="look the code up in Meta's reference of error codes")


def _in_its_words(response: Any, *_: object, **__: object) -> None:
    """A hook of requests: only what Meta says goes on, for the client stumbles over a proxy's page."""
    response.encoding = "utf-8"
    found = object_of(response.text)
    refused = found is not None and isinstance(found.get("error"), dict)
    if found is None or (not refused and ("error" in found or response.status_code >= 400)):
        raise unread(PLATFORM, response.status_code, response.headers)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """How long to wait: the longest that a header names; None: none does.

    ``X-Business-Use-Case-Usage`` counts minutes until access is regained, ``X-Ad-Account-Usage`` seconds
    until the account's count starts anew; ``X-FB-Ads-Insights-Throttle`` and ``X-App-Usage`` hold only
    shares.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    found = [retry_after(lower) or 0.0]
    for entries in _object(lower.get("x-business-use-case-usage")).values():
        found += [
            60 * _number(entry.get("estimated_time_to_regain_access"))
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict)
        ]
    account = _object(lower.get("x-ad-account-usage"))
    if _number(account.get("acc_id_util_pct")) >= 100:
        found.append(_number(account.get("reset_time_duration")))
    return max(found) or None


def _object(text: str | None) -> dict[str, Any]:
    return object_of(text or "") or {}


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) else 0.0
