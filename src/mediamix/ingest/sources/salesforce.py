"""Salesforce, by its REST API and SOQL: opportunities as they stand, deleted ones too.

Asked by `SystemModstamp`, which every change moves, also those that machines make. `CurrencyIsoCode` exists
only where an organisation has several currencies; a field that the user may not see doesn't exist for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlsplit

from mediamix.core.extras import extras_of
from mediamix.ingest.contracts import DEAL
from mediamix.ingest.crm import SETTLES, bounds, day, zone
from mediamix.ingest.source import (
    Account,
    Asked,
    Connection,
    Days,
    Dropped,
    Reply,
    Secret,
    Source,
    SourceError,
    Throttled,
    TooMuch,
    Unavailable,
)
from mediamix.ingest.wire import on_the_wire, session_of

TITLE = "Salesforce"

#: Field → column, in the order they are asked for. Those after `NEEDED` may be hidden from the user.
NEEDED = {
    "Id": "deal_id",
    "CreatedDate": "created_at",
    "SystemModstamp": "modified_at",
    "CloseDate": "closed_on",
    "StageName": "stage",
    "IsWon": "is_won",
    "IsClosed": "",
    "IsDeleted": "is_deleted",
    "Amount": "amount",
}
WELCOME = {
    "Name": "name",
    "CurrencyIsoCode": "currency",
    "LeadSource": "lead_source",
    "CampaignId": "campaign_id",
}

#: Ways to sign in: variables that belong together.
TOKEN = ("SALESFORCE_INSTANCE_URL", "SALESFORCE_ACCESS_TOKEN")
APP = ("SALESFORCE_INSTANCE_URL", "SALESFORCE_CONSUMER_KEY", "SALESFORCE_CONSUMER_SECRET")
USER = ("SALESFORCE_USERNAME", "SALESFORCE_PASSWORD", "SALESFORCE_SECURITY_TOKEN")
WAYS = (APP, TOKEN, USER)

_WHO_AM_I = (
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:urn="urn:partner.soap.sforce.com">'
    "<env:Header><urn:SessionHeader><urn:sessionId>{}</urn:sessionId></urn:SessionHeader></env:Header>"
    "<env:Body><urn:getUserInfo/></env:Body></env:Envelope>"
)


class _Salesforce:
    """An organisation, signed in at its first call."""

    def __init__(self, asked: Asked, signing_in: Mapping[str, str]) -> None:
        self._asked = asked
        self._signing_in = signing_in
        self._client: Any = None
        self._fields: list[str] = []
        self._body = ""

    def _keep(self, response: Any, *_: object, **__: object) -> None:
        self._body = response.text

    @contextmanager
    def _signed_in(self) -> Iterator[Any]:
        """The client; inside, what it raises is one of our errors."""
        from simple_salesforce import Salesforce

        with on_the_wire(TITLE), _answers():
            if self._client is None:
                session = session_of(self._asked)
                self._client = Salesforce(
                    session=session,
                    version=self._asked.options.get("version", "62.0"),
                    parse_float=Decimal,
                    object_pairs_hook=dict,
                    **self._signing_in,
                )
                session.hooks["response"].append(self._keep)
            yield self._client

    def accounts(self) -> Sequence[Account]:
        with self._signed_in() as client:
            (it,) = _records(client.query("SELECT Id, Name, TimeZoneSidKey FROM Organization"))
            several = "CurrencyIsoCode" in self._visible(client)
            currency = self._asked.options.get("currency") or _home(client, several)
        number, wanted = str(it["Id"]), self._asked.accounts
        if wanted and any(one[:15] != number[:15] for one in wanted):
            raise SourceError(
                f"{TITLE}: these credentials are of another organisation",
                expected=", ".join(wanted),
                got=number,
                next_step="mend `sources: salesforce: accounts:`, or sign in there",
            )
        if not currency:
            raise SourceError(
                f"{TITLE} names no currency of the organisation",
                expected="an ISO 4217 code",
                next_step="say it: `sources: salesforce: options: {currency: EUR}`",
            )
        zone(str(it["TimeZoneSidKey"] or ""), TITLE)
        return [Account(number, str(it["Name"]), currency, str(it["TimeZoneSidKey"]))]

    def _visible(self, client: Any) -> list[str]:
        """Fields of an opportunity that exist and that the user may see, asked once."""
        if self._fields:
            return self._fields
        seen = {one["name"] for one in client.Opportunity.describe()["fields"]}
        hidden = [name for name in NEEDED if name not in seen]
        if hidden:
            raise SourceError(
                f"{TITLE} shows this user no {', '.join(hidden)} of opportunities",
                expected="the right to read opportunities and these fields",
                next_step="ask the administrator for a permission set with field-level read access",
            )
        self._fields = [*NEEDED, *(name for name in WELCOME if name in seen)]
        return self._fields

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        first, after = (f"{edge:%Y-%m-%dT%H:%M:%SZ}" for edge in bounds(days, account))
        with self._signed_in() as client:
            fields = self._visible(client)
            page = client.query(
                f"SELECT {', '.join(fields)} FROM Opportunity "
                f"WHERE SystemModstamp >= {first} AND SystemModstamp < {after} ORDER BY SystemModstamp, Id",
                include_deleted=True,
            )
        hidden = tuple(f"{name} can't be seen by this user" for name in _hidden(fields))
        seen = 0
        while True:
            records = _records(page)
            seen += len(records)
            yield Reply(self._body, [_row(one, account) for one in records], hidden)
            if page.get("done", "nextRecordsUrl" not in page):
                break
            with self._signed_in() as client:
                page = client.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        if seen != page.get("totalSize"):
            raise Dropped(f"{TITLE} gave {seen} of {page.get('totalSize')} opportunities")

    def total(self, account: Account, days: Days) -> Decimal | None:
        """None: a deal leaves its day with its next change, so that no sum of the past stands still."""
        return None


def _records(page: Any) -> Sequence[Mapping[str, Any]]:
    """Of an answer that has some."""
    records = page.get("records") if isinstance(page, dict) else None
    if not isinstance(records, list):
        raise Unavailable(f"{TITLE} answered with something that isn't what was asked for")
    return records


def _hidden(fields: Sequence[str]) -> list[str]:
    """`CurrencyIsoCode` isn't hidden where there is one currency."""
    return [name for name in WELCOME if name not in fields and name != "CurrencyIsoCode"]


