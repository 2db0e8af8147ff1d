"""simple-salesforce, signed in by one of three ways, its errors as our states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from mediamix.ingest.source import Asked, Dropped, SourceError, Throttled, TooMuch, Unavailable
from mediamix.ingest.wire import heard, quiet_logs

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

TITLE = "Salesforce"

#: Ways to sign in: variables that belong together. The first one that is whole is taken.
APP = ("SALESFORCE_INSTANCE_URL", "SALESFORCE_CONSUMER_KEY", "SALESFORCE_CONSUMER_SECRET")
TOKEN = ("SALESFORCE_INSTANCE_URL", "SALESFORCE_ACCESS_TOKEN")
USER = ("SALESFORCE_USERNAME", "SALESFORCE_PASSWORD", "SALESFORCE_SECURITY_TOKEN")

_WHO_AM_I = (
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:urn="urn:partner.soap.sforce.com">'
    "<env:Header><urn:SessionHeader><urn:sessionId>{}</urn:sessionId></urn:SessionHeader></env:Header>"
    "<env:Body><urn:getUserInfo/></env:Body></env:Envelope>"
)


class Client:
    """An organisation, signed in at its first call.

    Args:
        asked: Its secrets hold all variables of one way.

    Raises:
        SourceError: They don't.
    """

    def __init__(self, asked: Asked) -> None:
        import simple_salesforce  # noqa: F401  # said now if it is missing

        quiet_logs()
        self._asked = asked
        self._signing_in = _way(asked)
        self._signed_in: Any = None
        self._body = ""

    def query(self, soql: str, *, deleted: bool = False) -> tuple[str, Mapping[str, Any]]:
        """The first batch of a query's records: as it came, and read."""
        return self._page(lambda client: client.query(soql, include_deleted=deleted))

    def more(self, address: str) -> tuple[str, Mapping[str, Any]]:
        """The batch behind a ``nextRecordsUrl``."""
        return self._page(lambda client: client.query_more(address, identifier_is_url=True))

    def fields(self, thing: str) -> frozenset[str]:
        """Those that exist and that the user may see."""
        said = self._ask(lambda client: getattr(client, thing).describe())
        return frozenset(str(one["name"]) for one in said["fields"])

    def single_currency(self) -> str:
        """The currency of an organisation that has one: only the SOAP API names it. Empty: it doesn't."""
        answer = self._ask(_who_am_i)
        if answer.status_code >= 500 and "fault" not in answer.text.lower():
            raise Unavailable(f"{TITLE} failed ({answer.status_code})")
        _, _, behind = answer.text.partition("<orgDefaultCurrencyIsoCode>")
        return str(behind.partition("<")[0]) if answer.ok else ""

    def _page(self, call: Callable[[Any], Any]) -> tuple[str, Mapping[str, Any]]:
        page = self._ask(call)
        if not isinstance(page, dict) or not isinstance(page.get("records"), list):
            raise Unavailable(f"{TITLE} answered with something that isn't what was asked for")
        return self._body, page

    def _ask(self, call: Callable[[Any], T]) -> T:
        return _answer(lambda: call(self._client()))

    def _client(self) -> Any:
        from simple_salesforce import Salesforce

        if self._signed_in is None:
            session = session_to(self._asked)
            self._signed_in = Salesforce(
                session=session,
                version=self._asked.options.get("version", "62.0"),
                parse_float=Decimal,
                object_pairs_hook=dict,
                **self._signing_in,
            )
            session.hooks["response"].append(self._keep)
        return self._signed_in

    def _keep(self, response: Any, *_: object, **__: object) -> None:
        self._body = response.content.decode("utf-8", "replace")


def session_to(asked: Asked) -> requests.Session:
    """A session whose every call ends in time; with an endpoint, what is meant for https goes there.

    The client builds addresses of its platform and leaves no seam for another, nor for a limit.
    """
    import requests
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):  # type: ignore[misc]  # requests has no types
        def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            if asked.endpoint is not None:
                request.url = asked.endpoint.rstrip("/") + request.path_url
            options["timeout"] = options.get("timeout") or asked.timeout_s
            return super().send(request, *args, **options)

    session = requests.Session()
    session.trust_env = asked.endpoint is None  # no proxy on the way to this machine
    session.mount("https://", Adapter())
    return session


