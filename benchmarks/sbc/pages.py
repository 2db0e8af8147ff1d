"""What simulation-based calibration found, as tables, a report and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from mediamix.core.provenance import host, versions
from sbc.ranks import ALPHA, Band, chi_square

GROUPS = ("sampled", "integrated out", "derived")


@dataclass(frozen=True)
class Calibration:
    """Ranks of the truths in one world.

    Args:
        title: Of the world.
        described: Its size, in words.
        ranks: Quantity → rank per simulation.
        kept: Draws that a truth is ranked among.
        total: Draws of a fit before thinning.
        group: Quantity → one of `GROUPS`.
        divergences: Per simulation.
        ess: Effective draws of the worst sampled parameter, per simulation, of all draws.
        seconds: For all.
    """

    title: str
    described: str
    ranks: dict[str, np.ndarray]
    kept: int
    total: int
    group: dict[str, str]
    divergences: np.ndarray
    ess: np.ndarray
    seconds: float


HEAD = ("quantity", "drawn", "mean rank", "χ² (19)", "p", "ECDF p", "99 % band")


def chance_of(p: float) -> str:
    """A p value as people read it."""
    return f"{p:.4f}" if p >= 1e-4 else "< 0.0001"


def rows(result: Calibration, band: Band) -> list[tuple[str, ...]]:
    """A line per quantity."""
    lines = []
    for name, ranks in result.ranks.items():
        value, chance = chi_square(ranks, result.kept + 1)
        p = band.p_value(ranks)
        lines.append(
            (
                name,
                result.group[name],
                f"{ranks.mean() / result.kept:.3f}",
                f"{value:.1f}",
                chance_of(chance),
                chance_of(p),
                "inside" if p > ALPHA else "OUTSIDE",
            )
        )
    return lines


def outside(result: Calibration, band: Band) -> list[str]:
    """Quantities whose ECDF leaves the band."""
    return [name for name, ranks in result.ranks.items() if band.p_value(ranks) <= ALPHA]


def sentence(result: Calibration, band: Band) -> str:
    """What was found in one world, and what chance alone would do."""
    found, n = outside(result, band), len(result.ranks)
    smallest = min(band.p_value(ranks) for ranks in result.ranks.values())
    named = f" ({', '.join(found)})" if found else ""
    return (
        f"{len(found)} of {n} quantities outside the 99 % band{named}; chance alone puts {ALPHA * n:.1f} "
        f"outside. Smallest p {chance_of(smallest)}, times {n} quantities: {min(1.0, n * smallest):.2f}. "
        f"{result.divergences.sum():,} divergences, in {(result.divergences > 0).sum()} of "
        f"{len(result.ess)} fits; effective draws of the worst "
        f"parameter, of {result.total:,}: median {np.median(result.ess):,.0f}, least "
        f"{result.ess.min():,.0f}; {result.seconds:.0f} s."
    )


def markdown(results: Sequence[Calibration], wrong: Sequence[Calibration], band: Band) -> str:
    """The report, with the machine it was made on (no names, no paths)."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    parts = [
        "# Simulation-based calibration",
        f"{len(results[0].ess)} simulations a world. Made by `uv run python benchmarks/sbc/run.py` "
        f"on {date.today().isoformat()}: {machine['cores']} cores, {machine['system']} "
        f"{machine['machine']}; {described}.",
        "A truth is drawn from the priors and an outcome from the truth, in code that shares nothing with "
        "the engine's density; the engine fits it. If it is right, the rank of the truth among "
        f"{results[0].kept} nearly independent posterior draws is uniform for every quantity. A quantity is "
        "outside if the ECDF of its ranks leaves the simultaneous 99 % band anywhere (Säilynoja, Bürkner & "
        "Vehtari 2022); a mean rank is 0.5 if calibrated, χ² has 19 degrees of freedom.",
    ]
    for result in results:
        lines = [HEAD, ["---"] * len(HEAD), *rows(result, band)]
        parts += [f"## {result.title}", f"{result.described}.", sentence(result, band)]
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in lines))
    parts.append("## A wrong engine is found")
    parts += [f"{result.title}: {sentence(result, band)}" for result in wrong]
    return "\n\n".join(parts) + "\n"


