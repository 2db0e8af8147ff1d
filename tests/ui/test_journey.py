"""From an unknown table to a plan and a PDF in a real browser; a wrong file, a cancelled fit.

Pictures are kept in the folder that ``MEDIAMIX_PICTURES`` names, where it is set.
"""

from __future__ import annotations

import csv
import io
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_browser import CHROMIUM, PATIENCE, browser, picture, quiet, served, window

from mediamix.core.spec import load_spec
from mediamix.project import runs
from mediamix.project.folder import Project
from mediamix.project.record import LOG, RECORD, State

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
#: Public tables that lie beside the project where it is developed.
TABLES = Path(os.environ.get("MEDIAMIX_TABLES", Path(__file__).parents[3] / "shared" / "data"))
UNKNOWN = TABLES / "pymc_marketing" / "mmm_example.csv"
__all__ = ["browser"]


@pytest.fixture
def opened(browser: object, tmp_path: Path) -> Iterator[Callable[[], object]]:
    """A server on an empty folder; every call is another visitor."""
    (tmp_path / "shop").mkdir()
    with served(Project.within(tmp_path / "shop")) as address:
        visits = []

        def visit() -> object:
            visits.append(window(browser))
            page = visits[-1].__enter__()
            page.goto(address)
            quiet(page)
            return page

        yield visit
        for one in visits:
            one.__exit__(None, None, None)


def until(done: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.1)


def to(page: object, name: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True, level=1).wait_for(timeout=PATIENCE)
    quiet(page)


def press(page: object, name: str) -> None:
    page.get_by_role("button", name=re.compile(re.escape(name))).first.click()
    quiet(page)


def fill(page: object, label: str, value: str) -> None:
    box = page.get_by_label(label, exact=False).first
    box.fill(value)
    box.press("Tab")


def choose(page: object, label: str, option: str) -> None:
    page.get_by_role("combobox", name=re.compile(re.escape(label))).first.click()
    page.get_by_role("option", name=option, exact=True).first.click()
    quiet(page)


def upload(page: object, *files: dict[str, object]) -> None:
    page.locator("input[type=file]").first.set_input_files(list(files))
    page.wait_for_timeout(500)
    quiet(page)


def downloaded(page: object, name: str) -> bytes:
    with page.expect_download(timeout=PATIENCE) as found:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name=re.compile(name)).first.click()
    return Path(found.value.path()).read_bytes()


def text(page: object) -> str:
    return page.get_by_test_id("stMain").inner_text()


