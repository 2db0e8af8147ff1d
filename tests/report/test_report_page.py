"""The file: whole, offline, safe, small, readable by a browser."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browser import browsing
from report_cases import at_verdict, plan_of, with_channels

from mediamix.core.errors import FolderError
from mediamix.core.types import Finding
from mediamix.models.base import Fit
from mediamix.reporting import report
from mediamix.reporting.drawing import Pen
from mediamix.reporting.files import write_reports
from mediamix.reporting.material import Material, gather
from mediamix.reporting.palette import dark
from mediamix.reporting.render import page_of
from mediamix.reporting.section import build_sections
from mediamix.reporting.tables import write_tables

EVIL = "</script><img src=x onerror=alert(1)><script>alert(2)</script>"


class Page(HTMLParser):
    """Elements with their attributes, and the text of every script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self._script: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._script = [] if tag == "script" else self._script

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            self.scripts.append((self.elements[-1][1], "".join(self._script)))
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.text += data
        else:
            self._script.append(data)

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.elements if name == tag)


def made(material: Material) -> str:
    with Pen() as pen:
        return page_of(material, list(build_sections(material)), pen)


@pytest.fixture(scope="module")
def html(material: Material) -> str:
    return made(material)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_is_loaded_from_anywhere(page: Page, html: str) -> None:
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_the_one_script_and_no_request(page: Page) -> None:
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy.split("script-src")[1]
    ((attributes, text),) = page.scripts
    assert attributes == {}
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy


def test_no_address_stands_in_the_page(html: str) -> None:
    assert not re.findall(r"(?:https?:)?//[a-z0-9]", html)


def test_the_file_is_small(html: str) -> None:
    assert len(html.encode()) < 1.5e6
    assert len(html.encode()) < 0.8e6  # of this material; it grows with channels and periods


def test_every_chart_has_a_label_its_pictures_and_their_words(page: Page, html: str) -> None:
    charts = [a for tag, a in page.elements if tag == "div" and a.get("class") == "chart"]
    assert len(charts) == 14
    for attributes in charts:
        assert attributes["role"] == "img"
        assert attributes["aria-label"]
    panels = sum(1 for _, a in page.elements if a.get("class") == "panel")
    assert page.count("svg") == 2 * (14 - panels) + panels
    for part in html.split('<div class="chart"')[1:]:
        assert "<title>" in part


def test_ids_are_unique(page: Page) -> None:
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_every_colour_of_a_figure_has_its_partner_in_the_dark(html: str) -> None:
    style, body = html.split("</style>", 1)
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-F]{6})"', body))
    assert len(used) > 10
    for colour in used:
        assert dark(colour) != colour, f"{colour} has no partner"
        assert f'.chart [fill="{colour}"] {{ fill: {dark(colour)}; }}' in style


def test_headings_and_links_fit_together(page: Page) -> None:
    sections = {a["id"] for tag, a in page.elements if tag == "section"}
    links = {(a["href"] or "")[1:] for tag, a in page.elements if tag == "a"}
    assert links == {*sections, "main"}
    assert page.count("h1") == 1
    assert page.count("h2") == len(sections) == 17


def test_the_same_material_gives_the_same_bytes(material: Material, html: str) -> None:
    assert made(material) == html


def test_names_from_the_data_stay_text(weekly: tuple[Fit, dict[str, Any]], page: Page) -> None:
    fit = with_channels(
        weekly[0], lambda c, channel: replace(channel, name=EVIL if c == 0 else f"<b>{channel.name}</b>")
    )
    fit = replace(fit, dataset=replace(fit.dataset, outcome_name=EVIL, currency="<i>"))
    truth = {"contribution": dict.fromkeys(fit.dataset.channel_names, 1e6)}
    finding = Finding("x", "warning", EVIL, EVIL, EVIL, EVIL)
    evil = at_verdict(gather(fit, plan_of(fit, history=False), truth), "ok")
    evil = replace(evil, summary=replace(evil.summary, data_findings=(finding,)))
    shown = Page(made(evil))
    assert shown.count("script") == page.count("script")
    assert shown.count("img") == shown.count("b") == shown.count("i") == 0
    assert not [a for _, a in shown.elements if any(name.startswith("on") for name in a)]
    assert EVIL in shown.text
    assert shown.text.count(EVIL) > 100  # what marks say is text as well


