"""Specs to pictures: in a process of its own or here, the same; on a page nothing but shapes and words."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mediamix.core.errors import ExtraError
from mediamix.core.extras import extras_of
from mediamix.reporting.drawing import Pen
from mediamix.reporting.drawn_apart import drawn
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.figures.theme import NARROW, WIDE
from mediamix.reporting.inline import inline
from mediamix.reporting.palette import INK

EVIL = "</text><script>alert(1)</script> & \"'"
SPEC = forest(
    [Row(EVIL, "#260881", 1.23456, 0.5, 2.0, "1.23\u00d7", f"{EVIL}: all of it")], axis="return", limit=1.8
)


@pytest.fixture(scope="module")
def pen() -> Iterator[Pen]:
    with Pen() as taken:
        yield taken


def test_a_figure_is_drawn_at_its_width(pen: Pen) -> None:
    wide, narrow = pen.svg([(SPEC, WIDE), (SPEC, NARROW)])
    for picture, width in ((wide, WIDE), (narrow, NARROW)):
        found = re.search(r'viewBox="0 0 ([\d.]+) ', picture)
        assert found is not None
        assert float(found[1]) == pytest.approx(width, rel=0.15)
    (png,) = pen.png([(SPEC, NARROW)])
    assert png.startswith(b"\x89PNG")
    across = int.from_bytes(png[16:20], "big")
    assert across == pytest.approx(2 * NARROW, rel=0.15)


@pytest.mark.parametrize("lost", ["no such program", "ended at once", "killed"])
def test_without_the_other_process_the_picture_is_the_same(
    lost: str, pen: Pen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wanted,) = pen.svg([(SPEC, WIDE)])
    if lost == "no such program":
        monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    if lost == "ended at once":
        monkeypatch.setattr(sys, "executable", "/bin/false")
    with Pen() as other:
        if lost == "killed":
            for hand in other._hands:
                assert hand.process is not None
                hand.process.kill()
        (got,) = other.svg([(SPEC, WIDE)])
    assert inline(got, "a") == inline(wanted, "a")


def test_a_missing_renderer_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with (
        pytest.raises(ExtraError, match=r"the report needs the package 'vl_convert'"),
        extras_of("the report"),
    ):
        Pen()


def test_nothing_that_a_spec_names_is_fetched() -> None:
    spec = {"data": {"url": "http://127.0.0.1:9/none.csv"}, "mark": "point"}
    with pytest.raises(ValueError, match="External data url not allowed"):
        drawn({"spec": spec, "form": "svg"})


def test_on_a_page_it_is_shapes_and_words_alone(pen: Pen) -> None:
    (picture,) = pen.svg([(SPEC, WIDE)])
    shown = inline(picture, "f1")
    root = ElementTree.fromstring(shown)
    tags = {element.tag for element in root.iter()}
    assert tags <= {"svg", "g", "path", "rect", "line", "text", "title", "defs", "clipPath"}
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
        for value in element.attrib.values():
            assert not re.search(r"javascript:|https?:|url\((?!#f1)", value)
    assert "font-family" not in shown  # the page's
    assert "<script" not in shown
    (asked,) = [element for element in root.iter() if element.get("class") == "ask"]
    assert asked[0].text == f"{EVIL}: all of it"
    assert EVIL[:8] in "".join(root.itertext())


def test_ids_are_the_pictures_own_and_the_same_each_time(pen: Pen) -> None:
    first, second = pen.svg([(SPEC, WIDE), (SPEC, WIDE)])
    assert inline(first, "f1") == inline(second, "f1")
    ids = set(re.findall(r' id="([^"]+)"', inline(first, "f1")))
    assert ids == set(re.findall(r"url\(#([^)]+)\)", inline(first, "f1")))
    assert ids
    assert not ids & set(re.findall(r' id="([^"]+)"', inline(second, "f2")))


def test_hundredths_of_a_pixel_are_enough(pen: Pen) -> None:
    (picture,) = pen.svg([(SPEC, WIDE)])
    assert not re.search(r'(?: d| transform)="[^"]*\.\d{3}', inline(picture, "f1"))
    assert INK in inline(picture, "f1")