@pytest.mark.looks
@pytest.mark.skipif(not UNKNOWN.is_file(), reason=f"{UNKNOWN} is not on this machine (MEDIAMIX_TABLES)")
def test_from_an_unknown_table_to_a_plan_and_a_pdf(opened: Callable[[], object], tmp_path: Path) -> None:
    project = Project.within(tmp_path / "shop")
    page = opened()
    page.get_by_role("heading", name="Data", exact=True).wait_for(timeout=PATIENCE)
    picture(page, "journey-1-empty")
    upload(page, {"name": UNKNOWN.name, "mimeType": "text/csv", "buffer": UNKNOWN.read_bytes()})
    page.get_by_role("heading", name="What each column is").wait_for(timeout=PATIENCE)
    # What the table can't say, said by hand: x1 and x2 are money, and x1 is television.
    choose(page, "money or delivery", "spend")
    page.get_by_text("Correct one column").click()
    choose(page, "Column", "x1")
    fill(page, "Channel (of spend and exposure)", "television")
    press(page, "Correct")
    # A reload shows the same.
    page.reload()
    quiet(page)
    assert "What each column is" in text(page)
    picture(page, "journey-2-mapped")
    press(page, "Yes, use these tables")
    page.get_by_text("The data can be fitted").wait_for(timeout=PATIENCE)
    spec = load_spec(project.spec())
    assert {name: one.spend for name, one in spec.data.media.items()} == {"television": "x1", "x2": "x2"}
    picture(page, "journey-3-data")

    to(page, "Fit")
    page.get_by_text("Check the data").click()
    page.get_by_text("The data can be fitted").wait_for(timeout=PATIENCE)
    page.get_by_text("How long it samples").click()
    for label, value in (("Chains", "2"), ("Draws per chain", "120"), ("Draws that adapt", "150")):
        fill(page, label, value)
    press(page, "Apply")
    page.get_by_text("The spec is saved").wait_for(timeout=PATIENCE)
    sampler = load_spec(project.spec()).sampler
    assert (sampler.chains, sampler.draws, sampler.tune) == (2, 120, 150)
    press(page, "Start a run")
    page.get_by_role("progressbar").first.wait_for(timeout=PATIENCE)
    picture(page, "journey-4-fit")
    # The browser is closed while the fit is at work: the run goes on.
    assert not runs.all_runs(project)[0].state.ended
    page.close()
    until(lambda: runs.all_runs(project)[0].state.ended)
    (record,) = runs.all_runs(project)
    assert record.state is State.DONE, record.message

    page = opened()
    to(page, "Fit")
    assert record.id in page.content() or page.get_by_test_id("stDataFrame").count()
    picture(page, "journey-5-done")
    to(page, "Planner")
    press(page, "Download")
    plan = list(csv.DictReader(io.StringIO(downloaded(page, "CSV").decode())))
    assert {"television", "x2"} <= {row["channel"] for row in plan}
    to(page, "Report")
    assert downloaded(page, "Download Page").startswith(b"<!DOCTYPE html>")
    page.get_by_role("radio", name="PDF").click()
    quiet(page)
    pdf = downloaded(page, "Download PDF")
    from pypdf import PdfReader

    printed = "".join(leaf.extract_text() for leaf in PdfReader(io.BytesIO(pdf)).pages)
    assert "television" in printed
    assert record.id not in ("", None)
    picture(page, "journey-6-report")


def test_a_wrong_file_is_told_and_the_app_goes_on(opened: Callable[[], object], tmp_path: Path) -> None:
    page = opened()
    upload(page, {"name": "sales.csv", "mimeType": "text/csv", "buffer": b"%PDF-1.7 no table \x00\x01"})
    page.get_by_text("is no table that can be read").wait_for(timeout=PATIENCE)
    picture(page, "journey-wrong")
    press(page, "Remove this upload")
    rows = "".join(f"2024-01-{day:02},{day * 3},{90 + day}\n" for day in range(1, 29))
    bad = f"date,<img src=x onerror=document.title='ran'> spend,revenue\n{rows}"
    upload(page, {"name": "<b>x.csv", "mimeType": "text/csv", "buffer": bad.encode()})
    page.get_by_role("heading", name="What each column is").wait_for(timeout=PATIENCE)
    assert page.locator("img[src='x']").count() == 0
    assert page.title() != "ran"
    press(page, "Yes, use these tables")
    assert page.locator("img[src='x']").count() == 0
    assert "Upload" in text(page) or "Channels" in text(page)


@pytest.mark.looks
def test_a_fit_cancelled_in_the_page_leaves_nothing_half_written(browser: object, project: Project) -> None:
    long = project.spec().read_text().replace("draws: 120", "draws: 60000")
    project.spec().write_text(long)
    with served(project) as address, window(browser) as page:
        page.goto(f"{address}/fit")
        quiet(page)
        press(page, "Start a run")
        page.get_by_role("progressbar").first.wait_for(timeout=PATIENCE)
        until(lambda: runs.all_runs(project)[0].state is State.RUNNING)
        process = runs.all_runs(project)[0].process
        page.get_by_role("button", name="Cancel").first.click()
        until(lambda: runs.all_runs(project)[0].state.ended, 20)
        (record,) = runs.all_runs(project)
        assert record.state is State.CANCELLED
        folder = runs.folder_of(project, record.id)
        # Whoever looks at the record locks it for a moment.
        until(lambda: {path.name for path in folder.iterdir()} <= {RECORD, LOG}, 10)
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
        page.get_by_role("button", name="Start a run").wait_for(timeout=PATIENCE)
        until(lambda: page.get_by_role("progressbar").count() == 0, 20)