def test_failed_sampling_is_an_alert(material: Material) -> None:
    failed = Page(made(at_verdict(material, "failed")))
    alerts = [a for _, a in failed.elements if a.get("role") == "alert"]
    assert len(alerts) == 3
    assert "No recommendation yet" in failed.text


def test_numbers_do_not_break_off_their_units(page: Page) -> None:
    assert not re.search(r"EUR \d", page.text)
    assert "EUR\u00a0" in page.text


def test_report_writes_the_page_and_its_tables(weekly: tuple[Fit, dict[str, Any]], tmp_path: Path) -> None:
    fit, truth = weekly
    plan = plan_of(fit)
    path = report(fit, plan, tmp_path / "out" / "report.html", truth=truth)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    folder = tmp_path / "out" / "report_tables"
    names = {
        "contributions.csv",
        "roi.csv",
        "response_curves.csv",
        "plan.csv",
        "findings.csv",
        ".mediamix.json",
    }
    assert {item.name for item in folder.iterdir()} == {*names, ".mediamix.json"}
    assert {item.name for item in path.parent.iterdir()} == {"report.html", "report_tables"}
    table = pd.read_csv(folder / "contributions.csv")
    parts = table[table["kind"] != "total"].groupby("date")["mean"].sum()
    whole = table[table["component"] == "fitted"].set_index("date")["mean"]
    pd.testing.assert_series_equal(parts.sort_index(), whole.sort_index(), rtol=1e-9)
    spent = pd.read_csv(folder / "plan.csv").set_index("channel")["spend"]
    assert spent.to_dict() == pytest.approx(dict(plan.allocation))


def test_without_findings_and_plan_the_tables_keep_their_columns(plain: Material, tmp_path: Path) -> None:
    paths = write_tables(plain, tmp_path)
    assert "plan" not in paths
    findings = pd.read_csv(paths["findings"])
    assert findings.empty
    assert list(findings) == ["check", "severity", "where", "message", "why", "advice"]


def test_a_failed_write_leaves_the_old_report(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    with Pen() as pen:
        write_reports(material, [path], pen, force=False)
    old = path.read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with Pen() as pen, pytest.raises(FolderError, match="can't write"):
        write_reports(material, [path], pen, force=True)
    assert path.read_text() == old


#: In the page: figures that are seen, and whether all of their pictures have a size.
SHOWN = """[...document.querySelectorAll(".chart")].filter(chart =>
  [...chart.querySelectorAll("svg")].filter(svg => svg.getBoundingClientRect().height > 60).length === 1
).length === 14"""
ASK = """(() => {
  const mark = [...document.querySelectorAll("#returns .ask")].find(m => m.getBoundingClientRect().width > 0);
  const box = mark.getBoundingClientRect();
  const at = { bubbles: true, clientX: box.left + 5, clientY: box.top + 5 };
  mark.dispatchEvent(new PointerEvent("pointermove", at));
  const tip = document.querySelector(".tip"), shown = tip.getBoundingClientRect();
  return [tip.hidden, tip.textContent, shown.left >= 0 && shown.right <= innerWidth];
})()"""
WIDE = "document.documentElement.scrollWidth <= innerWidth"


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_every_figure_and_what_marks_say(html: str, width: int, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    with browsing(path, tmp_path / "profile", width=width, height=2_000) as tab:
        assert tab.until(SHOWN, patience=120)
        hidden, said, inside = tab.ask(ASK, patience=60)
        assert not hidden
        assert inside
        assert re.match(r"\w+: ROI\s[\d.]+×", said)
        assert tab.ask(WIDE, patience=60)
