"""What a channel takes of the money beside what it brings of media's effect."""

from __future__ import annotations

from mediamix.core.numbers import percent, span
from mediamix.reporting.blocks import Block, Figure, Legend
from mediamix.reporting.figures import Pair, pairs
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """Two bars per paid channel, the largest spend first; nothing where there is one channel or none."""
    shares = material.effect_shares
    spend = {m.name: m.spend for m in material.summary.channels if m.name in shares}
    total = sum(spend.values())
    if len(shares) < 2:
        return []
    rows = []
    for name, money in sorted(spend.items(), key=lambda item: -item[1]):
        effect = shares[name]
        said = (
            f"{name}: {percent(money / total)} of spend, {percent(effect.mean)} of effect "
            f"({span(effect.p5, effect.p95, percent)})"
        )
        note = f"{percent(money / total)} → {percent(effect.mean)}"
        rows.append(
            Pair(name, material.colours[name], money / total, effect.mean, note, said, effect.p5, effect.p95)
        )
    _, best = max((shares[name].mean - money / total, name) for name, money in spend.items())
    words = (
        f"{best} brings most beyond its money: {percent(shares[best].mean)} of the effect for "
        f"{percent(spend[best] / total)} of the spend."
    )
    colour = material.colours[rows[0].name]
    return [
        Figure(
            spec=pairs(rows, axis="share of all paid media", kind="percent"),
            alt=f"Share of spend and share of effect per channel. {words}",
            caption=words,
            legend=(
                Legend("share of spend", colour, "pale"),
                Legend("share of effect", colour),
                Legend("90% interval of the share of effect", INK, "line"),
            ),
        )
    ]


SECTION = Section("shares", "Share of spend against share of effect", 35, "understand", build)
