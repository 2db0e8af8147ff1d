"""Salesforce on this machine: sign-in, SOQL on opportunities, describe, the SOAP call for the currency."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import quote

from mediamix.testing.platforms.base import Answer, Fault, HttpServer, Platform, Request, World
from mediamix.testing.platforms.deals import Deal, DealBook

_FIELDS = (
    "Id",
    "Name",
    "Amount",
    "CloseDate",
    "StageName",
    "IsWon",
    "IsClosed",
    "IsDeleted",
    "CampaignId",
    "LeadSource",
    "CreatedDate",
    "LastModifiedDate",
    "SystemModstamp",
)
_DEALS = re.compile(
    r"SELECT (?P<fields>[\w, ]+) FROM Opportunity "
    r"WHERE SystemModstamp >= (?P<first>\S+) AND SystemModstamp < (?P<after>\S+) "
    r"ORDER BY SystemModstamp, Id"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SOAP = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)


class SalesforceServer(HttpServer):
    """One organisation, that of the world's first account.

    Args:
        world: Its deals are `deals`.
        page: Records a batch, at most.
        currencies: Several: records carry theirs, and the first is the corporate one. One: only SOAP says it.
        hidden: Fields that the user may not see.
    """

    def __init__(
        self, world: World, page: int = 50, currencies: tuple[str, ...] = (), hidden: tuple[str, ...] = ()
    ) -> None:
        super().__init__(world)
        self.deals = DealBook(world)
        self.page, self.currencies, self.hidden = page, currencies, hidden
        self.tokens: set[str] = set()
        self.logins = 0
        self.drifted: dict[str, Any] = {}
        self._cursors: dict[str, tuple[list[Mapping[str, object]], int]] = {}
        self._serial = count(1)

    @property
    def secrets(self) -> Mapping[str, str]:
        return {
            "SALESFORCE_INSTANCE_URL": "https://nordwind.my.salesforce.com",
            "SALESFORCE_CONSUMER_KEY": "3MVG9.local",
            "SALESFORCE_CONSUMER_SECRET": "0123456789ABCDEF-local",
        }

    @property
    def user_secrets(self) -> Mapping[str, str]:
        """The other way in."""
        return {
            "SALESFORCE_USERNAME": "mm@nordwind.example",
            "SALESFORCE_PASSWORD": "pass-local",
            "SALESFORCE_SECURITY_TOKEN": "token-local",
        }

    def truth(self, account_id: str, first: date, last: date) -> Decimal:
        return self.deals.truth(first, last)

    def counts(self, request: Request) -> bool:
        return "/queryAll" in request.path or "/query/" in request.path.rstrip("/")

    def failure(self, fault: Fault, request: Request) -> Answer:
        if fault.kind == "throttle":
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.")
        if fault.kind == "expire":
            self.tokens.clear()
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return _error(503, "SERVER_UNAVAILABLE", "Server Unavailable")

    def answer(self, request: Request) -> Answer:
        if request.path == "/services/oauth2/token":
            return self._token(request)
        if request.path.startswith("/services/Soap/u/"):
            return self._soap(request.body.decode())
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        path = re.sub(r"^/services/data/v\d+\.\d", "", request.path).rstrip("/")
        if path in ("/query", "/queryAll"):
            return self._query(request.query["q"][0], deleted=path == "/queryAll")
        if path.startswith("/query/"):
            return self._more(path.removeprefix("/query/"))
        if path == "/sobjects/Opportunity/describe":
            return Answer({"fields": [{"name": name} for name in self._fields]})
        return _error(404, "NOT_FOUND", "The requested resource does not exist")

    @property
    def _fields(self) -> list[str]:
        several = ["CurrencyIsoCode"] if self.currencies else []
        return [name for name in (*_FIELDS, *several) if name not in self.hidden]

    def _token(self, request: Request) -> Answer:
        """The client-credentials flow."""
        pair = f"{self.secrets['SALESFORCE_CONSUMER_KEY']}:{self.secrets['SALESFORCE_CONSUMER_SECRET']}"
        good = f"Basic {base64.b64encode(pair.encode()).decode()}"
        if request.headers.get("authorization") != good:
            said = {"error": "invalid_client", "error_description": "invalid client credentials"}
            return Answer(said, 400)
        return Answer(
            {"access_token": self.sign_in(), "instance_url": self.secrets["SALESFORCE_INSTANCE_URL"]}
        )

    def sign_in(self) -> str:
        """A token that is good until the next ``expire``."""
        self.logins += 1
        token = f"00Dlocal!{next(self._serial)}"
        self.tokens.add(token)
        return token

    def _soap(self, body: str) -> Answer:
        if "getUserInfo" in body:
            if not any(f"<urn:sessionId>{token}</urn:sessionId>" in body for token in self.tokens):
                return _soap_fault("sf:INVALID_SESSION_ID", "Invalid Session ID found")
            home = "" if self.currencies else self.deals.account.currency
            said = f"<orgDefaultCurrencyIsoCode>{home}</orgDefaultCurrencyIsoCode>"
            return _xml(f"<getUserInfoResponse><result>{said}</result></getUserInfoResponse>")
        user = self.user_secrets
        key = user["SALESFORCE_PASSWORD"] + user["SALESFORCE_SECURITY_TOKEN"]
        if f"<n1:password>{key}</n1:password>" not in body or user["SALESFORCE_USERNAME"] not in body:
            return _soap_fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked.")
        server = f"{self.secrets['SALESFORCE_INSTANCE_URL']}/services/Soap/u/62.0/00D"
        said = f"<serverUrl>{server}</serverUrl><sessionId>{self.sign_in()}</sessionId>"
        return _xml(f"<loginResponse><result>{said}</result></loginResponse>")

    def _query(self, soql: str, *, deleted: bool) -> Answer:
        account = self.deals.account
        if soql == "SELECT Id, Name, TimeZoneSidKey FROM Organization":
            named = {"Id": account.id, "Name": account.name, "TimeZoneSidKey": account.time_zone}
            return Answer({"totalSize": 1, "done": True, "records": [named]})
        if soql == "SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true":
            if not self.currencies:
                return _error(400, "INVALID_TYPE", "sObject type 'CurrencyType' is not supported.")
            records = [{"IsoCode": self.currencies[0]}]
            return Answer({"totalSize": 1, "done": True, "records": records})
        asked = _DEALS.fullmatch(soql)
        if asked is None or not all(_MOMENT.fullmatch(asked[name]) for name in ("first", "after")):
            return _error(400, "MALFORMED_QUERY", "unexpected token")
        fields = [name.strip() for name in asked["fields"].split(",")]
        wrong = [name for name in fields if name not in self._fields]
        if wrong:
            return _error(400, "INVALID_FIELD", f"No such column '{wrong[0]}' on entity 'Opportunity'.")
        found = self.deals.modified(*(datetime.fromisoformat(asked[name]) for name in ("first", "after")))
        found = sorted((one for one in found if deleted or not one.deleted), key=lambda one: one.modified)
        return self._batch("", [self._shown(deal, fields) for deal in found], 0)

    def _more(self, name: str) -> Answer:
        if name not in self._cursors:
            return _error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._batch(name.rpartition("-")[0], *self._cursors[name])

    def _batch(self, cursor: str, records: list[Mapping[str, object]], start: int) -> Answer:
        end = start + self.page
        answer: dict[str, object] = {
            "totalSize": len(records),
            "done": end >= len(records),
            "records": records[start:end],
        }
        if end < len(records):
            name = f"{cursor or f'01glocal{next(self._serial):010d}'}-{end}"
            self._cursors[name] = (records, end)
            answer["nextRecordsUrl"] = f"/services/data/v62.0/query/{quote(name)}"
        return Answer(_exact(answer))

    def _shown(self, deal: Deal, fields: list[str]) -> Mapping[str, object]:
        stage = {"won": "Closed Won", "lost": "Closed Lost"}.get(deal.stage, deal.stage)
        home = self.currencies[0] if self.currencies else None
        record: dict[str, object] = {
            "Id": f"006{deal.number:015d}",
            "Name": deal.name,
            "Amount": deal.amount,
            "CloseDate": deal.closes.isoformat(),
            "StageName": stage,
            "IsWon": deal.won,
            "IsClosed": deal.closed,
            "IsDeleted": deal.deleted,
            "CampaignId": deal.campaign,
            "LeadSource": deal.lead_source,
            "CreatedDate": _stamp(deal.created),
            "LastModifiedDate": _stamp(deal.modified),
            "SystemModstamp": _stamp(deal.modified),
            "CurrencyIsoCode": deal.currency or home,
        }
        url = f"/services/data/v62.0/sobjects/Opportunity/{record['Id']}"
        chosen = {name: record[name] for name in fields}
        return {"attributes": {"type": "Opportunity", "url": url}, **chosen, **self.drifted}


def _stamp(stamp: datetime) -> str:
    return stamp.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _exact(answer: Mapping[str, object]) -> bytes:
    """JSON with amounts as they are, to the cent: a Decimal is written as the number that it is."""
    marked = json.dumps(answer, default=lambda amount: f"\x00{amount}\x00", ensure_ascii=True)
    return re.sub(r'"\\u0000(-?[\d.]+)\\u0000"', r"\1", marked).encode()


def _xml(inside: str, status: int = 200) -> Answer:
    return Answer(_SOAP.format(inside).encode(), status, {"Content-Type": "text/xml"})


def _soap_fault(code: str, message: str) -> Answer:
    said = f"<sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage>"
    named = f'<sf:fault xmlns:sf="urn:fault.partner.soap.sforce.com">{said}</sf:fault>'
    return _xml(f"<soapenv:Fault><faultcode>{code}</faultcode><detail>{named}</detail></soapenv:Fault>", 500)


def _error(status: int, code: str, message: str) -> Answer:
    return Answer([{"message": message, "errorCode": code}], status)


PLATFORM = Platform("salesforce", SalesforceServer)
