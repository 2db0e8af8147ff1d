"""How the cost of a gradient grows with geos, weeks and channels: a table and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.floor import microseconds
from mediamix.core.spec import parse_spec
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

#: Around the usual panel, one size at a time.
SWEEPS = {
    "geos": (10, 20, 40, 80, 160),
    "weeks": (52, 104, 208, 416),
    "channels": (3, 6, 12, 24, 36),
}
BASE = {"geos": 40, "weeks": 156, "channels": 6}
PANEL = {"geo": {}}


@dataclass(frozen=True)
class Sweep:
    """Microseconds of one gradient along one size.

    Args:
        axis: What varies.
        sizes: Its values.
        measured: Microseconds at each.
    """

    axis: str
    sizes: tuple[int, ...]
    measured: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """K of ``cost ∝ size^k``, by least squares on logs."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.measured), 1)[0])


def panel(geos: int, weeks: int, channels: int) -> Scenario:
    """A weekly panel of that size."""
    return replace(Scenario.geo_panel(1), geos=geos, periods=weeks, channels=channels)


def sweep(axis: str, sizes: Sequence[int]) -> Sweep:
    """Time gradients along one size, with the baseline of the usual panel."""
    found = []
    for size in sizes:
        shape = BASE | {axis: size}
        # As many trend knots whatever the length, so that only one thing varies.
        spec = parse_spec(PANEL | {"trend": {"every": shape["weeks"] / 6}})
        problem = pose(simulate(panel(**shape)).dataset, spec)
        found.append(microseconds(problem.model.density()))
    return Sweep(axis, tuple(sizes), tuple(found))


WIDTH, HEIGHT, MARGIN, GAP = 760, 250, 54, 26


def picture(sweeps: Sequence[Sweep]) -> str:
    """SVG: a panel per sweep, both axes logarithmic and of one scale for costs."""
    every = [cost for found in sweeps for cost in found.measured]
    low, high = np.floor(np.log10(min(every))), np.ceil(np.log10(max(every)))
    wide = (WIDTH - MARGIN - GAP * len(sweeps)) / len(sweeps)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]

    def y(cost: float) -> float:
        return float(HEIGHT - MARGIN - (np.log10(cost) - low) / (high - low) * (HEIGHT - 2 * MARGIN))

    for power in np.arange(low, high + 1):
        at, label = y(10**power), f"{10 ** (power - 3):g} ms"
        parts += [
            f'<line x1="{MARGIN}" x2="{WIDTH - GAP}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>',
            f'<text x="{MARGIN - 5}" y="{at + 4:.1f}" text-anchor="end" fill="#555">{label}</text>',
        ]
    under = HEIGHT - MARGIN + 16
    for i, found in enumerate(sweeps):
        left = MARGIN + 12 + i * (wide + GAP)
        first, last = np.log(found.sizes[0]), np.log(found.sizes[-1])
        xs = [left + (np.log(size) - first) / (last - first) * (wide - 24) for size in found.sizes]
        points = [(x, y(cost)) for x, cost in zip(xs, found.measured, strict=True)]
        line = " ".join(f"{x:.1f},{at:.1f}" for x, at in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="#2a6f97" stroke-width="2"/>')
        for (x, at), size in zip(points, found.sizes, strict=True):
            parts += [
                f'<circle cx="{x:.1f}" cy="{at:.1f}" r="3.5" fill="#2a6f97"/>',
                f'<text x="{x:.1f}" y="{under}" text-anchor="middle" fill="#555">{size}</text>',
            ]
        title = f"{found.axis}: cost ∝ n^{found.exponent:.2f}"
        parts.append(f'<text x="{left + wide / 2 - 12:.1f}" y="24" text-anchor="middle">{title}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