def _row(it: Mapping[str, Any], account: Account) -> Mapping[str, object]:
    row: dict[str, object] = {column: it.get(name) for name, column in (NEEDED | WELCOME).items() if column}
    row["closed_on"] = day(it.get("CloseDate"), account) if it.get("IsClosed") else None
    row["currency"] = it.get("CurrencyIsoCode") or account.currency
    row["amount_home"] = row["amount"] if row["currency"] == account.currency else None
    return row


def _home(client: Any, several: bool) -> str:
    """The organisation's own currency: only the SOAP API names the single one; empty: neither says."""
    if several:
        found = _records(client.query("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true"))
        return str(found[0]["IsoCode"]) if found else ""
    from simple_salesforce.util import getUniqueElementValueFromXmlString

    answer = client.session.post(
        f"https://{client.sf_instance}/services/Soap/u/{client.sf_version}",
        data=_WHO_AM_I.format(escape(client.session_id)),
        headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
    )
    if answer.status_code >= 500 and "fault" not in answer.text.lower():
        raise Unavailable(f"{TITLE} failed ({answer.status_code})")
    if not answer.ok:
        return ""
    return getUniqueElementValueFromXmlString(answer.content, "orgDefaultCurrencyIsoCode") or ""


@contextmanager
def _answers() -> Iterator[None]:
    """Inside, what Salesforce answers instead of records is one of our errors."""
    from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError

    try:
        yield
    except SalesforceAuthenticationFailed as error:
        if str(error.code).isdigit() and int(str(error.code)) >= 500:
            raise Unavailable(f"{TITLE} failed ({error.code})") from None
        raise SourceError(
            f"{TITLE} doesn't let us in",
            got=f"{error.code}: {str(error.auth_message)[:200]}",
            next_step="look at the variables SALESFORCE_…; a new password has a new security token",
        ) from None
    except SalesforceError as error:
        raise _refusal(error.status, error.content) from None
    except (KeyError, ValueError):  # of the client, which reads an error's text as JSON
        raise Unavailable(f"{TITLE} answered with something that isn't JSON") from None


def _refusal(status: int, content: Any) -> Exception:
    """What an error means, by its code."""
    first = content[0] if isinstance(content, list) and content else {}
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


@extras_of("pulling Salesforce")
def _connect(asked: Asked) -> Connection:
    import simple_salesforce  # noqa: F401  # said now if it is missing

    given = asked.secrets
    ways = [way for way in WAYS if all(given.get(one) for one in way)]
    if not ways:
        raise SourceError(
            f"{TITLE} can't sign in",
            expected="all variables of one of: " + "; ".join(" + ".join(way) for way in WAYS),
            got=", ".join(one for one in given if given[one]) or "none",
            next_step="set them in the environment",
        )
    if ways[0] is TOKEN:
        return _Salesforce(asked, {"instance_url": given[TOKEN[0]], "session_id": given[TOKEN[1]]})
    if ways[0] is APP:
        host = urlsplit(given[APP[0]]).hostname or given[APP[0]]
        home = {"domain": host.removesuffix(".salesforce.com")}
        return _Salesforce(asked, home | {"consumer_key": given[APP[1]], "consumer_secret": given[APP[2]]})
    user = {"username": given[USER[0]], "password": given[USER[1]], "security_token": given[USER[2]]}
    return _Salesforce(asked, user | {"domain": asked.options.get("domain", "login")})


SOURCE = Source(
    name="salesforce",
    title="Salesforce",
    lands=DEAL,
    secrets=tuple(
        Secret(one, meaning, optional=True)
        for one, meaning in {
            "SALESFORCE_INSTANCE_URL": "https://NAME.my.salesforce.com",
            "SALESFORCE_CONSUMER_KEY": "key of a connected app with the client-credentials flow",
            "SALESFORCE_CONSUMER_SECRET": "its secret",
            "SALESFORCE_ACCESS_TOKEN": "a token of your own, which expires, instead of an app",
            "SALESFORCE_USERNAME": "a user, instead of an app",
            "SALESFORCE_PASSWORD": "its password",
            "SALESFORCE_SECURITY_TOKEN": "its security token",
        }.items()
    ),
    restates=SETTLES,
    window=30,
    extra="salesforce",
    facts=(
        "fetched by the days on which opportunities were changed: a deal is landed as it stands",
        "closed_on is the close date of closed deals; an open deal's is only expected and left out",
        "deleted deals stay, marked; Salesforce forgets them 15 days after, so pull more often than that",
        "amount_home is given for deals in the organisation's own currency",
    ),
    connect=_connect,
    options={
        "domain": "login, or test for a sandbox; for a user's name and password",
        "version": "of the API; 62.0",
        "currency": "of the organisation, where Salesforce doesn't say",
    },
)
