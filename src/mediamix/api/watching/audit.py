"""Who did what, when, with which outcome: `PROJECT/audit.jsonl`, which only grows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from mediamix.core.files import unwritable
from mediamix.core.text import safe_json
from mediamix.project.folder import Project
from mediamix.project.runs import moment


def write(project: Project, who: str, what: str, outcome: str | int, **more: Any) -> None:
    """Add a line. One write to a file that is opened to append: lines of several processes don't mix.

    Args:
        project: Whose.
        who: Did it.
        what: They did: ``POST /api/v1/runs``, ``keys create``.
        outcome: A status, or a word.
        more: What it was done to: ids and names, never a secret.

    Raises:
        FolderError: It can't be written.
    """
    line: Mapping[str, Any] = {"at": moment(), "who": who, "what": what, "outcome": outcome, **more}
    text = safe_json(json.dumps(line, ensure_ascii=False)) + "\n"
    try:
        handle = os.open(project.audit, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, text.encode())
        finally:
            os.close(handle)
    except OSError as error:
        raise unwritable(project.audit, error) from error
