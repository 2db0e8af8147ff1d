"""Tables that were uploaded and aren't the project's yet: `drafts/ID/`, with what was answered about them.

They lie apart from `data/`, so that nothing of the project changes before somebody says what they are.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath

from mediamix.core.errors import FolderError
from mediamix.core.files import unwritable, write_json
from mediamix.core.folders import whole_folder
from mediamix.core.locks import remove
from mediamix.project.folder import Project

FILES, ANSWERS = "files", "answers.json"
#: Drafts that are kept; older ones go when a new one comes.
KEPT = 10
#: Tables of one draft.
MOST_FILES = 20
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
#: What a file may not be called on every system, or what has a meaning in YAML, HTML or a shell.
_ODD = re.compile(r"[^\w .()&+,-]")
_LONGEST = 80


@dataclass(frozen=True)
class Draft:
    """Uploaded tables.

    Args:
        id: Its name, which sorts by time.
        folder: Where it lies.
        files: The tables, by name.
        answers: Key → value, as `mediamix init --set` takes them.
    """

    id: str
    folder: Path
    files: tuple[Path, ...]
    answers: Mapping[str, str]


def new_draft(project: Project, files: Sequence[tuple[str, bytes]]) -> Draft:
    """Keep uploaded files: all of them or none.

    Args:
        project: Its folder is made where it lacks parts.
        files: Names as they were given, and contents.

    Raises:
        FolderError: There are none or too many, or the folder can't be written.
    """
    if not 0 < len(files) <= MOST_FILES:
        raise FolderError(
            "a project is made of some tables",
            expected=f"1 to {MOST_FILES} files",
            got=f"{len(files):,}",
            next_step="choose those that hold media, outcome, controls and events",
        )
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    with whole_folder(project.drafts / name, force=False) as aside:
        (aside / FILES).mkdir()
        for given, content in files:
            (aside / FILES / _free(aside / FILES, safe_name(given))).write_bytes(content)
    for old in drafts(project)[KEPT:]:
        forget(old)
    return read_draft(project, name)


def drafts(project: Project) -> list[Draft]:
    """Newest first; what can't be read is left out."""
    try:
        names = sorted((path.name for path in project.drafts.iterdir()), reverse=True)
    except OSError:
        return []
    found = []
    for name in names:
        try:
            found.append(read_draft(project, name))
        except FolderError:
            continue
    return found


def read_draft(project: Project, name: str) -> Draft:
    """A draft by its id.

    Raises:
        FolderError: There is no such draft.
    """
    folder = project.drafts / name
    try:
        files = sorted((folder / FILES).iterdir()) if _ID.fullmatch(name) else []
    except OSError:
        files = []
    if not files:
        raise FolderError(
            "these uploaded tables are not there any more",
            expected="tables that nobody has taken over or removed meanwhile",
            next_step="upload them again",
        )
    return Draft(name, folder, tuple(files), _answers(folder / ANSWERS))


def answer(draft: Draft, answers: Mapping[str, str]) -> None:
    """Keep all answers about a draft; they replace those before.

    Raises:
        FolderError: The folder can't be written.
    """
    write_json(draft.folder / ANSWERS, dict(answers))


def forget(draft: Draft) -> None:
    """Remove a draft.

    Raises:
        FolderError: It can't be removed.
    """
    try:
        remove(draft.folder)
    except OSError as error:
        raise unwritable(draft.folder, error) from error


def safe_name(given: str) -> str:
    """A file's name that is one on every system, as close to the given one as can be."""
    last = PureWindowsPath(PurePosixPath(given).name).name
    stem, dot, ending = last.rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "")
    stem = _ODD.sub("_", stem).strip(". ")[:_LONGEST] or "table"
    ending = _ODD.sub("_", ending).strip(". ")[:8]
    return f"{stem}.{ending}" if ending else stem


def _free(folder: Path, name: str) -> str:
    path, number = Path(name), 1
    while (folder / name).exists():
        number += 1
        name = f"{path.stem}-{number}{path.suffix}"
    return name


def _answers(path: Path) -> dict[str, str]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in raw.items()} if isinstance(raw, dict) else {}
