"""How the effects of channels varied, where the spec lets them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mediamix.core.numbers import percent, span, times
from mediamix.measure.courses import EffectCourse, courses
from mediamix.measure.interval import bands
from mediamix.reporting.bins import bins
from mediamix.reporting.blocks import Block, Figure, Legend, Text
from mediamix.reporting.figures import follow
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT
from mediamix.reporting.section import Section

_BY = {"time": "over time", "season": "with the season"}


def build(material: Material) -> list[Block]:
    """A figure per channel; nothing where all effects stay the same."""
    found = [_figure(material, course) for course in courses(material.fit)]
    if not found:
        return []
    whom = "this channel" if len(found) == 1 else "these channels"
    return [
        Text(
            f"What a unit of exposure brings is not the same in all periods for {whom}. Returns, curves and "
            "plans of a whole window are about its mean; forecasts and plans of single periods follow the "
            "course.",
            "body",
        ),
        *found,
    ]


def _figure(material: Material, course: EffectCourse) -> Figure:
    data = material.fit.dataset
    axis = bins(data.dates, data.every)
    draws_dt, unit = course.relative_dt, "effect, window as a whole = 100%"
    show: Callable[[float], str] = percent
    if course.roi_d is not None:
        draws_dt, unit, show = draws_dt * course.roi_d[:, None], "ROI", times
    draws_db = axis.mean(draws_dt)
    seen = bands(draws_db)
    name = material.summary.channels[course.channel].name
    mean_b = seen["mean"]
    said = [
        f"{when}: {show(float(m))} (90% interval {span(float(a), float(b), show)})"
        for when, m, a, b in zip(axis.names, mean_b, seen["p5"], seen["p95"], strict=True)
    ]
    low, high = int(np.argmin(mean_b)), int(np.argmax(mean_b))
    wanted = material.fit.spec.channel(data.channel_names[course.channel]).varying
    by = _BY.get(wanted.by, f"with {wanted.by}") if wanted is not None else "over time"
    return Figure(
        spec=follow(
            axis,
            actual=np.full(len(mean_b), np.nan),
            mean=mean_b,
            low=seen["p5"],
            high=seen["p95"],
            said=said,
            unit=unit,
        ),
        alt=f"Effect of {name} {by}: lowest {said[low]}, highest {said[high]}.",
        title=f"{name}, {by}",
        caption=f"Lowest {said[low]}; highest {said[high]}. {axis.remark}".rstrip(),
        legend=(Legend("estimate", ACCENT, "line"), Legend("90% interval", ACCENT, "pale")),
    )


SECTION = Section("courses", "How effects change", 72, "understand", build)
