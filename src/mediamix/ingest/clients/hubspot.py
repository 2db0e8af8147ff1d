"""The official client of HubSpot: signed in, its errors as our states."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from mediamix.ingest.source import Asked, Dropped, SourceError, Throttled, Unavailable
from mediamix.ingest.wire import object_of, quiet_logs, retry_after, token_of

T = TypeVar("T")

TITLE = "HubSpot"
TOKEN = "HUBSPOT_ACCESS_TOKEN"  # noqa: S105  # its name

#: Policy → seconds until its calls are counted anew.
POLICIES = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
Page = tuple[str, Mapping[str, Any]]


class Client:
    """The official client.

    Args:
        asked: Its secrets hold `TOKEN`.

    Raises:
        SourceError: There is no token, or it can't be one.
    """

    def __init__(self, asked: Asked) -> None:
        from hubspot import HubSpot
        from hubspot.crm.deals import BasicApi
        from urllib3.util.retry import Retry

        quiet_logs()
        # Bodies are read here, so that the client's own models have nothing to refuse.
        settings: dict[str, Any] = {"retry": Retry(0), "client_side_validation": False}
        if asked.endpoint is not None:
            settings["host"] = asked.endpoint.rstrip("/")
        urllib3 = logging.getLogger("urllib3")
        level = urllib3.level
        client = HubSpot(access_token=token_of(asked, TOKEN), **settings)
        self._timeout = asked.timeout_s
        self._search = client.crm.deals.search_api
        urllib3.setLevel(level)  # which the client changes, for every other one too
        self._api = self._search.api_client
        self._list = BasicApi(api_client=self._api)

    def details(self) -> Mapping[str, Any]:
        """Of the account."""
        _, found = self._get(
            self._api.call_api,
            "/account-info/v3/details",
            "GET",
            header_params={"Accept": "application/json"},
            auth_settings=["oauth2"],
            response_types_map={200: "object"},
        )
        return found

    def search(self, request: Mapping[str, object]) -> Page:
        """A page of deals that a search finds: as it came, and read."""
        return _with_results(self._get(self._search.do_search, request))

    def archived(self, properties: Sequence[str], after: str | None) -> Page:
        """A page of the archived deals."""
        more = {} if after is None else {"after": after}
        call = self._list.get_page
        return _with_results(self._get(call, limit=100, archived=True, properties=[*properties], **more))

    def _get(self, call: Callable[..., object], *args: object, **options: object) -> Page:
        _answer(lambda: call(*args, _request_timeout=self._timeout, **options))
        body = self._api.last_response.data
        text = body if isinstance(body, str) else body.decode("utf-8", "replace")
        found = object_of(text)
        if found is None:
            raise _strange()
        return text, found


def _with_results(page: Page) -> Page:
    results = page[1].get("results")
    if not isinstance(results, list) or not all(isinstance(one, dict) and "id" in one for one in results):
        raise _strange()
    return page


def _strange() -> Exception:
    return Unavailable(f"{TITLE} answered with something that isn't what was asked for")


def _answer(call: Callable[[], T]) -> T:
    """What `call` gives; what HubSpot answers instead, or what goes wrong, as one of our errors."""
    from hubspot.crm.deals.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    problem: Exception
    try:
        return call()
    except ApiException as error:
        problem = _refusal(int(error.status or 0), str(error.body or ""), error.headers or {})
    except HTTPError as error:
        problem = _on_the_way(error)
    except (AttributeError, TypeError, ValueError):  # of the client's models
        problem = _strange()
    raise problem


def _on_the_way(error: BaseException) -> Exception:
    """The client is on urllib3: it says "Connection aborted" of an answer that never began."""
    from urllib3 import exceptions as known

    cause = getattr(error, "reason", None) or error
    if isinstance(cause, known.ProtocolError | known.DecodeError) and "aborted" not in str(cause):
        return Dropped(f"{TITLE}'s answer broke off in the middle")
    if isinstance(cause, known.TimeoutError) and not isinstance(cause, known.NewConnectionError):
        return Unavailable(f"{TITLE} didn't answer in time")
    return Unavailable(f"{TITLE} can't be reached, or closed the connection")


def _refusal(status: int, body: str, headers: Mapping[str, str]) -> Exception:
    """What an error means. 429 names its policy; a day's isn't worth waiting for."""
    it = object_of(body) or {}
    said = str(it.get("message", "") or f"status {status}")[:300]
    policy = str(it.get("policyName", ""))
    if status == 429 and policy == "DAILY":
        what, next_step = "has no calls left today", "pull again after midnight in the account's time zone"
    elif status == 429:
        seconds = retry_after(headers)
        wait = POLICIES.get(policy) if seconds is None else seconds
        return Throttled(f"{TITLE}: {said} ({policy or 'no policy named'})", wait)
    elif status >= 500 or status in (0, 408, 423, 477):
        return Unavailable(f"{TITLE} failed ({status})")
    elif status == 401:
        what, next_step = "doesn't take the token", f"set {TOKEN} to a token that is still good"
    elif status == 403:
        what = "doesn't let this token read deals"
        next_step = f"give the private app {_scopes(it)}"
    else:
        what, next_step = f"refuses ({status})", "look at what it says"
    return SourceError(f"{TITLE} {what}", got=said, next_step=next_step)


def _scopes(it: Mapping[str, Any]) -> str:
    """Those that it misses, where it names them."""
    named = json.dumps(it.get("errors") or [])
    wanted = [one for one in named.split('"') if one.startswith(("crm.", "oauth"))]
    return f"the scopes {', '.join(wanted)}" if wanted else "the scope crm.objects.deals.read"
