"""The app in a real browser: every page, both themes, two widths; links, reloads, two people, accessibility.

Pictures are kept in the folder that ``MEDIAMIX_PICTURES`` names, where it is set.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mediamix.project import runs
from mediamix.project.folder import Project

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
]
PAGES = (
    "overview",
    "planner",
    "scenarios",
    "report",
    "channels",
    "response",
    "model",
    "trust",
    "data",
    "fit",
    "trainings",
)
#: What takes minutes: ``pytest -m looks tests/ui``.
WHOLE = pytest.mark.looks
LOOKS = [
    ("dark", 390),
    pytest.param("light", 1280, marks=WHOLE),
    pytest.param("dark", 1280, marks=WHOLE),
    pytest.param("light", 390, marks=WHOLE),
]
#: Pages that hold every kind of element.
FEW = ("overview", "channels", "planner")
#: The app while no script runs.
IDLE = "[data-testid='stApp'][data-test-script-state='notRunning']"
PATIENCE = 60_000


@contextmanager
def served(project: Project) -> Iterator[str]:
    """The app of a project; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "mediamix",
        "app",
        str(project.root),
        "--port",
        str(port),
        "--no-browser",
    ]
    log = project.root / "server.log"
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            address, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
            while True:
                try:
                    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                        break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < end, log.read_text()
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(10)
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def app(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Project]]:
    folder = tmp_path_factory.mktemp("seen") / "shop"
    shutil.copytree(ran, folder)
    project = Project.at(folder)
    with served(project) as address:
        yield address, project


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield started
        started.close()


def quiet(page: object) -> None:
    """Until the page has stopped changing."""
    page.wait_for_selector("h1", timeout=PATIENCE)
    page.wait_for_selector(IDLE, timeout=PATIENCE)
    # What is shown comes after it, drawn bit by bit.
    before, now = "", "-"
    while now != before:
        page.wait_for_timeout(400)
        page.wait_for_selector(IDLE, timeout=PATIENCE)
        before, now = now, page.locator("[data-testid='stApp']").inner_text()


@contextmanager
def window(browser: object, theme: str = "light", width: int = 1280) -> Iterator[object]:
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda r: wrong.append(r.url) if "127.0.0.1" not in r.url and r.url[:4] == "http" else 0
    )
    yield page
    context.close()
    assert wrong == []


def picture(page: object, name: str) -> None:
    if "MEDIAMIX_PICTURES" in os.environ:
        folder = Path(os.environ["MEDIAMIX_PICTURES"])
        folder.mkdir(parents=True, exist_ok=True)
        height = page.evaluate(
            "Math.max(...[...document.querySelectorAll('section, main, [data-testid=stMain]')]"
            ".map(e => e.scrollHeight))"
        )
        page.set_viewport_size({"width": page.viewport_size["width"], "height": min(int(height) + 80, 6000)})
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"{name}.png")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_every_page_shows_itself_without_an_error(
    app: tuple[str, Project], browser: object, theme: str, width: int
) -> None:
    address, _ = app
    with window(browser, theme, width) as page:
        for name in PAGES:
            page.goto(f"{address}/{'' if name == 'overview' else name}")
            quiet(page)
            assert page.locator("[data-testid='stException']").count() == 0, name
            assert page.get_by_text("could not be shown").count() == 0, name
            # Nothing sticks out of a small screen.
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
            picture(page, f"{name}-{theme}-{width}")
            page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.parametrize(
    ("theme", "pages"),
    [
        ("light", FEW),
        pytest.param("light", PAGES, marks=WHOLE),
        pytest.param("dark", PAGES, marks=WHOLE),
    ],
)
def test_no_page_has_a_serious_barrier(
    app: tuple[str, Project], browser: object, theme: str, pages: tuple[str, ...]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    address, _ = app
    found: dict[str, list[str]] = {}
    with window(browser, theme) as page:
        for name in pages:
            page.goto(f"{address}/{'' if name == 'overview' else name}")
            quiet(page)
            for one in Axe().run(page).response["violations"]:
                if one["impact"] in ("serious", "critical"):
                    targets = [str(node["target"]) for node in one["nodes"][:3]]
                    found.setdefault(f"{one['id']}: {one['help']}", []).append(f"{name} {targets}")
    assert found == {}


def test_a_reload_and_a_pasted_link_show_the_same(app: tuple[str, Project], browser: object) -> None:
    address, project = app
    run = runs.all_runs(project)[0].id
    with window(browser) as page:
        page.goto(f"{address}/planner?run={run}&budget=120")
        quiet(page)
        first = page.locator("[data-testid='stMain']").inner_text()
        assert "With" in first
        assert page.url.endswith("budget=120") or "budget=120" in page.url
        page.reload()
        quiet(page)
        assert page.locator("[data-testid='stMain']").inner_text() == first
        assert run in page.url
        page.goto(f"{address}/trust?run={run}")
        quiet(page)
        page.go_back()
        quiet(page)
        assert page.locator("[data-testid='stMain']").inner_text() == first


def test_a_wrong_address_falls_back(app: tuple[str, Project], browser: object) -> None:
    address, _ = app
    with window(browser) as page:
        page.goto(f"{address}/planner?run=nonsense&budget=9999999&limited=nobody")
        quiet(page)
        assert page.locator("[data-testid='stException']").count() == 0
        assert page.get_by_text("Plans ").count() >= 1


@WHOLE
def test_two_people_at_once_dont_mix(app: tuple[str, Project], browser: object) -> None:
    address, _ = app
    with window(browser) as one, window(browser) as other:
        one.goto(f"{address}/planner?budget=80")
        other.goto(f"{address}/planner?budget=140")
        for page in (one, other):
            quiet(page)
        assert "budget=80" in one.url
        assert "budget=140" in other.url
        texts = [page.locator("[data-testid='stMain']").inner_text() for page in (one, other)]
        assert texts[0] != texts[1]
        one.reload()
        quiet(one)
        assert one.locator("[data-testid='stMain']").inner_text() == texts[0]


def test_a_run_deleted_under_a_page_is_told(
    app: tuple[str, Project], browser: object, tmp_path: Path
) -> None:
    """Somebody removes its folder; the other pages go on, and it is there again when it is put back."""
    address, project = app
    folder = runs.folder_of(project, runs.all_runs(project)[0].id)
    with window(browser) as page:
        page.goto(f"{address}/trust")
        quiet(page)
        folder.rename(tmp_path / folder.name)
        try:
            page.reload()
            quiet(page)
            assert page.get_by_text("There is no run yet").count() == 1
            assert page.locator("[data-testid='stException']").count() == 0
        finally:
            (tmp_path / folder.name).rename(folder)
        page.reload()
        quiet(page)
        assert page.get_by_text("R-hat").count() >= 1


@WHOLE
def test_markup_in_a_name_is_shown_and_not_run(named: Project, browser: object) -> None:
    with served(named) as address, window(browser) as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        for name in PAGES:
            page.goto(f"{address}/{'' if name == 'overview' else name}")
            quiet(page)
            assert page.locator("img[src='x']").count() == 0, name
            assert page.get_by_text("could not be shown").count() == 0, name
        page.goto(f"{address}/channels")
        quiet(page)
        assert page.get_by_text("<img src=x onerror=alert(1)>").count() >= 1
