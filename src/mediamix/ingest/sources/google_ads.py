"""Google Ads: campaigns by day, by the official client over gRPC (`SearchStream`).

Money comes in micros of the account's currency and is divided once, here. Conversions are dated by the day of
the click, unless the option says otherwise. `mediamix.ingest.clients.google_ads` calls the client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mediamix.core.errors import SpecError
from mediamix.core.extras import extras_of
from mediamix.ingest.by_geo import notes_of, split
from mediamix.ingest.clients.google_ads import TITLE, Client
from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.source import Account, Asked, Connection, Days, Reply, Secret, Source, SourceError

_MICROS = 1_000_000
_CAMPAIGN = ("campaign.name", "campaign.advertising_channel_type")
_METRICS = {
    "click": ("conversions", "conversions_value"),
    "conversion": ("conversions_by_conversion_date", "conversions_value_by_conversion_date"),
}
#: What a split by geo is asked for by: where people were, not what they looked for.
_LEVELS = {
    "country": "user_location_view.country_criterion_id",
    "region": "segments.geo_target_region",
    "metro": "segments.geo_target_metro",
    "city": "segments.geo_target_city",
}
_CONSTANT = "geoTargetConstants/"
#: Geos whose names are asked for at once.
_NAMED = 500
_BELOW = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code, "
    "customer_client.time_zone FROM customer_client "
    "WHERE customer_client.manager = FALSE AND customer_client.status = 'ENABLED'"
)


class GoogleAds:
    """Accounts below a manager, or those that the user sees.

    Args:
        asked: Accounts, options, secrets, address.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._basis = asked.options.get("conversions", "click")
        if self._basis not in _METRICS:
            raise SpecError(
                "option 'conversions' of google_ads says by which day conversions count",
                expected="click or conversion",
                got=repr(self._basis),
                next_step="mend `sources: google_ads: options`",
            )
        self._geo = asked.options.get("geo", "")
        if self._geo and self._geo not in _LEVELS:
            raise SpecError(
                "option 'geo' of google_ads says by which places campaigns are split",
                expected=", ".join(_LEVELS),
                got=repr(self._geo),
                next_step="mend `sources: google_ads: options`, or leave it out: then nothing is split",
            )
        self._geo_names: dict[str, str] = {}
        self._client = Client(asked)
        self._login: dict[str, str] = {}  # account -> the account that it is reached through

    def accounts(self) -> Sequence[Account]:
        """Accounts that can be asked, each once; managers have no campaigns."""
        manager = _digits(self._asked.options.get("manager", ""))
        roots = [manager] if manager else self._client.roots()
        wanted = {_digits(one) for one in self._asked.accounts}
        found: dict[str, Account] = {}
        refused: SourceError | None = None
        for root in roots:
            try:
                batches = list(self._client.search(root, root, _BELOW))
            except SourceError as error:
                # One of several accounts of a user may be closed; a manager that was named may not.
                if manager or root in wanted:
                    raise
                refused = error
                continue
            for row in (row for batch in batches for row in batch.results):
                account = _account(row.customer_client)
                found.setdefault(account.id, account)
                self._login.setdefault(account.id, root)
        if not found and refused is not None:
            raise refused
        missing = sorted(wanted - set(found))
        if missing:
            raise SourceError(
                f"{TITLE} shows no account {', '.join(missing)} to these credentials",
                expected="one of " + ", ".join(sorted(found)),
                got=", ".join(missing),
                next_step="check the ids in `sources: google_ads: accounts`, and the option 'manager' if "
                "they are reached through one; closed accounts can't be read",
            )
        return [account for account in found.values() if not wanted or account.id in wanted]

    def pull(self, account: Account, days: Days) -> Iterator[Reply]:
        """One page per batch of the stream, of up to 10,000 rows; of a split the last page has all rows."""
        whole = self._pages(account, days, "campaign", _CAMPAIGN, self._row)
        if not self._geo:
            yield from whole
            return
        level = _LEVELS[self._geo]
        replies = [*whole, *self._pages(account, days, "user_location_view", (level,), self._part)]
        parts = [row for reply in replies for row in reply.rows if "geo" in row]
        replies += self._names(account, {str(row["geo"]) for row in parts if row["geo"]})
        found = split(
            (row for reply in replies for row in reply.rows if "geo" not in row),
            ({**row, "geo": self._geo_names.get(str(row["geo"]), row["geo"])} for row in parts),
        )
        for number, reply in enumerate(replies, start=1):
            last = number == len(replies)
            yield Reply(reply.body, found.rows if last else (), notes_of(found, self._geo) if last else ())

    def _pages(
        self,
        account: Account,
        days: Days,
        table: str,
        fields: Sequence[str],
        read: Callable[[Any], Mapping[str, object]],
    ) -> Iterator[Reply]:
        from google.protobuf.json_format import MessageToJson

        metrics = ("impressions", "clicks", "cost_micros", *_METRICS[self._basis])
        wanted = ["segments.date", "campaign.id", *fields, *(f"metrics.{name}" for name in metrics)]
        query = f"SELECT {', '.join(wanted)} FROM {table} WHERE {_between(days)}"
        for batch in self._client.search(account.id, self._login.get(account.id, account.id), query):
            yield Reply(MessageToJson(batch, indent=None), [read(row) for row in batch.results])

    def _names(self, account: Account, constants: set[str]) -> Iterator[Reply]:
        """Ask what geos are called that aren't known yet."""
        from google.protobuf.json_format import MessageToJson

        ids = sorted(int(one.removeprefix(_CONSTANT)) for one in constants - self._geo_names.keys())
        for at in range(0, len(ids), _NAMED):
            query = (
                "SELECT geo_target_constant.id, geo_target_constant.canonical_name FROM geo_target_constant "
                f"WHERE geo_target_constant.id IN ({', '.join(map(str, ids[at : at + _NAMED]))})"
            )
            for batch in self._client.search(account.id, self._login.get(account.id, account.id), query):
                for one in (row.geo_target_constant for row in batch.results):
                    self._geo_names[f"{_CONSTANT}{one.id}"] = one.canonical_name
                yield Reply(MessageToJson(batch, indent=None), ())

    def total(self, account: Account, days: Days) -> Decimal | None:
        """The cost of the account as a whole, which no campaign is asked for."""
        query = f"SELECT metrics.cost_micros FROM customer WHERE {_between(days)}"
        batches = self._client.search(account.id, self._login.get(account.id, account.id), query)
        micros = sum(row.metrics.cost_micros for batch in batches for row in batch.results)
        return Decimal(micros) / _MICROS

    def _row(self, row: Any) -> Mapping[str, object]:
        return {
            **self._numbers(row),
            "campaign_name": row.campaign.name,
            "channel": self._client.channel_name(row.campaign.advertising_channel_type),
            "conversion_time_basis": self._basis,
        }

    def _part(self, row: Any) -> Mapping[str, object]:
        """Of a geo, by its constant; none: it isn't known."""
        part, name = _LEVELS[self._geo].split(".")
        said = _field(getattr(row, part), name)
        geo = said if isinstance(said, str) or said is None else f"{_CONSTANT}{said}"
        return {**self._numbers(row), "geo": geo}

    def _numbers(self, row: Any) -> Mapping[str, object]:
        conversions, value = _METRICS[self._basis]
        micros = _field(row.metrics, "cost_micros")
        return {
            "date": row.segments.date,
            "campaign_id": str(row.campaign.id),
            "impressions": _field(row.metrics, "impressions"),
            "clicks": _field(row.metrics, "clicks"),
            "spend": None if micros is None else Decimal(micros) / _MICROS,
            "conversions": _field(row.metrics, conversions),
            "conversions_value": _field(row.metrics, value),
        }


