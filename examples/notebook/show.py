"""Pictures and sentences for the notebook beside this file; every number comes from its cells.

Pictures are the report's figures as small PNGs with a text for those who can't see them, so that the page
shows them anywhere, GitHub included, without a script.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import Image, Markdown, display
from PIL import Image as Pixels

import mediamix as mm
from mediamix.core.numbers import chance, money, percent, quantity, span, times
from mediamix.core.types import Every, Window
from mediamix.measure.quality import fitted
from mediamix.measure.verdict import Verdict
from mediamix.reporting.bins import bins
from mediamix.reporting.drawn_apart import drawn
from mediamix.reporting.figures import Pair, Part, Row, Stop, curve, follow, forest, heat, pairs, stack
from mediamix.reporting.figures.theme import sized
from mediamix.reporting.palette import ACCENT, MUTED, channel_colours
from mediamix.simulate import Truth

__all__ = ["between", "chance", "eur", "listed", "moves", "percent", "say", "times"]

#: Pixels of a picture, and dots per pixel.
WIDTH, SCALE = 760, 1.4
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
    axis, colours = bins(data.dates, data.every), channel_colours(data.channel_names)
    revenue = [Part("revenue", MUTED, data.outcome_gt.sum(axis=0))]
    spend = [Part(n, colours[n], s) for n, s in zip(colours, data.spend_gtc.sum(axis=0).T, strict=True)]
    for what, parts, height in (("revenue", revenue, 150), ("spend", spend, 110)):
        figure = stack(axis, parts, said=axis.names, unit=f"{what}, EUR per week", height=height)
        _picture(figure, f"{what.capitalize()} per week.", legend=colours if what == "spend" else {})


def forecast(check: mm.Fit, weeks: int, context: int = 39) -> None:
    """What a model that hasn't seen the last weeks says about them, and what happened."""
    data, seen = check.dataset, slice(-weeks - context, None)
    predicted, axis = fitted(check), bins(check.dataset.dates[-weeks - context :], check.dataset.every)
    low, high = np.quantile(predicted.predictive_dt[:, seen], (0.05, 0.95), axis=0)
    left, right = axis.edges
    figure = follow(
        axis,
        actual=data.outcome_gt.sum(axis=0)[seen],
        mean=predicted.mean_t[seen],
        low=low,
        high=high,
        said=axis.names,
        unit=f"revenue, EUR per week: dots, what was; line, the model; shaded, {weeks} unseen weeks",
        shaded=[(left[-weeks], right[-1])],
    )
    _picture(figure, "Revenue per week with the model's 90 % band, before and in the held-out weeks.")


def channels(roi: pd.DataFrame) -> None:
    """What each channel brought, and what a euro of it brings."""
    colours = channel_colours(list(roi["channel"]))
    for name, axis, kind, show, second in (
        ("contribution", "revenue that it brought in three years, EUR", "quantity", quantity, None),
        ("roi", "revenue per euro: dot, all euros; diamond, the next one", "times", times, "mroi_mean"),
    ):
        rows = [
            Row(
                row.channel,
                colours[row.channel],
                *(getattr(row, f"{name}_{part}") for part in ("mean", "p5", "p95")),
                show(getattr(row, f"{name}_mean")),
                row.channel,
                None if second is None else getattr(row, second),
            )
            for row in roi.itertuples()
        ]
        line = (1.0, "break-even") if name == "roi" else None
        _picture(
            forest(rows, axis=axis, kind=kind, line=line),
            f"{axis[0].upper()}{axis[1:]}, per channel with 90 % intervals.",
        )


def response(curves: mm.Curves) -> None:
    """Revenue against spend, a picture per channel, with today's spend."""
    colours, small = channel_colours(curves.channels), []
    for name in curves.channels:
        today = (curves.current or {})[name]
        keep = curves.spend[name] <= 2 * today
        spend, draws = curves.spend[name][keep], curves.contribution[name][:, keep]
        low, high = np.quantile(draws, (0.05, 0.95), axis=0)
        mean = draws.mean(axis=0)
        at = curves.contribution_at(name, today).mean()
        figure = curve(
            spend,
            mean=mean,
            low=low,
            high=high,
            seen=(spend, mean),
            stops=[Stop(today, at, "today")],
            said=[name] * len(spend),
            colour=colours[name],
            axis="spend in a year, EUR",
            unit=f"{name}: revenue, EUR",
        )
        small.append(_png(figure, WIDTH / 3))
    _beside(small, "Response curve of each channel with its 90 % band; a dot at today's spend.")


