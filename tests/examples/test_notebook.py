"""The notebook: run in a fresh kernel as a reader would run it, and compared with what the page shows."""

from __future__ import annotations

import re
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

from mediamix.transforms.native import ANNOUNCEMENT

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "notebook"
PAGE = FOLDER / "plan_the_budget.ipynb"
REFRESH = "the saved page is old: run `uv run python examples/notebook/run.py`"
#: Bytes of a page that opens at once, and that version control can bear.
LARGEST = 300_000
#: Numbers with what belongs to them: sign, currency, scale and how a chance near 0 or 1 is put.
NUMBER = re.compile(
    r"(?:more than |less than )?[+−]?(?:EUR )?[+−]?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?(?: (?:bn|M|k)\b)?"
)
#: Channels, one or several in a row: which of them is named first, or at all, is for the draws to say.
NAMES = re.compile(
    r"(?:\*\*)?\b{0}\b(?:(?:, | and ){0}\b)*(?:\*\*)?".format("(?:tv|search|social|display|print_ooh)")
)
#: The box whose sentences are the report's own, chosen by how well the chains mixed.
VERDICT = "show.verdict("
#: What the page is about: the expected gain of the plan, and what it is under the truth.
HEADLINES = re.compile(r"\*\*\+EUR ([\d.]+) ([kM])\*\*")


def runner() -> ModuleType:
    spec = util.spec_from_file_location("notebook_run", FOLDER / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def boxes(notebook: nbformat.NotebookNode) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds(cell: Any) -> list[list[str]]:
    return [sorted(output.get("data", {"stream": ""})) for output in cell.outputs]


def sentences(cell: Any) -> str:
    return "\n".join(output.get("data", {}).get("text/markdown", "") for output in cell.outputs)


def words(cell: Any) -> str:
    """A box's sentences without what other draws can change."""
    return NAMES.sub("@", NUMBER.sub("#", sentences(cell)))


def headlines(notebook: nbformat.NotebookNode) -> list[float]:
    text = "\n".join(sentences(cell) for cell in boxes(notebook))
    return [float(number) * {"k": 1e3, "M": 1e6}[unit] for number, unit in HEADLINES.findall(text)]


@pytest.fixture(scope="module")
def page() -> nbformat.NotebookNode:
    return nbformat.read(PAGE, as_version=4)


def test_the_notebook_runs_and_says_what_the_page_says(page: nbformat.NotebookNode) -> None:
    fresh = runner().executed()  # an error in a cell is raised here
    for shown, new in zip(boxes(page), boxes(fresh), strict=True):
        # Where nothing was compiled yet, the cell that fits says so, and nothing else.
        new.outputs = [output for output in new.outputs if output.get("text", "").strip() != ANNOUNCEMENT]
        complaints = [output.text for output in new.outputs if output.output_type == "stream"]
        assert not complaints, f"a cell prints or warns: {complaints}"
        assert kinds(shown) == kinds(new), REFRESH
        if VERDICT in shown.source:
            assert sentences(new)
        else:
            assert words(shown) == words(new), REFRESH
    assert len(headlines(page)) == 2
    # Other processors give other draws in the last digits, and then other draws.
    assert headlines(page) == pytest.approx(headlines(fresh), rel=0.25), REFRESH


def test_the_page_is_valid_small_and_whole(page: nbformat.NotebookNode) -> None:
    nbformat.validate(page)
    assert PAGE.stat().st_size < LARGEST
    assert [cell.execution_count for cell in boxes(page)] == list(range(1, len(boxes(page)) + 1))
    pictures = [
        output for cell in boxes(page) for output in cell.outputs if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 8
    assert all(picture.metadata["image/png"]["alt"] for picture in pictures)
    assert not any(
        output.output_type in ("error", "stream") for cell in boxes(page) for output in cell.outputs
    )


def test_the_page_leads_to_files_that_are_there(page: nbformat.NotebookNode) -> None:
    text = "\n".join(cell.source for cell in page.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)#]+)", text)
    assert links
    assert not [link for link in links if not (FOLDER / link).is_file()]


def test_results_in_the_text_are_computed(page: nbformat.NotebookNode) -> None:
    """Text that a person wrote has no digits but those of chapters and of the question that is asked."""
    text = "\n".join(cell.source for cell in page.cells if cell.cell_type == "markdown")
    text = re.sub(r"^## \d+\.|\]\([^)]*\)", "", text, flags=re.MULTILINE)
    assert re.findall(r"\d\S*", text) == ["5%"]
