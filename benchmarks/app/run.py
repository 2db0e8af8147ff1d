"""How long until a page of a finished run is of use, and what twenty visitors at once cost the server?

Run it with ``uv run python benchmarks/app/run.py [--project FOLDER]``: it needs Chromium, prints a table and
writes ``benchmarks/app/app.md``. Without a project it makes the demo's and waits for its run.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import websockets
from playwright.sync_api import Browser, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.jobs.runs import follow, launch
from mediamix.project.folder import Project
from mediamix.project.steps import demo_project

RESULT = Path(__file__).with_name("app.md")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync"]
#: Address of a page → its name in the list of pages.
PAGES = {
    "planner": "Planner",
    "scenarios": "Scenarios",
    "report": "Report",
    "channels": "Channels",
    "response": "Response curves",
    "model": "Model",
    "trust": "Trust",
    "data": "Data",
    "fit": "Fit",
    "": "Overview",
}
#: The first of a page that says something: a number, a figure, a table, a control or a word of help.
USEFUL = ", ".join(
    f"[data-testid='stMain'] {inner}"
    for inner in (
        "[data-testid='stMetricValue']",
        "[data-testid='stVegaLiteChart'] svg",
        "[data-testid='stDataFrame']",
        "[data-testid='stSlider']",
        "[data-testid='stAlert']",
        "[data-testid='stDownloadButton']",
        "[data-testid='stButton']",
    )
)
#: The page that a click led to has its title.
TITLED = "title => document.querySelector(\"[data-testid='stMain'] h1\")?.innerText === title"
#: A page of one number: what the framework takes by itself.
FLOOR = 'import streamlit as st\nst.metric("one", "1")\n'
IDLE = "[data-testid='stApp'][data-test-script-state='notRunning']"
PATIENCE = 120_000
VISITORS = 20
#: Elements that a page has at least besides its frame.
LEAST = 15
WHAT = ("two on each page", "the planner, ten different budgets", "the same again")


#: Seconds until a page is useful, and until it is whole.
Paint = tuple[float, float]


@dataclass(frozen=True)
class Server:
    """The app at work."""

    address: str
    process: int

    @property
    def peak(self) -> float:
        """MiB that it has held at most."""
        status = Path(f"/proc/{self.process}/status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return int(kib) / 1024


@contextmanager
def served(*arguments: str, port_as: str) -> Iterator[Server]:
    """``python -m …``, an app, answering."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", *arguments, port_as, str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
            while time.monotonic() < end:
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield Server(address, process.pid)
        finally:
            process.terminate()
            process.wait(10)


def paint(browser: Browser, url: str) -> Paint:
    """Seconds from the address to the first useful element, and to the end of the script; nothing cached."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(USEFUL, timeout=PATIENCE)
    useful = time.perf_counter() - began
    page.wait_for_selector(IDLE, timeout=PATIENCE)
    whole = time.perf_counter() - began
    context.close()
    return useful, whole


def clicked(browser: Browser, url: str) -> dict[str, float]:
    """Page → seconds from a click on its name in the open app to its first useful element."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(USEFUL, timeout=PATIENCE)
    page.wait_for_selector(IDLE, timeout=PATIENCE)
    seen = {}
    for name, title in PAGES.items():
        time.sleep(0.5)  # whatever the last page still does
        link = page.get_by_test_id("stSidebar").get_by_role("link", name=title).first
        began = time.perf_counter()
        link.click()
        page.wait_for_function(TITLED, arg=title, timeout=PATIENCE)
        page.wait_for_selector(USEFUL, timeout=PATIENCE)
        seen[name] = time.perf_counter() - began
        page.wait_for_selector(IDLE, timeout=PATIENCE)
    context.close()
    return seen


async def visit(address: str, name: str, query: str) -> tuple[float, bool]:
    """One visitor as the server sees one: seconds until the page is whole, and whether it holds no error."""
    began, shown, wrong = time.perf_counter(), 0, False
    host_port = address.removeprefix("http://")
    async with websockets.connect(
        f"ws://{host_port}/_stcore/stream", subprotocols=["streamlit"], max_size=None, origin=address
    ) as stream:
        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.query_string = name, query
        await stream.send(asked.SerializeToString())
        while True:
            said = ForwardMsg()
            said.ParseFromString(await stream.recv())
            shown += said.delta.WhichOneof("type") == "new_element"
            wrong |= said.delta.new_element.WhichOneof("type") == "exception"
            wrong |= "could not be shown" in said.delta.new_element.alert.body
            if said.WhichOneof("type") == "script_finished":
                return time.perf_counter() - began, shown > LEAST and not wrong


