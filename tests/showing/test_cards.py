"""What a notebook shows: a screenful of text and a picture, whatever the names and the size."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.card import Brief, Card, Shown, as_html, as_text
from mediamix.core.types import Channel, Event, Finding, Findings
from mediamix.data.dataset import Dataset
from mediamix.models.base import Fit
from mediamix.showing import pictures
from mediamix.simulate import Scenario, simulate

HOSTILE = "<script>alert(1)</script>\"'&\x1b[2J\u202e" + "x" * 40


class Strict(HTMLParser):
    """Counts tags, and that each that was opened is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.add(tag)
        assert not any(name.startswith("on") or name in ("href", "src") for name, _ in attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def fits_a_screen(shown: object) -> str:
    text = repr(shown)
    assert "not shown" not in text
    lines = text.splitlines()
    assert len(lines) < 25
    assert max(map(len, lines)) < 100
    assert "\x1b" not in text
    assert "\u202e" not in text
    return text


def safe_html(shown: object, *, picture: bool = True) -> str:
    page: str = shown._repr_html_()  # type: ignore[attr-defined]
    reader = Strict()
    reader.feed(page)
    assert reader.open == []
    assert not reader.seen - {
        "div",
        "b",
        "table",
        "tr",
        "td",
        "code",
        "svg",
        "text",
        "line",
        "rect",
        "circle",
        "polyline",
    }
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert ("<svg" in page) == picture
    for drawing in re.findall(r"<svg.*?</svg>", page):
        ET.fromstring(drawing)
        assert "nan" not in drawing
    return page


def hostile(data: Dataset) -> Dataset:
    """The same rows under names that attack whoever looks at them."""
    channels = tuple(replace(c, name=f"{HOSTILE}{i}") for i, c in enumerate(data.channels))
    events = (Event(HOSTILE, data.dates[3], data.dates[4]),)
    return replace(
        data,
        channels=channels,
        events=events,
        outcome_name=HOSTILE,
        control_names=tuple(f"{HOSTILE}{i}" for i in range(len(data.control_names))),
    )


def large() -> Dataset:
    """300 channels, 40 geos."""
    rng = np.random.default_rng(1)
    g, t, c = 40, 60, 300
    spend = rng.gamma(2.0, 100.0, (g, t, c))
    return Dataset(
        dates=np.arange("2024-01-01", "2025-02-24", 7, dtype="datetime64[D]")[:t],
        every=simulate(Scenario(every="week", periods=20)).dataset.every,
        geos=tuple(f"region {i}" for i in range(g)),
        channels=tuple(Channel(f"a rather long name of channel number {i}") for i in range(c)),
        outcome_name="revenue",
        unit="revenue",
        currency="EUR",
        outcome_gt=rng.gamma(9.0, 1e4, (g, t)),
        spend_gtc=spend,
        exposure_gtc=spend,
        controls_gtk=np.zeros((g, t, 0)),
    )


def test_a_dataset(weekly: Dataset, mixed: Dataset, panel: Dataset) -> None:
    text = fits_a_screen(weekly)
    assert all(word in text for word in ("156 weeks", "EUR", "revenue", "tv", "next: mm.fit(data)"))
    assert "newsletter" in fits_a_screen(mixed)
    assert "3 of 156 outcomes" in repr(mixed)
    assert "geos" in fits_a_screen(panel)
    for data in (weekly, mixed, panel):
        safe_html(data)
    assert "290 more" in fits_a_screen(large())
    safe_html(large())


def test_names_that_attack(weekly: Dataset) -> None:
    data = hostile(weekly)
    fits_a_screen(data)
    page = safe_html(data)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "⟨U+202E⟩" in page


def test_a_dataset_without_outcome_or_spend(weekly: Dataset) -> None:
    """A future that somebody plans, and a market that stood still."""
    nothing = np.full_like(weekly.outcome_gt, np.nan)
    future = replace(weekly, outcome_gt=nothing)
    fits_a_screen(future)
    safe_html(future)
    still = replace(
        weekly, spend_gtc=np.zeros_like(weekly.spend_gtc), exposure_gtc=np.zeros_like(weekly.exposure_gtc)
    )
    fits_a_screen(still)
    safe_html(still)


def test_a_fit_says_its_verdict(mixed_fit: Fit) -> None:
    text = fits_a_screen(mixed_fit)
    said = mm.summarise(mixed_fit).verdict
    assert f"verdict  {said}" in text
    assert all(word in text for word in ("156 weeks", "2 × 250 draws", "EUR", "seed 7", "newsletter", "ROI"))
    safe_html(mixed_fit)
    assert len(repr(mixed_fit.channels)) < 2000
    assert len(repr(mixed_fit.posterior)) < 200


def test_a_fit_of_a_panel(panel_fit: Fit) -> None:
    assert "6 geos" in fits_a_screen(panel_fit)
    safe_html(panel_fit)


def test_a_fit_is_measured_once(mixed_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    import mediamix.measure.summary as measuring
    import mediamix.showing.fit as showing

    fit = replace(mixed_fit)
    first = repr(fit)

    def again(_: Fit) -> None:
        raise AssertionError("measured twice")

    monkeypatch.setattr(measuring, "summarise", again)
    assert repr(fit) == first
    monkeypatch.setattr(showing, "MOST", 1.0)
    assert "not measured" in fits_a_screen(fit)
    assert "next: mm.summarise(fit)" in repr(fit)


def test_what_is_made_of_a_fit(mixed_fit: Fit) -> None:
    curves = mm.curves_of(mixed_fit, history=False)
    budget = mm.Budget(total=sum(curves.current.values()))
    plan = mm.optimize(curves, budget, anyway=True)
    shown = {
        "Curves": curves,
        "Plan": plan,
        "Information": mm.value_of_information(curves, budget),
        "FlightPlan": mm.flighting(mixed_fit, mm.Flighting(periods=4, history=False), anyway=True),
        "Summary": mm.summarise(mixed_fit),
    }
    for name, result in shown.items():
        assert fits_a_screen(result).startswith(name)
        safe_html(result)
    assert "today" in repr(plan)
    assert "proof" in repr(plan)
    found = mm.convergence(mixed_fit)
    assert fits_a_screen(found).startswith(f"Convergence: {found.verdict}")
    safe_html(found, picture=False)


def test_curves_of_one_s_own_without_units() -> None:
    grid = np.linspace(0.0, 100.0, 5)
    curves = mm.Curves({HOSTILE: grid}, {HOSTILE: np.sqrt(grid)})
    fits_a_screen(curves)
    safe_html(curves)
    plan = mm.optimize(curves, mm.Budget(total=50.0))
    fits_a_screen(plan)
    safe_html(plan)


def test_a_spec_says_what_was_set() -> None:
    assert "every key at its default" in fits_a_screen(mm.Spec())
    text = fits_a_screen(mm.Spec(sampler={"draws": 200}, holdout={"last": 8}))
    assert "draws: 200" in text
    assert "last: 8" in text
    safe_html(mm.Spec(), picture=False)
    many = mm.Spec(channels={f"channel {i}": {"adstock": {"kind": "delayed"}} for i in range(200)})
    fits_a_screen(many)


def test_a_market_that_was_made_up() -> None:
    made = simulate(Scenario.weekly(2))
    fits_a_screen(made)
    safe_html(made)
    assert len(repr(made.truth)) < 800
    assert "DataFrame[" in repr(made.tables)


def test_nothing_shown_can_raise() -> None:
    class Strange(Shown):
        pass

    assert repr(Strange()).startswith("Strange\n  not shown")
    assert "not shown" in Strange()._repr_html_()
    assert repr(Dataset.__new__(Dataset)).startswith("Dataset")


def test_a_record_is_brief() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True, repr=False)
    class Record(Brief):
        array: np.ndarray
        text: str
        channel: Channel
        table: dict[str, int]

    made = Record(np.zeros((3, 4)), "x" * 200, Channel("tv"), {"a": 1})
    assert (
        repr(made)
        == f"Record(array=ndarray[3, 4], text='{'x' * 58}…, channel=Channel('tv'), table=dict of 1)"
    )


def test_long_words_take_two_lines() -> None:
    card = Card(
        "T", tuple((f"label {i}", "word " * 100) for i in range(20)), ("a",), tuple(("b",) for _ in range(50))
    )
    lines = as_text(card).splitlines()
    assert len(lines) < 25
    assert max(map(len, lines)) < 100
    assert "more" in lines[-1]
    assert as_html(card).count("word") > 200


def test_pictures_of_nothing_are_nothing() -> None:
    assert pictures.intervals([("a", float("nan"), 1.0, 2.0, "")], "none") == ""
    assert pictures.pairs([("a", 0.0, None, "")], "none") == ""
    assert pictures.lines([("a", [0.0], [0.0])], "none") == ""
    assert "<svg" in pictures.over_time([], [], "none", ("", ""))
    assert pictures.over_time([1.0] * 5000, [1.0] * 5000, "many", ("a", "b")).count("<rect") <= 210


def test_showing_imports_nothing_heavy() -> None:
    code = (
        "import sys, mediamix as mm; repr(mm.Spec()); mm.Spec()._repr_html_();"
        "print(sorted(set(sys.modules) & {'pandas', 'scipy', 'numba', 'vl_convert', 'jinja2', 'IPython'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_findings_are_a_tuple_that_is_a_table(weekly: Dataset) -> None:
    many = Findings(
        Finding("ratio", kind, f"channel {i}", f"message {i} " * 30, "why", "advice")
        for kind in ("error", "warning", "info")
        for i in range(20)
    )
    text = fits_a_screen(many)
    assert "20 errors, 20 warnings, 20 remarks" in text
    assert isinstance(many, tuple)
    assert many == tuple(many)
    assert "nothing to report" in fits_a_screen(Findings())
    safe_html(many, picture=False)
