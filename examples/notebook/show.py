"""Pictures and sentences for the notebook beside this file; every number comes from its cells.

Pictures are small PNGs with a text for those who can't see them, so that the page shows them anywhere,
GitHub included, without a script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
from IPython.display import Image, Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image as Pixels

import mediamix as mm
from mediamix.core.numbers import chance, money, percent, span, times
from mediamix.core.types import Window
from mediamix.measure.quality import fitted
from mediamix.measure.verdict import Verdict
from mediamix.reporting.palette import ACCENT, BAD, INK, MUTED, RULE, channel_colours
from mediamix.simulate import Truth

__all__ = ["between", "chance", "eur", "listed", "moves", "percent", "say", "times"]

MILLION = 1e6
#: Moves below this part of the budget aren't worth a meeting.
SMALL = 0.005
COLOURS = 128


def say(text: str) -> None:
    """A sentence under a cell."""
    display(Markdown(text))


def eur(value: float, *, signed: bool = False) -> str:
    """``EUR 12.4 M``."""
    return money(value, "EUR", signed=signed)


def between(low: float, high: float) -> str:
    """An interval: ``EUR 1.2 M to 3.4 M``."""
    return span(low, high, eur)


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def table(rows: Sequence[Mapping[str, object]]) -> None:
    """Rows of words; numbers stand at the right."""
    head = list(rows[0])
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(row[name]) for name in head) + " |" for row in rows]
    display(Markdown("\n".join(lines)))


def verdict(fit: mm.Fit) -> Verdict:
    """The report's verdict: data, sampling and held-out forecast in one word, with reasons."""
    return mm.summarise(fit).judged


def moves(plan: mm.Plan) -> str:
    """What a plan moves, in words: the channels that give and those that get."""
    changes = {name: part.change or 0.0 for name, part in plan.channels.items()}
    large = sorted(
        (n for n in changes if abs(changes[n]) > SMALL * plan.spend), key=lambda n: -abs(changes[n])
    )
    give, get = [n for n in large if changes[n] < 0], [n for n in large if changes[n] > 0]
    if give and get:
        return f"move money from **{listed(give)}** to **{listed(get)}**"
    if not large:
        return "keep **today's split**"
    return f"raise **{listed(get)}**" if get else f"lower **{listed(give)}**"


def history(data: mm.Dataset) -> None:
    """Outcome and spend over time."""
    figure, (top, bottom) = _figure(2, 1, height=3.6, sharex=True, height_ratios=(3, 2))
    top.plot(data.dates, data.outcome_gt.sum(axis=0) / MILLION, color=INK, linewidth=1.2)
    top.set_ylim(bottom=0)
    _title(top, "Revenue per week, EUR M")
    spend_tc = data.spend_gtc.sum(axis=0) / MILLION
    colours = channel_colours(data.channel_names)
    bottom.stackplot(data.dates, spend_tc.T, colors=list(colours.values()), labels=list(colours))
    _title(bottom, "Spend per week, EUR M")
    bottom.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _picture(figure, f"Revenue and spend of {', '.join(data.channel_names)} per week.")


def forecast(check: mm.Fit, weeks: int, context: int = 39) -> None:
    """What a model that hasn't seen the last weeks says about them, and what happened."""
    data, seen = check.dataset, slice(-weeks - context, None)
    predicted = fitted(check)
    low, high = np.quantile(predicted.predictive_dt[:, seen], (0.05, 0.95), axis=0) / MILLION
    figure, axes = _figure(1, 1, height=2.6)
    axes.fill_between(data.dates[seen], low, high, color=ACCENT, alpha=0.18, linewidth=0, label="90% band")
    axes.plot(data.dates[seen], predicted.mean_t[seen] / MILLION, color=ACCENT, label="model")
    axes.plot(data.dates[seen], data.outcome_gt.sum(axis=0)[seen] / MILLION, ".", color=INK, label="revenue")
    axes.axvline(data.dates[-weeks], color=MUTED, linewidth=1, linestyle=":")
    _title(axes, f"Revenue per week, EUR M; right of the line: the {weeks} weeks that the model hasn't seen")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _picture(figure, "Revenue per week with the model's 90 % band, before and in the held-out weeks.")