async def crowd(address: str, visits: list[tuple[str, str]]) -> tuple[list[float], int]:
    """Visitors at once: seconds until each has its page, and how many have one."""
    seen = await asyncio.gather(*(visit(address, *one) for one in visits))
    return [seconds for seconds, _ in seen], sum(answered for _, answered in seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    given, repeats = options.project, options.repeats
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        project = Project.at(given) if given else demo_project(Path(folder) / "demo")
        record, _ = launch(project)
        follow(project, record.id)
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        bare = Path(folder) / "bare.py"
        bare.write_text(FLOOR)
        with served(
            "streamlit", "run", str(bare), "--server.headless", "true", port_as="--server.port"
        ) as other:
            paint(browser, other.address)
            floor = [paint(browser, other.address) for _ in range(repeats)]
        with served("mediamix", "app", str(project.root), "--no-browser", port_as="--port") as server:
            first = paint(browser, server.address)
            rows = {
                name: [paint(browser, f"{server.address}/{name}") for _ in range(repeats)] for name in PAGES
            }
            clicks = [clicked(browser, server.address) for _ in range(repeats)]
            alone = server.peak
            pages = [(name, "") for name in (*PAGES, *PAGES)]
            questions = [("planner", f"budget={80 + 5 * (i % 10)}") for i in range(VISITORS)]
            with ThreadPoolExecutor(1) as beside:  # the browser's driver has a loop of its own here
                many = [
                    beside.submit(asyncio.run, crowd(server.address, visits)).result()
                    for visits in (pages, questions, questions)
                ]
            peak = server.peak
        browser.close()
    page = written(first, floor, rows, clicks) + crowded(alone, many, peak)
    print(page)
    write_text(RESULT, page)


def written(
    first: Paint, floor: list[Paint], rows: dict[str, list[Paint]], clicks: list[dict[str, float]]
) -> str:
    """One visitor: the upper half of the page of results."""
    machine = host()
    lines = [
        "# The app: first paint, and twenty visitors",
        "",
        "The demo's run (1,095 days, five channels, 4,000 draws), looked at in Chromium, which shares the "
        "machine with the server. Made by `uv run python benchmarks/app/run.py` on "
        f"{date.today()}: {machine['cores']} cores, {machine['system']} {machine['machine']}; "
        f"{', '.join(f'{name} {number}' for name, number in versions().items())}.",
        "",
        "Useful: the first number, figure, table or control of the page is there. Whole: its script has "
        f"ended. Clicked: useful, from a click in the open app. The others are of a pasted address in a "
        f"browser that has nothing in its cache, of which the framework itself takes the first row. Medians "
        f"of {len(floor)}, in seconds.",
        "",
        "| page | clicked | useful | whole | slowest useful |",
        "| --- | --- | --- | --- | --- |",
        f"| a page of one number, by Streamlit alone | | {_row(floor)} |",
        f"| the first visit after the server's start | | {first[0]:.2f} | {first[1]:.2f} | |",
    ]
    for name, seen in rows.items():
        lines.append(f"| {name or 'overview'} | {median(one[name] for one in clicks):.2f} | {_row(seen)} |")
    return "\n".join(lines)


def _row(seen: list[Paint]) -> str:
    useful, whole = zip(*seen, strict=True)
    return f"{median(useful):.2f} | {median(whole):.2f} | {max(useful):.2f}"


def crowded(alone: float, many: Any, peak: float) -> str:
    """Many visitors: the lower half."""
    lines = [
        "",
        "",
        f"## {VISITORS} visitors at once",
        "",
        "Each has a session of its own over a real socket; browsers would share the machine's processors "
        "with the server and be what is measured. Seconds until a visitor has the whole page.",
        "",
        "| what they look at | answered | median | last |",
        "| --- | --- | --- | --- |",
        *(
            f"| {what} | {answered} of {VISITORS} | {median(waited):.1f} | {max(waited):.1f} |"
            for what, (waited, answered) in zip(WHAT, many, strict=True)
        ),
        "",
        f"Memory of the server at most: {alone:,.0f} MiB with one visitor, {peak:,.0f} MiB with {VISITORS}.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
