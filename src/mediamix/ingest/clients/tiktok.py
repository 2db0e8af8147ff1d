"""TikTok's API for Business by plain HTTP: a call in; an answer, or a state of the platform, out.

Every answer is HTTP 200: whether it is one, its ``code`` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mediamix.core.extras import extras_of
from mediamix.ingest.source import Asked, Dropped, SourceError, Throttled, TooMuch, Unavailable
from mediamix.ingest.wire import Veil, heard, object_of, quiet_logs, retry_after, token_of, unread

PLATFORM = "TikTok"
TOKEN, APP_ID, APP_SECRET = "TIKTOK_ACCESS_TOKEN", "TIKTOK_APP_ID", "TIKTOK_APP_SECRET"

_HOST = "https://business-api.tiktok.com"
#: Codes as published.
_THROTTLED = frozenset({40_016, 40_100, 40_132, 40_133, 51_021})
_SIGNED_OUT = frozenset({40_101, 40_102, 40_103, 40_104, 40_105, 40_110})
_FORBIDDEN, _WRONG = 40_001, 40_002


class Api:
    """The API, signed in.

    Args:
        asked: Its secrets hold `TOKEN`.

    Raises:
        SourceError: The token can't be one.
        ExtraError: requests isn't installed.
    """

    @extras_of("the source 'tiktok'")
    def __init__(self, asked: Asked) -> None:
        import requests

        quiet_logs()
        self._veil = Veil(asked.secrets.get(name, "").strip() for name in (TOKEN, APP_SECRET))
        self._session = requests.Session()
        self._session.headers["Access-Token"] = token_of(asked, TOKEN)
        self._base = f"{(asked.endpoint or _HOST).rstrip('/')}/open_api/v1.3/"
        self._timeout = asked.timeout_s

    def get(self, path: str, params: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
        """The body of an answer without secrets, and its ``data``, numbers exact.

        Args:
            path: Behind the version: ``advertiser/info/``.
            params: Of the call; lists are written as JSON.

        Raises:
            Throttled: It says so, seldom for how long.
            Unavailable: It failed, or didn't answer.
            Dropped: The answer broke off.
            TooMuch: It won't answer for so many days.
            SourceError: It refuses: token, permission, parameter.
        """
        query = {name: json.dumps(one) if isinstance(one, list) else one for name, one in params.items()}
        answer = heard(
            PLATFORM,
            # A redirect would take the token to wherever it leads.
            lambda: self._session.get(
                self._base + path, params=query, timeout=self._timeout, allow_redirects=False
            ),
        )
        text = answer.content.decode("utf-8", "replace")
        found = object_of(text)
        if found is None or not isinstance(found.get("code"), int):
            raise unread(PLATFORM, answer.status_code, answer.headers)
        if found["code"] != 0:
            said = self._veil(str(found.get("message") or "nothing"))
            raise _state(int(str(found["code"])), said, retry_after(answer.headers))
        data = found.get("data")
        if not isinstance(data, dict):
            raise Dropped(f"{PLATFORM}'s answer has no data")
        return self._veil(text), data


def _state(code: int, said: str, seconds: float | None) -> Exception:
    if code in _THROTTLED:
        return Throttled(f"{PLATFORM}: too many calls (code {code})", seconds)
    if code in _SIGNED_OUT:
        return SourceError(
            f"{PLATFORM} doesn't take the access token",
            expected="a token that the advertiser has granted and hasn't withdrawn",
            got=f"code {code}: {said}",
            next_step=f"authorise the app again, and set {TOKEN} in the environment",
        )
    if code == _FORBIDDEN:
        return SourceError(
            f"{PLATFORM} doesn't permit this",
            expected="an app that the advertiser has authorised to read the ad account and reports",
            got=f"code {code}: {said}",
            next_step="look at `accounts` in the spec, and at the scopes of the app",
        )
    if code == _WRONG and "time span" in said:
        return TooMuch(f"{PLATFORM}: {said}")
    if 50_000 <= code < 60_000:
        return Unavailable(f"{PLATFORM} failed (code {code}): {said}")
    return SourceError(
        f"{PLATFORM} refuses (code {code})",
        got=said,
        next_step="look the code up in TikTok's list of return codes",
    )
