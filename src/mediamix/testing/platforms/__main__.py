"""Platforms as a process of its own: ``python -m mediamix.testing.platforms google_ads meta --sales FILE``.

Prints one line of JSON (where each platform is, what signs in, what is true of the sales) and runs until its
standard input closes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mediamix.core.registry import discover
from mediamix.testing.platforms import market
from mediamix.testing.platforms.base import Platform

PLATFORMS = "mediamix.testing.platforms"


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until standard input closes."""
    asked = _asked(arguments)
    known = discover(PLATFORMS, Platform)
    last = datetime.now(UTC).date()
    first = last - timedelta(days=asked.days)
    worlds = {
        name: market.world(number, f"Nordwind {number}", first, last, asked.seed)
        for number, name in enumerate(asked.names, 1)
    }
    channels = {c: s for name, one in worlds.items() for c, s in market.spent(known[name], one).items()}
    text, truth = market.sales(channels, first, asked.seed)
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


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mediamix.testing.platforms", description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(discover(PLATFORMS, Platform)))
    parser.add_argument("--days", type=int, default=400, help="before today")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sales", type=Path, help="write revenue by day there")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
