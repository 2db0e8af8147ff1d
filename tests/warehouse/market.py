"""A small market that comes from everywhere: two ad platforms in two currencies, an agency's monthly file,
a shop's outcome, a CRM, web analytics, touches; and what its mart must be, added up in plain Python.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from mediamix.data.tables import Tables
from mediamix.ingest.contracts import PLATFORM_CONTRACTS
from mediamix.ingest.load import land
from mediamix.warehouse.engines.duckdb import DuckDB

FIRST, N_DAYS = date(2024, 1, 29), 62
DAYS = [FIRST + timedelta(days=n) for n in range(N_DAYS)]
PULLED = datetime(2024, 4, 2, 5, 30)
RATES = {FIRST: Decimal("0.92"), date(2024, 2, 5): Decimal("0.9312345678"), date(2024, 3, 1): Decimal("0.5")}
# A rate holds for 40 days here: from its date to the next one.
VARIABLES = {
    "rate_age_days": 40,
    "fresh_days": 100_000,
    "week_start": "sunday",
    **{
        f"{name}_table": f"landing.{name}"
        for name in ("channel_patterns", "exchange_rates", "source_periods", "holidays")
    },
}
STATED = """
create table landing.channel_patterns (priority integer, source varchar, campaign varchar, channel varchar);
insert into landing.channel_patterns values
    (2, 'google_ads', '*shop*', 'shopping'),
    (1, 'GOOGLE_ADS', '* Brand_%*', 'brand search'),
    (3, 'radio ag', '', 'radio');
create table landing.exchange_rates (date date, currency varchar, to_currency varchar, rate decimal(18, 10));
create table landing.source_periods
    (source varchar, name varchar, metric varchar, period varchar, rule varchar);
insert into landing.source_periods values
    ('agency', 'radio*', '', 'month', 'even'), ('agency', 'price', '', 'week', 'repeat');
create table landing.holidays (date date, holiday varchar, geo varchar);
insert into landing.holidays values
    ('2024-03-29', 'Good Friday', null), ('2024-02-12', 'Carnival', 'elsewhere');