def _between(days: Days) -> str:
    return f"segments.date BETWEEN '{days.first.isoformat()}' AND '{days.last.isoformat()}'"


def _account(one: Any) -> Account:
    return Account(str(one.id), one.descriptive_name, one.currency_code, one.time_zone)


def _field(message: Any, name: str) -> Any:
    """None where the platform left the field out."""
    return getattr(message, name) if message.HasField(name) else None


def _digits(customer: str) -> str:
    return customer.replace("-", "").strip()


@extras_of("Google Ads")
def connect(asked: Asked) -> Connection:
    """Sign in.

    Raises:
        SourceError: The credentials are refused.
        Unavailable: The platform doesn't answer.
        ExtraError: The official client isn't installed.
    """
    return GoogleAds(asked)


GOOGLE_ADS = Source(
    name="google_ads",
    title=TITLE,
    lands=CAMPAIGN_DAY,
    secrets=(
        Secret("GOOGLE_ADS_CLIENT_ID", "of the OAuth client, in the Google Cloud console"),
        Secret("GOOGLE_ADS_CLIENT_SECRET", "of the same OAuth client"),
        Secret("GOOGLE_ADS_REFRESH_TOKEN", "of a user who sees the accounts, with the scope adwords"),
        Secret("GOOGLE_ADS_DEVELOPER_TOKEN", "in the API centre of a manager account", optional=True),
    ),
    options={
        "manager": "id of the manager account through which accounts are reached; absent: those of the user",
        "conversions": "the day that a conversion counts on: click or conversion; absent: click",
        "geo": "split campaigns by where people were: country, region, metro or city; absent: not split",
        "token_address": "where access tokens are given: on this machine, for a try; absent: Google's",
    },
    restates=30,
    window=30,
    extra="google-ads",
    facts=(
        "Conversions are dated by the day of the click, and restated for up to 90 days (`restated: 90`).",
        "Days are days in the account's own time zone; money is in the account's own currency.",
        "Removed campaigns are there; closed accounts can't be read.",
        "'conversions' are those that bidding uses, not all_conversions.",
        "By geo less is said than in all: the rest is the geo 'unknown', so that the sum is the whole.",
    ),
    connect=connect,
)