WIDTH, HEIGHT, LEFT, TOP, GAP = 216, 120, 40, 52, 16
#: Vertical steps of a line per pixel; horizontally a step is a rank.
FINE = 4


def picture(results: Sequence[Calibration], band: Band) -> str:
    """ECDF minus the diagonal for every quantity as SVG: a row per world, a column per group."""
    width, row = LEFT + len(GROUPS) * (WIDTH + GAP), HEIGHT + 46
    height = TOP + len(results) * row - 16
    reach = _reach(band)
    tick = 0.05 if reach < 0.12 else 0.1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="#333">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="13">ECDF of the truth\'s ranks minus the diagonal, with the '
        "simultaneous 99 % band. Red: outside.</text>",
    ]
    for r, result in enumerate(results):
        middle = TOP + r * row + HEIGHT // 2
        parts.append(f'<text x="{LEFT}" y="{middle - HEIGHT / 2 - 8:.0f}" font-weight="bold">')
        parts.append(f"{result.title}</text>")
        for value in (-tick, 0.0, tick):
            y = middle - value / reach * HEIGHT / 2 + 4
            parts.append(f'<text x="{LEFT - 6}" y="{y:.0f}" text-anchor="end">{value:g}</text>')
        for k, group in enumerate(GROUPS):
            parts.append(f'<g transform="translate({LEFT + k * (WIDTH + GAP)} {middle})">')
            parts += _panel(result, group, band)
            parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(result: Calibration, group: str, band: Band) -> list[str]:
    """One group of one world: the band, a line per quantity, those outside on top."""
    low, high = band.limits()
    below = np.arange(1, len(low) + 1) / (len(low) + 1)
    names = [name for name in result.ranks if result.group[name] == group]
    strays = outside(result, band)
    scale = f"scale({WIDTH / (len(below) - 1):.4f} {1 / FINE})"
    reach = _reach(band)
    edges = [*enumerate(_heights(high - below, reach)), *reversed([*enumerate(_heights(low - below, reach))])]
    outline = " ".join(f"{x},{y}" for x, y in edges)
    parts = [
        f'<text y="{HEIGHT // 2 + 14}">{group}: {len(names)} quantities</text>',
        f'<g transform="{scale}" fill="none" stroke="#00695c" stroke-opacity=".5">',
        f'<polygon fill="#d5e6e3" stroke="none" points="{outline}"/>',
    ]
    for name in sorted(names, key=strays.__contains__):
        ecdf = np.bincount(result.ranks[name], minlength=len(below) + 1).cumsum()[:-1]
        colour = ' stroke="#c62828" stroke-opacity="1"' if name in strays else ""
        line = _path(_heights(ecdf / len(result.ranks[name]) - below, reach))
        parts.append(f'<path{colour} vector-effect="non-scaling-stroke" d="{line}"/>')
    return [*parts, "</g>"]


def _reach(band: Band) -> float:
    """Half the height of a panel: a little more than the band; lines beyond are cut there."""
    low, high = band.limits()
    return 1.3 * float((high - low).max()) / 2


def _heights(values: np.ndarray, reach: float) -> np.ndarray:
    """Whole steps, downwards as SVG counts."""
    return np.round(-np.clip(values, -reach, reach) / reach * HEIGHT / 2 * FINE).astype(int)


def _path(y: np.ndarray) -> str:
    """A line from left to right in relative whole steps, which keeps the file small."""
    return f"M0 {y[0]}l" + " ".join(f"1 {d}" if d >= 0 else f"1{d}" for d in np.diff(y))
