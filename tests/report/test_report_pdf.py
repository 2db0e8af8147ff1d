"""The PDF: few pages, words that can be found, vectors, nothing cut, and no name that acts."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from report_cases import at_verdict, plan_of, with_channels

from mediamix.core.types import Finding
from mediamix.models.base import Fit
from mediamix.reporting.blocks import Cell, Column, Table
from mediamix.reporting.drawing import Pen
from mediamix.reporting.files import FORMS
from mediamix.reporting.material import Material, gather
from mediamix.reporting.pdf import pdf_of
from mediamix.reporting.section import Built, Section, build_sections

DAY = date(2026, 11, 27)
#: Points of A4.
WIDTH, HEIGHT = 595.3, 841.9
EVIL = (
    '#eval("1+1")', "<script>alert(1)</script>", "=1+1", "$x^2$ *bold* _it_ `raw` // no", "📺 tv",
    "@ref <label> \\u{41}", "x" * 200,
)  # fmt: skip


def made(material: Material, sections: list[Built] | None = None) -> bytes:
    with Pen() as pen:
        return pdf_of(material, sections or list(build_sections(material)), pen, made=DAY)


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def words(reader: pypdf.PdfReader) -> str:
    """All words, on one line; what breaks long names left out."""
    text = "\n".join(page.extract_text() for page in reader.pages)
    return re.sub(r"\s+", " ", text.replace("\u200b", "").replace("\u00a0", " "))


@pytest.fixture(scope="module")
def content(material: Material) -> bytes:
    return made(material)


@pytest.fixture(scope="module")
def reader(content: bytes) -> pypdf.PdfReader:
    return read(content)


def test_it_is_four_to_eight_numbered_pages_of_a4(reader: pypdf.PdfReader) -> None:
    count = len(reader.pages)
    assert 4 <= count <= 8
    for number, page in enumerate(reader.pages, 1):
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(
            (WIDTH, HEIGHT), abs=1
        )
        assert f"{number} / {count}" in page.extract_text()


def test_the_first_pages_are_for_the_board(reader: pypdf.PdfReader, material: Material) -> None:
    first, second = (re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages[:2])
    assert "Media report" in first
    assert "27 November 2026" in first
    assert "What matters most" in first
    assert "Recommended budget" in second
    assert "Share of spend against share of effect" in second
    # The mathematics stands behind, with what is folded on the page.
    assert "The gap is" not in first + second
    assert any("The gap is" in page.extract_text() for page in reader.pages[2:])
    for name in material.colours:
        assert name in second


def test_later_pages_say_the_verdict_and_the_window(reader: pypdf.PdfReader, material: Material) -> None:
    window = material.fit.dataset.stretch()
    for page in reader.pages[1:]:
        text = page.extract_text()
        assert "Checks passed" in text
        assert f"{window.start} to {window.end}" in text.replace("\n", " ")


def test_every_section_is_there_in_words(reader: pypdf.PdfReader, material: Material) -> None:
    text = words(reader)
    for built in build_sections(material):
        assert built.section.title in text


def test_figures_are_vectors_with_words_and_fonts_are_in_it(reader: pypdf.PdfReader) -> None:
    assert not [image for page in reader.pages for image in page.images]
    assert "break-even" in words(reader)  # a figure's own words are found
    names, embedded = set(), True
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            names.add(inner["/BaseFont"].partition("+")[2])
            embedded &= bool({"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object()))
    assert embedded
    assert {"LiberationSans", "LiberationSans-Bold"} <= names


def positions(page: pypdf.PageObject) -> list[tuple[float, float, str]]:
    found: list[tuple[float, float, str]] = []

    def see(text: str, user: list[float], matrix: list[float], *_: Any) -> None:
        if text.strip():
            x, y = matrix[4], matrix[5]
            found.append((x * user[0] + y * user[2] + user[4], x * user[1] + y * user[3] + user[5], text))

    page.extract_text(visitor_text=see)
    return found


def test_nothing_begins_outside_of_the_paper(reader: pypdf.PdfReader) -> None:
    for page in reader.pages:
        placed = positions(page)
        assert len(placed) > 4  # the head and the foot alone are four
        for x, y, text in placed:
            assert 40 < x < WIDTH - 40, text
            assert 25 < y < HEIGHT - 25, text


def test_the_same_material_gives_the_same_bytes(material: Material, content: bytes) -> None:
    assert made(material) == content


def test_it_takes_less_than_three_seconds(material: Material) -> None:
    """Idle it takes one; whatever else runs, the processor's own time is what counts here."""
    sections = list(build_sections(material))
    with Pen() as pen:
        pdf_of(material, sections, pen)
        before = time.process_time()
        pdf_of(material, sections, pen)
        assert time.process_time() - before < 3.0


def test_no_name_acts(weekly: tuple[Fit, dict[str, Any]]) -> None:
    fit = with_channels(weekly[0], lambda c, channel: replace(channel, name=EVIL[c]))
    fit = replace(fit, dataset=replace(fit.dataset, outcome_name="#panic()", currency="<i>"))
    finding = Finding("x", "warning", *('#import "@preview/x:1.0.0"', '#read("/etc/passwd")', "= h", "- l"))
    evil = at_verdict(gather(fit, plan_of(fit, history=False)), "ok")
    evil = replace(evil, summary=replace(evil.summary, data_findings=(finding,)))
    text = words(read(made(evil))).replace(" ", "")
    for name in (*fit.dataset.channel_names, "#panic()", *(finding.where, finding.message)):
        if name.isascii():
            assert name.replace(" ", "") in text, name
    assert "root:" not in text


def test_a_table_of_long_words_stays_on_the_paper(material: Material) -> None:
    wide = Table(
        (Column("Name", False), *(Column(f"Column {i} of many") for i in range(9))),
        tuple(("y" * 200, *("EUR 123.4 M to EUR 567.8 M" for _ in range(9))) for _ in range(60)),
        "Wide",
    )
    built = Built(Section("wide", "Wide", 1, "decide", lambda m: [wide]), (wide,))
    for page in read(made(material, [built])).pages:
        for x, _, text in positions(page):
            assert 40 < x < WIDTH - 40, text


def test_failed_numbers_are_marked_on_every_page(material: Material) -> None:
    pages = read(made(at_verdict(material, "failed"))).pages
    assert "No recommendation yet" in pages[0].extract_text().replace("\n", " ")
    assert all("Not to be used" in page.extract_text() for page in pages[1:])


def test_a_panel_stands_on_paper_too(panel_fit: Fit) -> None:
    text = words(read(made(gather(panel_fit))))
    assert "How geos differ" in text
    assert all(geo in text for geo in panel_fit.dataset.geos)


def test_what_is_ours_is_known(content: bytes, tmp_path: Path) -> None:
    ours, other = tmp_path / "a.pdf", tmp_path / "b.pdf"
    ours.write_bytes(content)
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(other)
    told = FORMS[".pdf"].ours
    assert callable(told)
    assert told(ours)
    assert not told(other)


def test_cells_keep_their_swatches(material: Material) -> None:
    table = Table((Column("Channel", False),), ((Cell("tv", "#123456"),),), "T")
    built = Built(Section("one", "One", 1, "decide", lambda m: [table]), (table,))
    stream = read(made(material, [built])).pages[0].get_contents()
    assert stream is not None
    assert re.search(rb"0\.07058\d* 0\.2039\d* 0\.3372\d* s?c", stream.get_data())
