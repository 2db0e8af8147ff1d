"""Writing that leaves either the old file or the whole new one; folders that aren't overwritten."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mediamix.core.errors import FolderError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file that appears whole or not at all: write to the path given; at the end it is renamed.

    Raises:
        FolderError: The folder can't be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        os.replace(aside, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all.

    Raises:
        FolderError: The folder can't be written.
    """
    with whole_file(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """JSON with readable indentation; NaN is refused, not written."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def unwritable(path: Path, error: OSError) -> FolderError:
    """The one message for a path that can't be written."""
    return FolderError(
        f"can't write {path}",
        expected="a folder you may write to, with space left",
        got=error.strerror or str(error),
        next_step="choose another --out folder",
    )


@contextmanager
def whole_folder(target: Path, *, force: bool) -> Iterator[Path]:
    """A folder that appears whole or not at all.

    Yields a folder beside `target` to write into; at the end it takes target's place. On any
    error, Ctrl-C included, it is removed and `target` is as it was.

    Raises:
        FolderError: `target` has content and `force` is False, or can't be written.
    """
    refuse_used(target, force=force)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    made = [folder for folder in target.parents if not folder.exists()]
    try:
        try:
            aside.mkdir(parents=True)
        except OSError as error:
            raise unwritable(target, error) from error
        yield aside
        try:
            if target.exists():
                os.replace(target, old)
            os.replace(aside, target)
        except OSError as error:
            raise unwritable(target, error) from error
    finally:
        for folder in (aside, old):
            shutil.rmtree(folder, ignore_errors=True)
        if not target.exists():
            for folder in made:  # innermost first; a folder that is in use stays
                with suppress(OSError):
                    folder.rmdir()


def refuse_there(path: Path, *, force: bool) -> None:
    """FolderError where a file is there and may not be replaced, or is a folder."""
    if path.is_dir():
        raise FolderError(
            f"{path} is a folder", expected="the path of a file", next_step="choose another --out file"
        )
    if not force and path.exists():
        raise FolderError(
            f"the file {path} is already there",
            expected="a new file",
            next_step="choose another --out file, or add --force (in Python force=True) to replace it",
        )


def refuse_used(target: Path, *, force: bool) -> None:
    """FolderError where `target` is a file, or a folder with content and no `force`."""
    if target.is_file():
        raise FolderError(f"{target} is a file", expected="a folder", next_step="choose another --out folder")
    if not force and target.is_dir() and any(target.iterdir()):
        raise FolderError(
            f"the folder {target} is already used",
            expected="a new or empty folder",
            got="a folder with content",
            next_step="choose another --out folder, or add --force (in Python force=True) to replace it",
        )
