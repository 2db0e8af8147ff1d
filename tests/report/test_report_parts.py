"""Bins, colours, verdict, tables."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from mediamix.core.types import Every, Finding
from mediamix.measure.quality import Score, coverage_is_low
from mediamix.reporting.bins import bins
from mediamix.reporting.blocks import Column, Table
from mediamix.reporting.figures.theme import points
from mediamix.reporting.material import Material
from mediamix.reporting.palette import (
    ACCENT,
    BAD,
    CAUTION,
    DARK_HUES,
    GOOD,
    HUES,
    INK,
    MUTED,
    PAPER,
    channel_colours,
    dark,
    mix,
)


def dates(n: int, start: str = "2023-01-04", step: int = 1) -> np.ndarray:
    return np.datetime64(start, "D") + step * np.arange(n)


def test_short_axes_stay_as_they_are() -> None:
    axis = bins(dates(100), Every.DAY)
    assert axis.by is Every.DAY
    assert axis.remark == ""
    values = np.arange(100.0)
    np.testing.assert_array_equal(axis.mean(values), values)


@pytest.mark.parametrize(
    ("n", "every", "step", "by", "rule"),
    [
        (1095, Every.DAY, 1, Every.WEEK, "W-SUN"),
        (4000, Every.DAY, 1, Every.MONTH, "MS"),
        (400, Every.WEEK, 7, Every.MONTH, "MS"),
    ],
)
def test_long_axes_are_means_of_whole_weeks_or_months(
    n: int, every: Every, step: int, by: Every, rule: str
) -> None:
    days = dates(n, step=step)
    values = np.random.default_rng(1).normal(size=n)
    axis = bins(days, every)
    # pandas resamples with code of its own: weeks that end on Sunday, months.
    expected = pd.Series(values, index=pd.DatetimeIndex(days)).resample(rule).mean()
    assert axis.by is by
    np.testing.assert_allclose(axis.mean(values), expected.to_numpy())
    np.testing.assert_allclose(axis.mean(np.stack([values, 2 * values]))[1], 2 * expected.to_numpy())


def test_missing_values_are_left_out_of_a_mean() -> None:
    axis = bins(dates(700, "2023-01-02"), Every.DAY)
    values = np.ones(700)
    values[:3], values[7:14] = np.nan, np.nan
    means = axis.mean(values)
    assert means[0] == 1.0
    assert np.isnan(means[1])


def test_every_channel_has_its_own_colour() -> None:
    colours = channel_colours([f"c{i}" for i in range(36)])
    assert len(set(colours.values())) == 36


def test_mix_ends_at_its_ends() -> None:
    assert mix("#123456", "#FFFFFF", 0.0) == "#123456"
    assert mix("#123456", "#FFFFFF", 1.0) == "#FFFFFF"


def linear(colours: list[str]) -> np.ndarray:
    """Linear RGB of sRGB (IEC 61966-2-1)."""
    srgb = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in colours])
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(colour: str, page: str) -> float:
    """As WCAG 2.2 defines it."""
    light, low = sorted(linear([colour, page]) @ [0.2126, 0.7152, 0.0722] + 0.05, reverse=True)
    return float(light / low)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_mark_stands_out_from_its_page(theme: str) -> None:
    turn = dark if theme == "dark" else str
    for colour in channel_colours([f"c{i}" for i in range(36)]).values():
        assert contrast(turn(colour), turn(PAPER)) >= 3.0, colour
    for colour in (INK, MUTED, ACCENT, GOOD, CAUTION, BAD):  # these are words as well
        assert contrast(turn(colour), turn(PAPER)) >= 4.5, colour


def test_a_dark_page_has_a_colour_for_each_of_the_light_one() -> None:
    colours = channel_colours([f"c{i}" for i in range(36)]).values()
    assert [dark(hue) for hue in HUES] == list(DARK_HUES)
    assert len({dark(colour) for colour in colours}) == 36
    assert dark("red") == "red"


#: Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
SEEN_BY = {
    "all cones": np.eye(3),
    "no red cones": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green cones": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue cones": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


@pytest.mark.parametrize("reader", SEEN_BY)
@pytest.mark.parametrize("hues", [HUES, DARK_HUES], ids=["light", "dark"])
def test_hues_differ_for_every_reader(hues: tuple[str, ...], reader: str) -> None:
    """In OKLab (Ottosson 2020) two hues are a tenth of its lightness or more apart; black to white is one."""
    cones = np.array(
        [[0.412221, 0.536333, 0.051446], [0.211903, 0.680700, 0.107397], [0.088302, 0.281719, 0.629979]]
    )  # fmt: skip
    lab = np.array(
        [[0.210454, 0.793618, -0.004072], [1.977998, -2.428592, 0.450594], [0.025904, 0.782772, -0.808676]]
    )  # fmt: skip
    seen = np.clip(linear(list(hues)) @ np.array(SEEN_BY[reader]).T, 0, 1)
    placed = np.cbrt(seen @ cones.T) @ lab.T
    nearest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(placed, 2))
    assert nearest > 0.1


@given(st.one_of(st.integers(1, 60), st.integers(1000, 5000)), st.data())
def test_low_coverage_is_what_the_binomial_law_finds_surprising(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    score, law = Score(0.9, 0.1, 0.1, hits / n, n), binom.cdf(hits, n, 0.9)
    # No hit of two periods is 1 % itself: either side of the rounding is right.
    assume(abs(law - 0.01) > 1e-12)
    assert coverage_is_low(score) == bool(law < 0.01)


def test_the_report_says_the_verdict_of_the_summary(material: Material) -> None:
    finding = Finding("gaps", "warning", "tv", "two gaps", "", "fill them")
    told = replace(material, summary=replace(material.summary, data_findings=(finding,)))
    assert told.verdict == told.summary.judged
    assert told.findings == (finding,)


def test_a_table_refuses_ragged_rows() -> None:
    with pytest.raises(ValueError, match="a row of 2 cells in a table of 1 columns"):
        Table((Column("a"),), (("1", "2"),))


def test_points_keep_five_digits_and_mark_holes() -> None:
    assert points([123456.789, float("nan"), 0.1]) == [123460.0, None, 0.1]
