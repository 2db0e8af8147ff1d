"""Starting the app's server for a project."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mediamix.project.compiling import missing
from mediamix.project.folder import Project
from mediamix.ui.place import PLACE

HERE = Path(__file__).parent


def serve(project: Project, port: int, *, browser: bool) -> None:
    """Show a project until interrupted; on this machine only.

    Args:
        project: What is shown.
        port: Where.
        browser: Whether a browser is opened on it.
    """
    import streamlit as st

    from mediamix.ui.failure import told
    from mediamix.ui.warm import warm

    os.environ[PLACE] = str(project.root.absolute())
    if not missing():  # else it would compile the engine once more
        warm(Project(project.root.absolute()))
    app = st.App(HERE / "main.py", on_script_error=told)
    app.run(config={**settings(), "server.port": port, "server.headless": not browser})


def settings() -> dict[str, Any]:
    """`config.toml` with dotted keys, as Streamlit takes them."""
    with (HERE / "config.toml").open("rb") as file:
        return dict(_flat(tomllib.load(file), ""))


def _flat(table: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value