def split(plan: mm.Plan) -> None:
    """Spend per channel, today and planned."""
    rows = []
    for name, colour in channel_colours(list(plan.channels)).items():
        part = plan.channels[name]
        today = part.current or 0.0
        note = percent((part.spend - today) / today, signed=True) if today else "new"
        rows.append(Pair(name, colour, today, part.spend, note, name))
    _picture(
        pairs(rows, axis="spend in a year, EUR: pale, today; full, the plan"),
        "Spend per channel, today and planned: " + _amounts(plan.allocation) + ".",
    )


def sweep(rows: pd.DataFrame, today: float) -> None:
    """What the best plan of every budget brings, and what its next euro brings."""
    budget = rows["budget"].to_numpy()
    small = []
    for what, name, low, high in (
        ("revenue in a year with the best split, EUR", "outcome", "outcome_p5", "outcome_p95"),
        ("revenue of the next euro, EUR", "mroi", "mroi", "mroi"),
    ):
        values = rows[name].to_numpy()
        figure = curve(
            budget,
            mean=values,
            low=rows[low].to_numpy(),
            high=rows[high].to_numpy(),
            seen=(budget, values),
            stops=[Stop(today, float(np.interp(today, budget, values)), "today")],
            said=[eur(one) for one in budget],
            colour=ACCENT,
            axis="budget in a year, EUR; the dot is today",
            unit=what,
        )
        small.append(_png(figure, WIDTH / 2))
    _beside(small, "Expected revenue and the next euro's revenue against the budget.")


def weeks(plan: mm.FlightPlan) -> None:
    """Spend per channel and week as a heat map."""
    axis = bins(plan.dates, Every.WEEK)
    figure = heat(
        axis,
        plan.names,
        plan.spend_ct,
        said=[axis.names] * len(plan.names),
        totals=[eur(row.sum()) for row in plan.spend_ct],
    )
    _picture(figure, "Heat map of the planned spend per channel and week, with each channel's total.")


def tests(worth: pd.DataFrame) -> None:
    """What knowing a channel's response would be worth."""
    rows = worth[worth["channel"] != "all"]
    bars = [
        Pair(row.channel, ACCENT, None, row.value, eur(row.value), row.channel) for row in rows.itertuples()
    ]
    _picture(
        pairs(bars, axis="revenue in a year that knowing the channel's response would add, EUR"),
        "Value of information per channel, the most valuable first.",
    )


def truth(roi: pd.DataFrame, known: Truth) -> None:
    """Estimated and true ROI."""
    colours = channel_colours(list(roi["channel"]))
    rows = [
        Row(
            row.channel,
            colours[row.channel],
            row.roi_mean,
            row.roi_p5,
            row.roi_p95,
            times(known.roi[row.channel]),
            row.channel,
            known.roi[row.channel],
        )
        for row in roi.itertuples()
    ]
    figure = forest(
        rows,
        axis="revenue per euro: dot and bar, what the model said; tick and number, the truth",
        kind="times",
        second="tick",
    )
    _picture(figure, "Estimated ROI with 90 % interval and the true ROI, per channel.")


def in_window(known: Truth, data: mm.Dataset, window: Window) -> Truth:
    """The truth over a part of the weeks: its curves are those of that part's spend."""
    spend_c = data.spend_gtc[:, window.slice].sum(axis=(0, 1))
    return replace(known, odds_gtc=known.odds_gtc[:, window.slice].copy(), spend_c=spend_c)


def _amounts(spend: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {eur(value)}" for name, value in spend.items())


def _picture(figure: Mapping[str, Any], alt: str, legend: Mapping[str, str] | None = None) -> None:
    if legend:
        swatches = (f'<span style="color:{colour}">■</span> {name}' for name, colour in legend.items())
        display(Markdown(" &nbsp; ".join(swatches)))
    _beside([_png(figure, WIDTH)], alt)


def _png(figure: Mapping[str, Any], width: float) -> Pixels.Image:
    content = drawn({"spec": sized(figure, width), "form": "png", "scale": SCALE})
    return Pixels.open(BytesIO(b64decode(content))).convert("RGB")


def _beside(pictures: Sequence[Pixels.Image], alt: str, most: int = 3) -> None:
    """Pictures side by side, as a PNG of few colours: a tenth of the bytes, in version control."""
    lines = [pictures[i : i + most] for i in range(0, len(pictures), most)]
    heights = [max(one.height for one in line) for line in lines]
    whole = Pixels.new("RGB", (max(sum(one.width for one in line) for line in lines), sum(heights)), "white")
    for i, line in enumerate(lines):
        for j, one in enumerate(line):
            whole.paste(one, (sum(left.width for left in line[:j]), sum(heights[:i])))
    small = BytesIO()
    whole.quantize(COLOURS, method=Pixels.Quantize.FASTOCTREE).save(small, format="png", optimize=True)
    display(Image(data=small.getvalue(), alt=alt))