def channels(roi: pd.DataFrame) -> None:
    """What each channel brought, and what a euro of it brings."""
    figure, (left, right) = _figure(1, 2, height=0.42 * len(roi) + 0.9, sharey=True)
    colours = list(channel_colours(list(roi["channel"])).values())
    rows = np.arange(len(roi))
    for axes, name, divisor in ((left, "contribution", MILLION), (right, "roi", 1.0)):
        low, mean, high = (roi[f"{name}_{part}"] / divisor for part in ("p5", "mean", "p95"))
        axes.hlines(rows, low, high, color=colours, alpha=0.3, linewidth=7)
        axes.scatter(mean, rows, color=colours, zorder=3)
        axes.set_xlim(left=0)
    right.scatter(roi["mroi_mean"], rows, marker="D", s=22, facecolor="white", edgecolor=colours, zorder=4)
    right.axvline(1.0, color=MUTED, linewidth=1, linestyle=":")
    _title(left, "Revenue it brought in three years, EUR M")
    _title(right, "Revenue per euro: dot, all euros; diamond, the next one")
    _rows(left, list(roi["channel"]))
    _picture(figure, "Contribution and ROI of each channel with 90 % intervals, and the next euro's return.")


def response(curves: mm.Curves) -> None:
    """Revenue against spend, a picture per channel, with today's spend."""
    figure, grid = _figure(1, len(curves.channels), height=2.2, sharey=True)
    for axes, (name, colour) in zip(grid, channel_colours(curves.channels).items(), strict=True):
        spend, draws = curves.spend[name] / MILLION, curves.contribution[name] / MILLION
        low, high = np.quantile(draws, (0.05, 0.95), axis=0)
        axes.fill_between(spend, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(spend, draws.mean(axis=0), color=colour)
        today = (curves.current or {})[name]
        axes.plot(today / MILLION, curves.contribution_at(name, today).mean() / MILLION, "o", color=colour)
        axes.set_xlim(0, 2 * today / MILLION)
        axes.locator_params(axis="x", nbins=4, integer=True)
        axes.set_ylim(bottom=0)
        _title(axes, name)
    grid[0].set_ylabel("revenue, EUR M", color=MUTED)
    figure.supxlabel("spend in a year, EUR M; the dot is today", color=MUTED, fontsize=9)
    _picture(figure, "Response curve of each channel with its 90 % band; a dot at today's spend.")


def split(plan: mm.Plan) -> None:
    """Spend per channel, today and planned."""
    names = list(plan.channels)
    figure, axes = _figure(1, 1, height=0.45 * len(names) + 0.7)
    for row, (name, colour) in enumerate(channel_colours(names).items()):
        part = plan.channels[name]
        today = part.current or 0.0
        axes.barh(row - 0.19, today / MILLION, 0.34, color=colour, alpha=0.32)
        axes.barh(row + 0.19, part.spend / MILLION, 0.34, color=colour)
        note = percent((part.spend - today) / today, signed=True) if today else "new"
        axes.annotate(
            note,
            (max(today, part.spend) / MILLION, row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
        )
    axes.margins(x=0.1)
    _title(axes, "Spend in a year, EUR M: pale, today; full, the plan")
    _rows(axes, names)
    _picture(figure, "Spend per channel, today and planned: " + _amounts(plan.allocation) + ".")


def sweep(rows: pd.DataFrame, today: float) -> None:
    """What the best plan of every budget brings, and what its next euro brings."""
    figure, (left, right) = _figure(1, 2, height=2.6)
    budget = rows["budget"] / MILLION
    left.fill_between(
        budget,
        rows["outcome_p5"] / MILLION,
        rows["outcome_p95"] / MILLION,
        color=ACCENT,
        alpha=0.18,
        linewidth=0,
    )
    left.plot(budget, rows["outcome"] / MILLION, color=ACCENT)
    right.plot(budget, rows["mroi"], color=ACCENT)
    right.axhline(1.0, color=MUTED, linewidth=1, linestyle=":")
    right.set_ylim(bottom=0)
    for axes in (left, right):
        axes.axvline(today / MILLION, color=MUTED, linewidth=1, linestyle=":")
    _title(left, "Revenue in a year with the best split, EUR M")
    _title(right, "Revenue of the next euro, EUR")
    figure.supxlabel("budget in a year, EUR M; the upright line is today", color=MUTED, fontsize=9)
    _picture(figure, "Expected revenue and the next euro's revenue against the budget.")


def weeks(plan: mm.FlightPlan) -> None:
    """Spend per channel and week as a heat map."""
    figure, axes = _figure(1, 1, height=0.36 * len(plan.names) + 0.9)
    spend_ct = plan.spend_ct / 1e3
    image = axes.imshow(spend_ct, aspect="auto", cmap="Blues", vmin=0)
    ticks = range(0, len(plan.dates), 4)
    axes.set_xticks(ticks, [f"{pd.Timestamp(plan.dates[t]):%d %b}" for t in ticks])
    axes.set_yticks(range(len(plan.names)), plan.names)
    axes.grid(visible=False)
    bar = figure.colorbar(image, ax=axes, pad=0.01)
    bar.outline.set_visible(False)
    _title(axes, "Spend per week, EUR thousand")
    _picture(figure, "Heat map of the planned spend per channel and week.")


def tests(worth: pd.DataFrame) -> None:
    """What knowing a channel's response would be worth."""
    rows = worth[worth["channel"] != "all"]
    figure, axes = _figure(1, 1, height=0.34 * len(rows) + 0.8)
    axes.barh(np.arange(len(rows)), rows["value"] / 1e3, 0.6, color=ACCENT)
    _title(axes, "Revenue in a year that knowing the channel's response would add, EUR thousand")
    _rows(axes, list(rows["channel"]))
    _picture(figure, "Value of information per channel, the most valuable first.")


def truth(roi: pd.DataFrame, known: Truth) -> None:
    """Estimated and true ROI."""
    figure, axes = _figure(1, 1, height=0.42 * len(roi) + 0.8)
    colours = list(channel_colours(list(roi["channel"])).values())
    rows = np.arange(len(roi))
    axes.hlines(rows, roi["roi_p5"], roi["roi_p95"], color=colours, alpha=0.3, linewidth=7)
    axes.scatter(roi["roi_mean"], rows, color=colours, zorder=3)
    true = [known.roi[name] for name in roi["channel"]]
    axes.scatter(true, rows, marker="x", s=60, color=BAD, zorder=4)
    axes.set_xlim(left=0)
    _title(axes, "Revenue per euro: dot and bar, what the model said; cross, the truth")
    _rows(axes, list(roi["channel"]))
    _picture(figure, "Estimated ROI with 90 % interval and the true ROI, per channel.")


def in_window(known: Truth, data: mm.Dataset, window: Window) -> Truth:
    """The truth over a part of the weeks: its curves are those of that part's spend."""
    spend_c = data.spend_gtc[:, window.slice].sum(axis=(0, 1))
    return replace(known, odds_gtc=known.odds_gtc[:, window.slice].copy(), spend_c=spend_c)


def _figure(rows: int, columns: int, *, height: float, **layout: object) -> tuple[Figure, Axes | np.ndarray]:
    figure = Figure(figsize=(8.4, height), layout="constrained")
    axes = figure.subplots(rows, columns, **layout)
    for one in _each(axes):
        one.spines[:].set_visible(False)
        one.grid(axis="both", color=RULE, linewidth=0.8)
        one.set_axisbelow(True)
        one.tick_params(colors=MUTED, labelsize=8, length=0)
    return figure, axes


def _each(axes: Axes | np.ndarray) -> Iterator[Axes]:
    yield from np.atleast_1d(axes).ravel()


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=9, color=INK)


def _rows(axes: Axes, names: Sequence[str]) -> None:
    """A row per name, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.grid(visible=False, axis="y")
    axes.invert_yaxis()


def _amounts(spend: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {eur(value)}" for name, value in spend.items())


def _picture(figure: Figure, alt: str) -> None:
    """A PNG of few colours: a tenth of the bytes, in a file that lives in version control."""
    full, small = BytesIO(), BytesIO()
    figure.savefig(full, format="png", dpi=110, facecolor="white")
    few = Pixels.open(full).convert("RGB").quantize(COLOURS, method=Pixels.Quantize.FASTOCTREE)
    few.save(small, format="png", optimize=True)
    display(Image(data=small.getvalue(), alt=alt))
