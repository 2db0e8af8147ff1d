"""The file: whole, offline, safe, small, readable by a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browser import browsing
from report_cases import at_verdict, plan_of, with_channels

from mediamix.core.errors import ExtraError, FolderError
from mediamix.core.types import Finding
from mediamix.models.base import Fit
from mediamix.reporting import render, report
from mediamix.reporting.files import write_report
from mediamix.reporting.material import Material, gather
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


@pytest.fixture(scope="module")
def html(material: Material) -> str:
    return render.page_of(material)


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


def test_the_policy_allows_the_two_scripts_and_no_request(page: Page) -> None:
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    assert "unsafe-inline" not in policy.split("script-src")[1]
    running = [text for attributes, text in page.scripts if attributes.get("type") is None]
    assert len(running) == 2
    for text in running:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_the_file_is_small_and_the_figures_are_light(html: str, page: Page) -> None:
    assert len(html.encode()) < 7e6
    figures = [text for attributes, text in page.scripts if attributes.get("type") == "application/json"]
    assert sum(map(len, figures)) < 300_000


def test_every_chart_has_its_data_and_a_label(page: Page) -> None:
    charts = [a for tag, a in page.elements if tag == "div" and a.get("class") == "chart"]
    data = {attributes["id"] for attributes, _ in page.scripts if attributes.get("id")}
    assert len(charts) == 12
    for attributes in charts:
        assert attributes["role"] == "img"
        assert attributes["aria-label"]
        assert f"{attributes['id']}-json" in data


def test_headings_and_links_fit_together(page: Page) -> None:
    sections = {a["id"] for tag, a in page.elements if tag == "section"}
    links = {(a["href"] or "")[1:] for tag, a in page.elements if tag == "a"}
    assert links == {*sections, "main"}
    assert page.count("h1") == 1
    assert page.count("h2") == len(sections) == 13


def test_the_same_material_gives_the_same_bytes(material: Material, html: str) -> None:
    assert render.page_of(material) == html


def test_names_from_the_data_stay_text(weekly: tuple[Fit, dict[str, Any]], page: Page) -> None:
    fit = with_channels(
        weekly[0], lambda c, channel: replace(channel, name=EVIL if c == 0 else f"<b>{channel.name}</b>")
    )
    fit = replace(fit, dataset=replace(fit.dataset, outcome_name=EVIL, currency="<i>"))
    truth = {"contribution": dict.fromkeys(fit.dataset.channel_names, 1e6)}
    finding = Finding("x", "warning", EVIL, EVIL, EVIL, EVIL)
    evil = at_verdict(gather(fit, plan_of(fit, history=False), truth), "ok")
    evil = replace(evil, summary=replace(evil.summary, data_findings=(finding,)))
    shown = Page(render.page_of(evil))
    assert shown.count("script") == page.count("script")
    assert shown.count("img") == shown.count("b") == shown.count("i") == 0
    assert not [a for _, a in shown.elements if any(name.startswith("on") for name in a)]
    assert EVIL in shown.text
    for attributes, text in shown.scripts:
        if attributes.get("type") == "application/json":
            figure = json.dumps(json.loads(text), ensure_ascii=False)
            assert not re.findall(r"<(?!/?b>|extra>|/extra>)", figure), "a name reached Plotly as markup"
            assert "<b><" not in figure


def test_failed_sampling_is_an_alert(material: Material) -> None:
    failed = Page(render.page_of(at_verdict(material, "failed")))
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
    write_report(material, path, force=False)
    old = path.read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(FolderError, match="can't write"):
        write_report(material, path, force=True)
    assert path.read_text() == old


def test_a_missing_plotly_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    render.plotly_js.cache_clear()
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(ExtraError, match=r"the report needs the package 'plotly'"):
        render.plotly_js()


#: In the page: all figures are drawn; why one isn't, or null.
DRAWN = "document.documentElement.dataset.figures === '12'"
FAILED = "(document.documentElement.dataset.failed ?? null)"


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_draws_every_figure(html: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    with browsing(path, tmp_path / "profile", height=12_000) as tab:
        assert tab.until(f"({DRAWN}) || {FAILED}", patience=120), "the figures aren't drawn"
        assert tab.ask(FAILED, patience=60) is None
        assert tab.ask(DRAWN, patience=60)
