"""Slides: they open, every figure is on one, and nothing hangs over the edge."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pptx
import pytest
from pptx.util import Inches
from report_cases import at_verdict, plan_of, with_channels

from mediamix.models.base import Fit
from mediamix.reporting.blocks import figures_of
from mediamix.reporting.drawing import Pen
from mediamix.reporting.material import Material, gather
from mediamix.reporting.section import build_sections
from mediamix.reporting.slides import is_ours, slides_of

EVIL = "</a:t><a:r>\x00\x1b[31m & evil"


def made(material: Material) -> bytes:
    with Pen() as pen:
        return slides_of(material, list(build_sections(material)), pen, made=date(2026, 11, 27))


@pytest.fixture(scope="module")
def content(material: Material) -> bytes:
    return made(material)


@pytest.fixture(scope="module")
def deck(content: bytes) -> Any:
    return pptx.Presentation(io.BytesIO(content))


def texts(deck: Any) -> list[str]:
    return [
        "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame).replace(
            "\u00a0", " "
        )
        for slide in deck.slides
    ]


def test_every_part_of_the_file_is_sound(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        for name in packed.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(packed.read(name))


def test_every_figure_is_on_a_slide_with_its_words(deck: Any, material: Material) -> None:
    figures = [f for built in build_sections(material) for f in figures_of(built.blocks)]
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    assert [p._element.nvPicPr.cNvPr.get("descr").replace("\u00a0", " ") for p in pictures] == [
        figure.alt for figure in figures
    ]


def test_nothing_hangs_over_the_edge(deck: Any) -> None:
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= Inches(13.34)
            assert shape.top + shape.height <= Inches(7.51)


def test_the_sentence_comes_first_and_the_verdict_with_it(deck: Any, material: Material) -> None:
    first, second = texts(deck)[:2]
    assert "Checks passed" in first
    assert "27 November 2026" in first
    assert "more revenue" in second
    assert f"{len(deck.slides)}" in texts(deck)[-1]


def test_the_plan_is_a_table(deck: Any, material: Material) -> None:
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert material.plan is not None
    assert len(tables[0].rows) == 2 + len(material.plan.channels)
    names = [tables[0].cell(row, 0).text.removeprefix("■ ") for row in range(1, len(tables[0].rows))]
    assert names == [*material.plan.channels, "Total"]


def test_no_name_breaks_it(weekly: tuple[Fit, dict[str, Any]]) -> None:
    fit = with_channels(weekly[0], lambda c, channel: replace(channel, name=EVIL if c == 0 else channel.name))
    shown = " ".join(
        texts(pptx.Presentation(io.BytesIO(made(at_verdict(gather(fit, plan_of(fit, history=False)), "ok")))))
    )
    assert "</a:t><a:r>⟨U+0000⟩⟨U+001B⟩[31m & evil" in shown


def test_what_is_ours_is_known(content: bytes, tmp_path: Path) -> None:
    ours, other, text = (tmp_path / name for name in ("a.pptx", "b.pptx", "c.pptx"))
    ours.write_bytes(content)
    pptx.Presentation().save(str(other))
    text.write_text("no slides")
    assert [is_ours(path) for path in (ours, other, text)] == [True, False, False]
