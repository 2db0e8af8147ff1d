"""Small pictures in SVG, written by hand: no script, no font, nothing loaded.

Text has the page's colour and marks have tones that can be seen on white and on black.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from mediamix.core.text import one_line

#: Marks; what they are compared with; where zero or the goal is.
MARK, BESIDE, RULE = "#0d9488", "#94a3b8", "rgba(127,127,127,.5)"
WIDTH, LEFT, RIGHT, ROW, MOST = 640, 130, 80, 20, 10


def svg(content: Sequence[str], height: float, label: str) -> str:
    """A whole picture; `label` says what it shows to who can't see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
        f'height="{height:g}" role="img" aria-label="{_safe(label)}" '
        f'style="max-width:100%;height:auto;font:11px system-ui,sans-serif">{"".join(content)}</svg>'
    )


def intervals(
    rows: Sequence[tuple[str, float, float, float, str]], label: str, mark: float | None = None
) -> str:
    """A dot with its interval per row: name, low, middle, high and the words at its end.

    Args:
        rows: The first ten are drawn.
        label: What is shown.
        mark: Where a line stands through all rows, such as a ROI of 1.
    """
    rows = [row for row in rows if all(map(math.isfinite, row[1:4]))][:MOST]
    if not rows:
        return ""
    ends = [value for row in rows for value in row[1:4]] + [0.0] + ([] if mark is None else [mark])
    x_of = _scale(min(ends), max(ends))
    height = ROW * len(rows) + 22
    made = [_text(0, 12, label, muted=True)]
    made += [_line(x_of(at), 18, x_of(at), height, dashed=at != 0) for at in {0.0, mark} if at is not None]
    for i, (name, low, middle, high, words) in enumerate(rows):
        y = 22 + ROW * (i + 0.5)
        made += [
            _text(0, y + 4, name),
            f'<line x1="{x_of(low):.1f}" x2="{x_of(high):.1f}" y1="{y:g}" y2="{y:g}" stroke="{MARK}" '
            'stroke-width="6" stroke-opacity=".45"/>',
            f'<circle cx="{x_of(middle):.1f}" cy="{y:g}" r="4" fill="{MARK}"/>',
            _text(WIDTH - RIGHT + 8, y + 4, words),
        ]
    return svg(made, height, label)


def pairs(rows: Sequence[tuple[str, float, float | None, str]], label: str) -> str:
    """A bar per row, and a thin one of what it is compared with below: name, value, other, words."""
    rows = rows[:MOST]
    most = max([value for row in rows for value in row[1:3] if isinstance(value, int | float)], default=0.0)
    if not rows or not most > 0:
        return ""
    x_of = _scale(0.0, most)
    height = (ROW + 4) * len(rows) + 22
    made = [_text(0, 12, label, muted=True)]
    for i, (name, value, other, words) in enumerate(rows):
        y = 22 + (ROW + 4) * i
        made += [
            _text(0, y + 13, name),
            _bar(x_of, value, y + 3, 9, MARK),
            _text(WIDTH - RIGHT + 8, y + 13, words),
        ]
        made += [] if other is None else [_bar(x_of, other, y + 13, 5, BESIDE)]
    return svg(made, height, label)


def over_time(line: Sequence[float], bars: Sequence[float], label: str, ends: tuple[str, str]) -> str:
    """A line over bars with one time axis, each on a scale of its own; many periods are averaged."""
    line, bars = _fewer(line), _fewer(bars)
    top, middle, bottom = 20.0, 84.0, 124.0
    most_bar = max(bars, default=0.0)
    known = [value for value in line if math.isfinite(value)]
    step = (WIDTH - 8) / max(len(line), len(bars), 1)
    made = [_text(0, 12, label, muted=True)]
    if most_bar > 0:
        wide, tall = max(step - 0.6, 0.5), [34 * value / most_bar for value in bars]
        made += [
            f'<rect x="{4 + i * step:.1f}" y="{bottom - high:.1f}" width="{wide:.1f}" height="{high:.1f}" '
            f'fill="{BESIDE}"/>'
            for i, high in enumerate(tall)
            if high > 0
        ]
    if known:
        low, high = min(0.0, *known), max(0.0, *known)
        span = (high - low) or 1.0
        runs: list[list[str]] = [[]]
        for i, value in enumerate(line):
            if math.isfinite(value):
                y = middle - (middle - top) * (value - low) / span
                runs[-1].append(f"{4 + (i + 0.5) * step:.1f},{y:.1f}")
            elif runs[-1]:
                runs.append([])
        made += [
            f'<polyline points="{" ".join(run)}" fill="none" stroke="{MARK}" stroke-width="1.5"/>'
            for run in runs
            if run
        ]
    made += [
        _text(0, bottom + 15, ends[0], muted=True),
        _text(WIDTH, bottom + 15, ends[1], muted=True, end=True),
    ]
    return svg(made, bottom + 20, label)


def lines(curves: Sequence[tuple[str, Sequence[float], Sequence[float]]], label: str) -> str:
    """Curves from zero in one frame: name, x and y of each; a name stands at the end of its curve."""
    curves = [curve for curve in curves if len(curve[1])][:MOST]
    most_x = max((float(max(x)) for _, x, _ in curves), default=0.0)
    most_y = max((float(max(y)) for _, _, y in curves), default=0.0)
    if not most_x > 0 or not most_y > 0:
        return ""
    height, wide = 190.0, WIDTH - 140.0
    made = [
        _text(0, 12, label, muted=True),
        _line(4, height - 6, wide, height - 6),
        _line(4, 20, 4, height - 6),
    ]
    taken: list[float] = []
    for i, (name, x, y) in enumerate(sorted(curves, key=lambda curve: float(curve[2][-1]))):
        at = [
            (4 + (wide - 4) * float(a) / most_x, height - 6 - (height - 30) * max(float(b), 0.0) / most_y)
            for a, b in zip(x, y, strict=True)
        ]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in at)
        shade = 1.0 - 0.6 * i / max(len(curves), 2)
        made.append(
            f'<polyline points="{points}" fill="none" stroke="{MARK}" stroke-opacity="{shade:.2f}" '
            'stroke-width="1.8"/>'
        )
        label_y = min([at[-1][1] + 4, *(t - 12 for t in taken[-1:])])
        taken.append(label_y)
        made.append(_text(at[-1][0] + 6, label_y, name))
    return svg(made, height, label)


def _scale(low: float, high: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda value: LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / span


def _bar(x_of: Callable[[float], float], value: float, y: float, height: float, fill: str) -> str:
    wide = max(x_of(max(value, 0.0)) - LEFT, 0.0)
    return f'<rect x="{LEFT}" y="{y:g}" width="{wide:.1f}" height="{height:g}" fill="{fill}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="3 3"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{RULE}"{dash}/>'


def _text(x: float, y: float, text: str, *, muted: bool = False, end: bool = False) -> str:
    style = ' fill-opacity=".65"' if muted else ""
    anchor = ' text-anchor="end"' if end else ""
    most = 100 if muted else 20
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="currentColor"{style}{anchor}>{_safe(short)}</text>'


def _safe(text: str) -> str:
    return escape(one_line(text))


def _fewer(values: Sequence[float], most: int = 210) -> list[float]:
    """At most `most` values: means of equally many neighbours; NaN where one of them isn't known."""
    size = -(-len(values) // most) if len(values) else 1
    groups = [values[i : i + size] for i in range(0, len(values), size)]
    return [float(sum(float(v) for v in group)) / len(group) for group in groups]
