"""Does the model follow the outcome? Actual against fitted, with the held-out periods marked."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from mediamix.core.numbers import percent
from mediamix.measure.quality import Score, seen
from mediamix.reporting.bins import Bins, bins
from mediamix.reporting.blocks import Block, Column, Figure, Legend, Table
from mediamix.reporting.figures import follow
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT, HELD_OUT, INK
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """The figure and the scores."""
    axis, known = bins(material.fit.dataset.dates, material.fit.dataset.every), seen(material.fit)
    actual = axis.mean(known.outcome_t)
    mean = axis.mean(material.outcome.mean_t)
    low, high = np.quantile(axis.mean(material.outcome.predictive_dt), (0.05, 0.95), axis=0)
    quality = material.summary.quality
    said = [
        f"{when}: {material.amount(a)}\nmodel: {material.amount(m)} ({material.amounts(lo, hi)})"
        for when, a, m, lo, hi in zip(axis.names, actual, mean, low, high, strict=True)
    ]
    shaded = " The shaded periods were held out: the model had never seen them." if quality.holdout else ""
    figure = Figure(
        spec=follow(
            axis,
            actual=actual,
            mean=mean,
            low=low,
            high=high,
            said=said,
            unit=f"{material.outcome_axis} {axis.per}",
            shaded=_held_out(material, axis, known.held_out_t),
        ),
        alt=(
            f"Actual and fitted {material.summary.outcome_name} over time; the model explains "
            f"{percent(quality.trained.r2)} of the movement."
        ),
        caption=(
            f"About nine of ten points should lie in the band.{shaded}{_of_geos(material)}{_noise(material)} "
            f"{axis.remark}"
        ).rstrip(),
        legend=(
            Legend("actual", INK, "dot"),
            Legend("model", ACCENT, "line"),
            Legend("90% band of single periods" if axis.by is axis.every else "90% band", ACCENT, "pale"),
            *((Legend("held out", HELD_OUT),) if quality.holdout else ()),
        ),
    )
    return [figure, _table(quality.trained, quality.holdout)]


def _noise(material: Material) -> str:
    """What the model takes its noise for, where that isn't the plain one."""
    words = material.fit.noise.words
    return f" The model has {words}." if words else ""


def _of_geos(material: Material) -> str:
    """What the outcome of a panel is."""
    data = material.fit.dataset
    if len(data.geos) == 1:
        return ""
    left_out = int(np.isnan(seen(material.fit).outcome_t).sum())
    text = f" It is the sum over {len(data.geos):,} geos"
    if not left_out:
        return text + "."
    word = data.every.label(left_out)
    return f"{text}; {left_out:,} {word} in which some geo's {data.outcome_name} is missing have no point."


def _held_out(
    material: Material, axis: Bins, held_out_t: Bool[np.ndarray, " time"]
) -> list[tuple[np.datetime64, np.datetime64]]:
    """Start and end of each run of held-out periods."""
    data = material.fit.dataset
    edges = np.flatnonzero(np.diff(np.concatenate([[0], held_out_t.astype(int), [0]])))
    half = np.timedelta64(round(axis.by.days * 12), "h")
    step = np.timedelta64(round(data.every.days), "D")
    return [
        (
            data.dates[start].astype("datetime64[h]") - half,
            (data.dates[stop - 1] + step).astype("datetime64[h]") - half,
        )
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    ]


def _table(trained: Score, holdout: Score | None) -> Table:
    scores = [("Fitted periods", trained)] + ([("Held-out periods", holdout)] if holdout else [])
    rows = tuple(
        (
            name,
            f"{score.periods:,}",
            percent(score.r2),
            percent(score.mape),
            percent(score.wmape),
            percent(score.coverage90),
        )
        for name, score in scores
    )
    labels = ("Number", "R²", "Mean error (MAPE)", "Weighted error", "Inside the 90% band")
    return Table((Column("", False), *(Column(text) for text in labels)), rows, "Scores")


SECTION = Section("explained", "Does the model follow the outcome?", 80, "trust", build)
