"""Platforms as a process of its own: ``python -m mediamix.testing.platforms google_ads meta --sales FILE``.

Prints one line of JSON (where each platform is, what signs in, what is true of the sales) and runs until its
standard input closes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from mediamix.core.registry import discover
from mediamix.testing.platforms.base import Platform, World, WorldAccount, days

PLATFORMS = "mediamix.testing.platforms"
#: What a euro of each platform brings on a day of mean spend, in turn.
ROI = (3.0, 1.5, 0.8)
#: Share of a day's effect that the next day keeps.
KEPT = 0.4


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until standard input closes."""
    asked = _asked(arguments)
    known = discover(PLATFORMS, Platform)
    last = datetime.now(UTC).date()
    first = last - timedelta(days=asked.days)
    worlds = {
        name: World(
            first,
            last,
            accounts=(WorldAccount(f"100000000{n}", f"Nordwind {n}", "EUR", "Europe/Berlin"),),
            campaigns=2,
            seed=asked.seed + n,
        )
        for n, name in enumerate(asked.names, 1)
    }
    text, truth = sales(worlds, first, last, asked.seed)
    if asked.sales is not None:
        asked.sales.write_text(text, encoding="utf-8")
    with ExitStack() as stack:
        running = {name: stack.enter_context(known[name].serve(world)) for name, world in worlds.items()}
        told = {
            "first": first.isoformat(),
            "platforms": {
                name: {"endpoint": one.endpoint, "secrets": dict(one.secrets), "options": dict(one.options)}
                for name, one in running.items()
            },
            "roi": truth,
        }
        print(json.dumps(told), flush=True)
        sys.stdin.read()


def sales(worlds: Mapping[str, World], first: date, last: date, seed: int) -> tuple[str, dict[str, float]]:
    """Revenue by day, as CSV, and the true ROI of each platform.

    A level with weekdays, noise of a twentieth, and of each platform 2·roi·mean·x / (x + mean), where x is
    its spend, carried over.
    """
    rng = random.Random(f"sales/{seed}")  # noqa: S311  # numbers of a demo, no secret
    every = list(days(first, last - timedelta(days=1)))
    revenue = [20_000.0 * (1.0 + 0.1 * (day.weekday() >= 5)) for day in every]
    truth = {}
    for number, (name, world) in enumerate(worlds.items()):
        spent = [float(_spent(world, day)) for day in every]
        mean, carried, brought = sum(spent) / len(spent), 0.0, 0.0
        for at, amount in enumerate(spent):
            carried = KEPT * carried + (1.0 - KEPT) * amount
            effect = 2.0 * ROI[number % len(ROI)] * mean * carried / (carried + mean)
            revenue[at] += effect
            brought += effect
        truth[name] = brought / sum(spent)
    lines = [
        f"{day},{amount * (1.0 + rng.gauss(0.0, 0.05)):.2f}"
        for day, amount in zip(every, revenue, strict=True)
    ]
    return "\n".join(["date,revenue", *lines]) + "\n", truth


def _spent(world: World, day: date) -> Decimal:
    return sum((world.spend(account.id, day, day) for account in world.accounts), Decimal())


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mediamix.testing.platforms", description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(discover(PLATFORMS, Platform)))
    parser.add_argument("--days", type=int, default=400, help="before today")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sales", type=Path, help="write revenue by day there")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