def _who_am_i(client: Any) -> Any:
    return client.session.post(
        f"https://{client.sf_instance}/services/Soap/u/{client.sf_version}",
        data=_WHO_AM_I.format(escape(client.session_id)),
        headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
    )


def _way(asked: Asked) -> dict[str, str]:
    """What the client is given, of the variables that are set."""
    given = asked.secrets
    way = next((way for way in (APP, TOKEN, USER) if all(given.get(one) for one in way)), None)
    if way is None:
        raise SourceError(
            f"{TITLE} can't sign in",
            expected="all variables of one of: " + "; ".join(" + ".join(way) for way in (APP, TOKEN, USER)),
            got=", ".join(one for one in given if given[one]) or "none",
            next_step="set them in the environment",
        )
    first, second, *third = (given[one] for one in way)
    if way is TOKEN:
        return {"instance_url": _address(first), "session_id": second}
    if way is APP:
        host = urlsplit(_address(first)).hostname or ""
        domain = host.removesuffix(".salesforce.com")
        return {"domain": domain, "consumer_key": second, "consumer_secret": third[0]}
    domain = asked.options.get("domain", "login")
    return {"domain": domain, "username": first, "password": second, "security_token": third[0]}


def _address(text: str) -> str:
    """``NAME.my.salesforce.com`` with its scheme; never in plain text."""
    return f"https://{text.partition('://')[2] or text}"


def _answer(call: Callable[[], T]) -> T:
    """What `call` gives; what Salesforce answers instead, as one of our errors."""
    from requests.exceptions import JSONDecodeError
    from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError

    problem: Exception
    try:
        return heard(TITLE, lambda: _told(call, JSONDecodeError))
    except SalesforceAuthenticationFailed as error:
        problem = _shut_out(str(error.code), str(error.auth_message))
    except SalesforceError as error:
        problem = _refusal(error.status, error.content)
    raise problem


def _told(call: Callable[[], T], unreadable: type[Exception]) -> T:
    """What `call` gives; the client takes every text for JSON."""
    try:
        return call()
    except (unreadable, KeyError):
        pass
    raise Unavailable(f"{TITLE} answered with something that isn't JSON")


def _shut_out(code: str, said: str) -> Exception:
    if code.isdigit() and int(code) >= 500:
        return Unavailable(f"{TITLE} failed ({code})")
    return SourceError(
        f"{TITLE} doesn't let us in",
        got=f"{code}: {said[:200]}",
        next_step="look at the variables SALESFORCE_…; with a new password comes a new security token",
    )


def _refusal(status: int, content: Any) -> Exception:
    """What an error means, by its code."""
    first: Any = content[0] if isinstance(content, list) and content else {}
    code = str(first.get("errorCode", "")) if isinstance(first, Mapping) else ""
    said = f"{code}: {first.get('message', '')}"[:300] if code else f"status {status}"
    if code == "REQUEST_LIMIT_EXCEEDED":
        return Throttled(f"{TITLE}: {said}")
    if code in ("QUERY_TIMEOUT", "OPERATION_TOO_LARGE"):
        return TooMuch(f"{TITLE}: {said}")
    if code in ("INVALID_QUERY_LOCATOR", "QUERY_CURSOR_NOT_FOUND"):
        return Dropped(f"{TITLE} has forgotten where the answer stood")
    if status >= 500 or code in ("SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW"):
        return Unavailable(f"{TITLE} failed ({said})")
    if status == 401:
        next_step = "the token has expired: make a new one, or sign in with a connected app"
    elif status == 403 or code in ("INVALID_FIELD", "INVALID_TYPE"):
        next_step = "ask the administrator for API access and the right to read opportunities"
    else:
        next_step = "look at what it says"
    return SourceError(f"{TITLE} refuses", got=said, next_step=next_step)
