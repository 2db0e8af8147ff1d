"""The pictures of the app in `docs/assets/app`: the demo in Chromium.

    uv run python docs/app_pictures.py [FOLDER]

FOLDER: where the demo's project is made, or lies with a run that is done. Absent: a temporary one.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from mediamix.decide.problem.problem import Budget, Problem
from mediamix.jobs.runs import follow, launch
from mediamix.pipeline import load, plan
from mediamix.project.folder import FIT, Project
from mediamix.project.questions import save
from mediamix.project.runs import folder_of
from mediamix.project.steps import demo_project

OUT = Path(__file__).parent / "assets" / "app"
WORK = ("report", "data", "fit")
PAGES = ("overview", "planner", "scenarios", "channels", "response", "model", "trust", *WORK)
#: Theme, width, pages.
LOOKS = (
    ("light", 1280, PAGES),
    ("dark", 1280, ("channels", "planner")),
    ("dark", 390, ("overview", "channels")),
)
PATIENCE = 60_000
IDLE = "[data-testid='stApp'][data-test-script-state='notRunning']"


def main(folder: Path) -> None:
    """Make the project, serve it, look at every page."""
    project = Project.at(folder) if (folder / "mediamix.yml").is_file() else demo_project(folder)
    record, _ = launch(project)
    follow(project, record.id)
    _save_plans(project, record.id)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mediamix", "app", str(folder), "--port", str(port), "--no-browser"]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"{address}/_stcore/health")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for theme, width, pages in LOOKS:
                context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
                page = context.new_page()
                for name in pages:
                    page.set_viewport_size({"width": width, "height": 900})
                    page.goto(f"{address}/{'' if name == 'overview' else name}")
                    _quiet(page)
                    _take(page, OUT / f"{name}-{theme}-{width}.png", width)
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _save_plans(project: Project, run: str) -> None:
    """Two scenarios: a tenth less, and a fifth more."""
    fit = load(folder_of(project, run) / FIT)
    today = float(fit.dataset.spend_c.sum())
    for name, share in (("a tenth less", 0.9), ("a fifth more", 1.2)):
        question = Problem(Budget(share * today))
        save(project, name, question, run, plan(fit, question), force=True)


def _wait(address: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310  # our own address
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the app did not start")


def _quiet(page: Page) -> None:
    """Until the page has stopped changing."""
    page.wait_for_selector("h1", timeout=PATIENCE)
    before, now = "", "-"
    while now != before:
        page.wait_for_selector(IDLE, timeout=PATIENCE)
        page.wait_for_timeout(700)
        before, now = now, page.locator("[data-testid='stApp']").inner_text()


def _take(page: Page, path: Path, width: int) -> None:
    height = page.evaluate(
        "Math.max(...[...document.querySelectorAll('section, main, [data-testid=stMain]')]"
        ".map(e => e.scrollHeight))"
    )
    page.set_viewport_size({"width": width, "height": min(int(height) + 40, 5000)})
    page.wait_for_timeout(1200)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made) / "mediamix-demo")
