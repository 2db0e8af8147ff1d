"""Salesforce, by its REST API and SOQL: opportunities as they stand, deleted ones too.

Asked by `SystemModstamp`, which every change moves, also those that machines make. `CurrencyIsoCode` exists
only where an organisation has several currencies; a field that the user may not see doesn't exist for them.
`mediamix.ingest.clients.salesforce` calls the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mediamix.core.extras import extras_of
from mediamix.ingest.clients.salesforce import TITLE, Client
from mediamix.ingest.contracts import DEAL
from mediamix.ingest.crm import SETTLES, bounds, day
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
)

#: Field → column. Without one of these nothing can be said of a deal.
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
#: These may be hidden from the user, or not exist.
WELCOME = {
    "Name": "name",
    "CurrencyIsoCode": "currency",
    "LeadSource": "lead_source",
    "CampaignId": "campaign_id",
}


class Salesforce:
    """An organisation: the credentials are of one.

    Args:
        asked: Accounts, options, secrets, address.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._client = Client(asked)
        self._fields: tuple[str, ...] = ()

    def accounts(self) -> Sequence[Account]:
        _, page = self._client.query("SELECT Id, Name, TimeZoneSidKey FROM Organization")
        (it,) = page["records"]
        number, wanted = str(it["Id"]), self._asked.accounts
        if any(one[:15] != number[:15] for one in wanted):  # the other three letters only spell it safely
            raise SourceError(
                f"{TITLE}: these credentials are of another organisation",
                expected=", ".join(wanted),
                got=number,
                next_step="mend `sources: salesforce: accounts`, or sign in there",
            )
        currency = self._asked.options.get("currency") or self._home()
        return [Account(number, str(it["Name"]), currency, str(it["TimeZoneSidKey"] or ""))]

    def _home(self) -> str:
        """The organisation's own currency; empty: it doesn't say."""
        if "CurrencyIsoCode" not in self._visible():
            return self._client.single_currency()
        _, page = self._client.query("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true")
        return "".join(str(one["IsoCode"]) for one in page["records"])

    def _visible(self) -> tuple[str, ...]:
        """Fields of an opportunity that can be asked for; looked up once."""
        if not self._fields:
            seen = self._client.fields("Opportunity")
            hidden = [name for name in NEEDED if name not in seen]
            if hidden:
                raise SourceError(
                    f"{TITLE} shows this user no {', '.join(hidden)} of opportunities",
                    expected="the right to read opportunities and these fields",
                    next_step="ask the administrator for a permission set with field-level read access",
                )
            self._fields = (*NEEDED, *(name for name in WELCOME if name in seen))
        return self._fields

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """All batches of the deals that were changed on these days."""
        fields = self._visible()
        first, after = (f"{edge:%Y-%m-%dT%H:%M:%SZ}" for edge in bounds(days, account))
        body, page = self._client.query(
            f"SELECT {', '.join(fields)} FROM Opportunity "
            f"WHERE SystemModstamp >= {first} AND SystemModstamp < {after} ORDER BY SystemModstamp, Id",
            deleted=True,
        )
        hidden = [name for name in WELCOME if name not in fields and name != "CurrencyIsoCode"]
        notes = tuple(f"{name} can't be seen by this user" for name in hidden)
        seen = 0
        while True:
            seen += len(page["records"])
            yield Reply(body, [_row(one, account) for one in page["records"]], notes)
            if "nextRecordsUrl" not in page:
                break
            body, page = self._client.more(page["nextRecordsUrl"])
        if seen != page.get("totalSize"):
            raise Dropped(f"{TITLE} gave {seen} of {page.get('totalSize')} opportunities")

    def total(self, account: Account, days: Days) -> Decimal | None:
        """None: a deal leaves its day with its next change, so that no sum of the past stands still."""
        return None


def _row(it: Mapping[str, Any], account: Account) -> Mapping[str, object]:
    row: dict[str, object] = {column: it.get(name) for name, column in (NEEDED | WELCOME).items() if column}
    row["closed_on"] = day(it.get("CloseDate"), account) if it.get("IsClosed") else None
    row["currency"] = it.get("CurrencyIsoCode") or account.currency
    row["amount_home"] = row["amount"] if row["currency"] == account.currency else None
    return row


@extras_of("Salesforce")
def connect(asked: Asked) -> Connection:
    """Get ready; Salesforce is asked when accounts are.

    Raises:
        SourceError: No way to sign in is whole.
        ExtraError: The official client isn't installed.
    """
    return Salesforce(asked)


SALESFORCE = Source(
    name="salesforce",
    title=TITLE,
    lands=DEAL,
    secrets=tuple(
        Secret(one, meaning, optional=True)
        for one, meaning in {
            "SALESFORCE_INSTANCE_URL": "https://NAME.my.salesforce.com",
            "SALESFORCE_CONSUMER_KEY": "of a connected app with the client-credentials flow",
            "SALESFORCE_CONSUMER_SECRET": "of the same app",
            "SALESFORCE_ACCESS_TOKEN": "instead of an app: a token of one's own, which expires",
            "SALESFORCE_USERNAME": "instead of an app: a user",
            "SALESFORCE_PASSWORD": "of the same user",
            "SALESFORCE_SECURITY_TOKEN": "of the same user: it is mailed with each new password",
        }.items()
    ),
    options={
        "domain": "where a user signs in: login, or test for a sandbox; absent: login",
        "version": "of the API; absent: 62.0",
        "currency": "of the organisation, where Salesforce doesn't say",
    },
    restates=SETTLES,
    window=30,
    extra="salesforce",
    facts=(
        "Asked by the days on which opportunities were changed: a deal lands as it stands, in its stage.",
        "closed_on is the close date of closed deals; an open deal's is only expected, and left out.",
        "Deleted deals stay, marked. Salesforce forgets them after 15 days: pull more often than that.",
        "amount_home is there for deals in the organisation's own currency.",
    ),
    connect=connect,
)
