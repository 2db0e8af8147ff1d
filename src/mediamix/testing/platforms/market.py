"""Platforms that can be learned from: campaigns that run and rest as advertisers buy them, and the sales
that they cause by a known law.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from mediamix.simulate.parts import Pattern
from mediamix.simulate.patterns import spend_pattern
from mediamix.testing.platforms.base import Platform, World, WorldAccount, days

#: Campaigns of each platform, in turn: how they are bought, and euros of a mean day.
BOUGHT: tuple[tuple[tuple[Pattern, float], ...], ...] = (
    (("bursty", 700.0), ("flighted", 800.0), ("always_on", 900.0)),
    (("bursty", 700.0), ("occasional", 500.0)),
    (("flighted", 600.0), ("occasional", 400.0)),
)
#: What a euro of each channel brings on a day of mean spend, in turn.
ROI = (1.2, 2.0, 3.0, 1.5, 0.8)
#: Share of a day's effect that the next day keeps.
KEPT = 0.4
LEVEL, WEEKEND, NOISE = 20_000.0, 0.1, 0.05


def world(number: int, name: str, first: date, last: date, seed: int) -> World:
    """One account of a platform, and its campaigns.

    Args:
        number: Its place among the platforms, from 1.
        name: Of its account.
        first: First day.
        last: Last day, today.
        seed: Of all that is random.
    """
    rng = np.random.default_rng([seed, number])
    length, year_day = (last - first).days + 1, first.timetuple().tm_yday
    plan = [
        [
            Decimal(round(100 * mean * float(part))) / 100
            for part in spend_pattern(pattern, length, 1, year_day, rng)
        ]
        for pattern, mean in BOUGHT[(number - 1) % len(BOUGHT)]
    ]
    account = WorldAccount(f"100000000{number}", name, "EUR", "Europe/Berlin")
    return World(first, last, accounts=(account,), plan=plan, seed=seed + number)


def spent(platform: Platform, world: World) -> dict[str, list[float]]:
    """Channel, as the mart calls it → its spend on each day that is over."""
    every = list(days(world.first, world.last - timedelta(days=1)))
    found: dict[str, dict[date, Decimal]] = {}
    for account in world.accounts:
        for row in world.rows(account.id, every[0], every[-1]):
            of_day = found.setdefault(platform.channel(row), {})
            of_day[row.date] = of_day.get(row.date, Decimal()) + row.spend
    return {name: [float(found[name].get(day, 0)) for day in every] for name in sorted(found)}


def sales(channels: Mapping[str, Sequence[float]], first: date, seed: int) -> tuple[str, dict[str, float]]:
    """Revenue by day, as CSV, and the true ROI of each channel.

    A level with weekends, noise of a twentieth, and of each channel 2·roi·mean·x / (x + mean), where x is its
    spend, carried over.

    Args:
        channels: Name → spend of each day from the first on.
        first: The first day.
        seed: Of the noise.
    """
    rng = random.Random(f"sales/{seed}")  # noqa: S311  # numbers of a demo, no secret
    length = len(next(iter(channels.values())))
    every = list(days(first, first + timedelta(days=length - 1)))
    revenue = [LEVEL * (1.0 + WEEKEND * (day.weekday() >= 5)) for day in every]
    truth = {}
    for number, (name, amounts) in enumerate(channels.items()):
        mean, carried, brought = sum(amounts) / length, 0.0, 0.0
        for at, amount in enumerate(amounts):
            carried = KEPT * carried + (1.0 - KEPT) * amount
            effect = 2.0 * ROI[number % len(ROI)] * mean * carried / (carried + mean)
            revenue[at] += effect
            brought += effect
        truth[name] = brought / sum(amounts)
    lines = [
        f"{day},{amount * (1.0 + rng.gauss(0.0, NOISE)):.2f}"
        for day, amount in zip(every, revenue, strict=True)
    ]
    return "\n".join(["date,revenue", *lines]) + "\n", truth
