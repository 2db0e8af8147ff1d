"""Projects to look at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mediamix.jobs.runs import follow, launch
from mediamix.project.folder import Project
from mediamix.project.record import State
from project_fixtures import rested

#: Markup that would show itself where a name is not escaped.
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="session")
def named(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a run, in which a channel's name is markup. Read it only."""
    folder = tmp_path_factory.mktemp("named") / "shop"
    shutil.copytree(empty, folder)
    media = folder / "data" / "media.csv"
    text = media.read_text()
    assert "search" in text
    media.write_text(text.replace("search", NASTY))
    (folder / "data" / "truth.json").unlink()
    made = Project.at(folder)
    record, _ = launch(made)
    assert follow(made, record.id).state is State.DONE
    rested(made)
    return made
