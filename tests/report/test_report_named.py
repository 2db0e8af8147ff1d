"""Title, client, author, date and the names of channels: in every form, from one place; none of it is run."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pypdf
import pytest
from pptx import Presentation

from mediamix.core.errors import SpecError
from mediamix.core.spec import Report, Spec
from mediamix.models.base import Fit
from mediamix.models.refusals import refusals
from mediamix.reporting.as_json import json_of
from mediamix.reporting.drawing import Pen
from mediamix.reporting.files import write_reports
from mediamix.reporting.material import Material
from mediamix.reporting.naming import labels_of
from mediamix.reporting.section import build_sections

EVIL = "TV <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def named(material: Material) -> Material:
    first, second, *_ = material.fit.dataset.channel_names
    about = Report(
        title="Where the <b>money</b> goes",
        client="ACME & Söhne",
        author="Ann",
        date="2026-03-01",
        names={first: EVIL, second: "Paid search"},
    )
    return replace(material, about=about)


@pytest.fixture(scope="module")
def files(named: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("named")
    with Pen() as pen:
        write_reports(
            named, [folder / f"r.{end}" for end in ("html", "pdf", "pptx", "json")], pen, force=False
        )
    return folder


def whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")


def said(value: Any) -> list[str]:
    """Every text of the blocks, the spec as it was used left out: it has the data's names."""
    if isinstance(value, dict):
        return [text for key, part in value.items() if key not in ("field", "spec") for text in said(part)]
    if isinstance(value, list):
        return [text for part in value for text in said(part)]
    return [value] if isinstance(value, str) else []


def test_blocks_name_channels_by_their_labels_only(named: Material) -> None:
    first, second, *rest = named.fit.dataset.channel_names
    sections = json.loads(json_of(named, list(build_sections(named))))["sections"]
    texts = said([s["blocks"] for s in sections if s["name"] not in ("provenance", "findings", "trust")])
    for name in (first, second):
        others = [text.replace(EVIL, "").replace("Paid search", "") for text in texts]
        assert not [text for text in others if whole(name).search(text)]
    for label in (EVIL, "Paid search", rest[0]):
        assert any(label in text for text in texts)


def test_figures_name_them_so_too(named: Material) -> None:
    second = named.fit.dataset.channel_names[1]
    specs = [b.spec["datasets"] for s in build_sections(named) for b in s.blocks if b.kind == "figure"]
    figures = json.dumps(specs, ensure_ascii=False).replace("\u00a0", " ")
    assert "Paid search" in figures
    assert not whole(second).search(figures.replace("Paid search", ""))


def test_colours_stay_with_the_channel(named: Material) -> None:
    first = named.fit.dataset.channel_names[0]
    assert named.shown.colours[EVIL] == named.colours[first]


def test_tables_and_numbers_keep_the_names_of_the_data(named: Material, files: Path) -> None:
    names = set(named.fit.dataset.channel_names)
    assert set(pd.read_csv(files / "r_tables" / "roi.csv")["channel"]) == names
    raw = json.loads((files / "r.json").read_text())
    assert set(raw["summary"]["channels"]) == names == set(raw["channels"])
    assert raw["channels"][named.fit.dataset.channel_names[0]]["name"] == EVIL
    assert {one["channel"] for one in raw["insights"]} <= {*names, None}


def test_the_page_shows_it_and_runs_none_of_it(files: Path) -> None:
    page = (files / "r.html").read_text()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<h1>Where the &lt;b&gt;money&lt;/b&gt; goes</h1>" in page
    assert "For ACME &amp; Söhne · by Ann · 1 March 2026" in page


def test_the_pdf_shows_it(files: Path) -> None:
    reader = pypdf.PdfReader(files / "r.pdf")
    first = re.sub(r"\s+", " ", reader.pages[0].extract_text())
    assert "Where the <b>money</b> goes" in first
    assert "For ACME & Söhne · by Ann · 1 March 2026" in first
    assert reader.metadata is not None
    assert reader.metadata.author == "Ann"


def test_the_slides_show_it(files: Path) -> None:
    deck = Presentation(io.BytesIO((files / "r.pptx").read_bytes()))
    words = "\n".join(s.text_frame.text for slide in deck.slides for s in slide.shapes if s.has_text_frame)
    assert "Where the <b>money</b> goes" in words
    assert "For ACME & Söhne · by Ann · 1 March 2026" in words
    assert EVIL in words.replace("\u00a0", " ")


def test_a_label_that_another_channel_has_is_told_apart() -> None:
    assert labels_of(["tv", "search"], {"tv": "Search"}) == {"tv": "Search (tv)", "search": "search"}
    assert labels_of(["tv", "search"], {}) == {"tv": "tv", "search": "search"}


def test_a_name_for_a_channel_that_is_not_there_is_refused(weekly: tuple[Fit, Any]) -> None:
    dataset = weekly[0].dataset
    (error,) = refusals(dataset, Spec(report={"names": {"tvv": "Fernsehen"}}))
    assert "report.names.tvv: the data have no such channel" in str(error)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"date": "tomorrow"}, "a date, YYYY-MM-DD"),
        ({"titel": "x"}, "did you mean 'title'"),
        ({"names": {"tv": "A", "search": "A"}}, "can't both be shown as 'A'"),
        ({"names": {"tv": ""}}, "text of 1 to 60 characters"),
    ],
)
def test_what_it_cannot_be_is_said(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=re.escape(message)):
        Spec(report=raw)


def test_the_hash_is_as_before_where_nothing_is_said_of_the_report() -> None:
    assert Spec(report={}).hash == Spec().hash
    assert Spec(report={"title": "x"}).hash != Spec().hash
    assert Spec(report={"date": "2026-03-01"}).report.date == date(2026, 3, 1)