"""


@dataclass
class Market:
    """Rows by landing table, and the totals they must come to.

    Args:
        rows: Landing table -> rows as dictionaries.
        media: (date, channel, metric) -> total in EUR.
        touches: (person, moment, channel, campaign, cost in EUR).
        conversions: (id, person, moment, value).
    """

    rows: dict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    media: dict[tuple[date, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    touches: list[tuple[str, datetime, str, str | None, Decimal]] = field(default_factory=list)
    conversions: list[tuple[str, str, datetime, Decimal]] = field(default_factory=list)


def market(seed: int) -> Market:
    """All of it, drawn from `seed`."""
    draw = random.Random(seed)
    made = Market()
    _platforms(made, draw)
    _crm_and_visits(made, draw)
    _people(made, draw)
    return made


def tables() -> dict[str, Tables]:
    """What tables deliver: the shop's outcome and events, an agency's months, a channel spelled otherwise."""
    days = pd.to_datetime(pd.Series(DAYS)).astype("datetime64[s]")
    outcome = pd.DataFrame({"date": days, "geo": "national", "revenue": [1000.5 + n for n in range(N_DAYS)]})
    events = pd.DataFrame({"date": days[[9]], "end_date": [days[11]], "event": "Winter SALE", "geo": None})
    none = outcome.iloc[:0]
    months = pd.to_datetime(pd.Series(["2024-02-01", "2024-03-01"])).astype("datetime64[s]")
    radio = pd.DataFrame({"date": months, "geo": "national", "channel": "Radio AG", "spend": [1000.01, 77.0]})
    price = pd.DataFrame(
        {"date": days[[0, 7]].reset_index(drop=True), "geo": "national", "price": [9.5, 8.25]}
    )
    old = pd.DataFrame(
        {"date": days[[0]] - pd.Timedelta(days=3), "geo": "national", "channel": "Meta", "spend": 5.0}
    )
    return {
        "shop": Tables(media=old, outcome=outcome, events=events),
        "agency": Tables(media=radio, outcome=none, controls=price),
    }


def put(warehouse: DuckDB, made: Market) -> None:
    """Land it."""
    for source, delivered in tables().items():
        land(delivered, warehouse, source)
    columns = {c.name: [column.name for column in c.all_columns] for c in PLATFORM_CONTRACTS}
    with warehouse.connect(read_only=False) as connection:
        connection.execute(STATED)
        for day, rate in RATES.items():
            connection.execute("insert into landing.exchange_rates values (?, 'usd', 'EUR', ?)", [day, rate])
        for table, rows in made.rows.items():
            names = columns[table]
            marks = ", ".join("?" * len(names))
            for row in rows:
                connection.execute(
                    f"insert into landing.{table} ({', '.join(names)}) values ({marks})",
                    [row.get(name) for name in names],
                )


def in_euro(amount: Decimal, currency: str, day: date) -> Decimal:
    """At the latest rate up to `day`, to the sixth decimal."""
    if currency == "EUR":
        return amount
    rate = RATES[max(start for start in RATES if start <= day)]
    return (amount * rate).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _platforms(made: Market, draw: random.Random) -> None:
    accounts = {
        ("google_ads", "1"): ("EUR", {"a": ("DE Brand_% 1", "brand search"), "b": ("DE Shop", "shopping")}),
        ("google_ads", "2"): ("USD", {"c": ("us SHOP", "shopping"), "d": ("US brand-x 1", "unmapped")}),
        ("meta", "9"): ("USD", {"e": ("Summer", "Meta"), "f": ("Summer", "Meta")}),
    }
    for (platform, account), (currency, campaigns) in accounts.items():
        months: dict[date, Decimal] = defaultdict(Decimal)
        for day in DAYS:
            months[day.replace(day=1)] += 0
            common: dict[str, object] = {
                "source": platform,
                "account_id": account,
                "platform": platform,
                "currency": currency,
                "time_zone": "UTC",
                "date": day,
                "pulled_at": PULLED,
            }
            made.rows["campaign_day"].append(common)
            # The amount of a channel's day is converted as a whole.
            spent: dict[str, Decimal] = defaultdict(Decimal)
            for number, (name, channel) in campaigns.items():
                if draw.random() < 0.2:
                    continue  # it vanished from that day
                spend = Decimal(draw.randrange(10**9)) / 10**6
                months[day.replace(day=1)] += spend
                spent[channel] += spend
                shown = draw.randrange(10**5)
                made.media[day, channel, "impressions"] += shown
                made.rows["campaign_day"].append(
                    common
                    | {"campaign_id": number, "campaign_name": name, "spend": spend, "impressions": shown}
                )
            for channel, total in spent.items():
                made.media[day, channel, "spend"] += in_euro(total, currency, day)
        for month, total in months.items():
            days = [day for day in DAYS if day.replace(day=1) == month]
            made.rows["account_month"].append(
                {
                    "source": platform,
                    "account_id": account,
                    "month": month,
                    "currency": currency,
                    "first_day": days[0],
                    "last_day": days[-1],
                    "spend": total,
                    "pulled_at": PULLED,
                }
            )


def _crm_and_visits(made: Market, draw: random.Random) -> None:
    common = {"source": "hubspot", "account_id": "h", "pulled_at": PULLED}
    for number in range(30):
        created = DAYS[draw.randrange(30)]
        made.rows["deal"].append(
            common
            | {
                "deal_id": str(number),
                "created_at": datetime.combine(created, datetime.min.time()) + timedelta(hours=23),
                "modified_at": PULLED,
                "closed_on": created + timedelta(days=draw.randrange(30)),
                "is_won": number % 3 == 0,
                "is_deleted": number % 7 == 0,
                "amount": Decimal(draw.randrange(10**6)) / 100,
                "currency": ("EUR", "USD")[number % 2],
            }
        )
    for day in DAYS:
        made.rows["traffic_day"].append(
            {
                "source": "google_analytics",
                "account_id": "p",
                "currency": "USD",
                "time_zone": "UTC",
                "date": day,
                "campaign": "(not set)",
                "sessions": 10,
                "revenue": Decimal("1.10"),
                "pulled_at": PULLED,
            }
        )


def _people(made: Market, draw: random.Random) -> None:
    start = datetime.combine(FIRST, datetime.min.time())
    for person in (f"p{n}" for n in range(25)):
        moments = sorted(draw.sample(range(N_DAYS * 24 * 6), draw.randrange(1, 12)))
        moments += [moment + 1 for moment in moments[:2]]  # ten minutes later: the same visit, if it is alike
        for minutes in sorted(set(moments)):
            moment, cost = start + timedelta(minutes=10 * minutes), Decimal(draw.randrange(1000)) / 100
            channel, campaign = draw.choice([("Meta", "x"), ("Meta", None), ("direct", None)])
            currency = draw.choice(["EUR", "USD"])
            made.touches.append((person, moment, channel, campaign, in_euro(cost, currency, moment.date())))
            made.rows["touch"].append(
                {
                    "source": "web",
                    "user_id": person,
                    "touched_at": moment,
                    "channel": channel,
                    "campaign": campaign,
                    "cost": cost,
                    "currency": currency,
                    "pulled_at": PULLED,
                }
            )
        for number in range(draw.randrange(3)):
            moment = start + timedelta(minutes=10 * draw.randrange(N_DAYS * 24 * 6) + 5)
            value = Decimal(draw.randrange(10**5)) / 100
            made.conversions.append((f"{person}-{number}", person, moment, value))
            made.rows["conversion"].append(
                {
                    "source": "shop",
                    "user_id": person,
                    "conversion_id": f"{person}-{number}",
                    "converted_at": moment,
                    "value": value,
                    "currency": "EUR",
                    "pulled_at": PULLED,
                }
            )


Visit = tuple[str, str | None, datetime, datetime, int, Decimal]


def visits_of(made: Market) -> dict[str, list[Visit]]:
    """Person -> visits in order: touches of one channel and campaign, at most 30 minutes apart."""
    visits: dict[str, list[Visit]] = defaultdict(list)
    for person, moment, channel, campaign, cost in sorted(made.touches, key=lambda touch: touch[:3]):
        last = visits[person][-1] if visits[person] else None
        if last and last[:2] == (channel, campaign) and moment - last[3] <= timedelta(minutes=30):
            visits[person][-1] = (channel, campaign, last[2], moment, last[4] + 1, last[5] + cost)
        else:
            visits[person].append((channel, campaign, moment, moment, 1, cost))
    return visits


def converted(made: Market) -> dict[str, list[Visit]]:
    """Conversion -> its visits: those of which it is the next conversion of the person, within 30 days."""
    journeys: dict[str, list[Visit]] = {number: [] for number, *_ in made.conversions}
    for person, visits in visits_of(made).items():
        for visit in visits:
            later: Sequence[tuple[datetime, str]] = sorted(
                (moment, number)
                for number, who, moment, _ in made.conversions
                if who == person and visit[2] <= moment <= visit[2] + timedelta(days=30)
            )
            if later:
                journeys[later[0][1]].append(visit)
    return journeys
