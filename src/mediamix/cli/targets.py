"""Checks of where a command will write, before its work begins."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mediamix.core.files import refuse_there, refuse_used, unwritable


def ready_folder(target: Path, *, force: bool) -> None:
    """Refuse a folder that is used or can't be written, before minutes of work.

    Raises:
        FolderError: It has content and `force` is False, is a file, or can't be written.
    """
    refuse_used(target, force=force)
    _probe(target)


def ready_file(target: Path, *, force: bool) -> None:
    """The same for a file.

    Raises:
        FolderError: It is there and `force` is False, is a folder, or can't be written.
    """
    refuse_there(target, force=force)
    _probe(target)


def free_folder(wanted: Path) -> Path:
    """`wanted`, or where it is used the first free one of ``wanted-2``, ``wanted-3`` and so on."""
    number, folder = 1, wanted
    while folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def _probe(target: Path) -> None:
    """Make and remove a folder where the target's first new folder would be."""
    parent = target.absolute().parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".mediamix-", dir=parent):
            pass
    except OSError as error:
        raise unwritable(target, error) from error
