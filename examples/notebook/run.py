"""Run the notebook in a fresh kernel and save it with what it shows.

``uv run python examples/notebook/run.py`` after a change; the tests run it the same way.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).with_name("plan_the_budget.ipynb")
#: Seconds for one cell: the whole notebook takes less than half of it.
PATIENCE = 120


def executed(path: Path = NOTEBOOK) -> nbformat.NotebookNode:
    """The notebook with fresh outputs; an error in a cell is raised here.

    The kernel starts in the notebook's folder, and keeps its own files out of the home folder.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as home:
        places = dict.fromkeys(("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"), home)
        client = NotebookClient(
            notebook,
            timeout=PATIENCE,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
            record_timing=False,
        )
        client.execute(env={**os.environ, **places, "PYTHONDONTWRITEBYTECODE": "1"})
    # What differs between machines isn't part of the page.
    notebook.metadata.pop("language_info", None)
    return notebook


if __name__ == "__main__":
    nbformat.write(executed(), NOTEBOOK)
