"""The card of `Information`: what a perfect test of each channel could be worth."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.core.numbers import amount, percent, quantity
from mediamix.decide.answer.information import Information
from mediamix.showing.pictures import pairs


def card(info: Information) -> Card:
    """Worth of knowing all; a row per channel, the most valuable first."""
    best = info.best_test
    return Card(
        title="Information: what perfect knowledge could add to this plan",
        lines=(
            ("all", f"{amount(info.perfect.value, info.unit, info.currency)}, more than any test can bring"),
            ("best test", best or "none is worth anything"),
        ),
        columns=("channel", f"worth ({info.unit})", "money moved", "plan changes"),
        rows=tuple(
            (name, quantity(worth.value), quantity(worth.moved), percent(worth.changed))
            for name, worth in info.channels.items()
        ),
        picture=pairs(
            [(name, worth.value, None, quantity(worth.value)) for name, worth in info.channels.items()],
            f"worth of knowing a channel, in {info.unit}",
        ),
        next_step="info.table()",
    )
