"""A project from tables, as `mediamix init` and the app leave it: what was there before is kept."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.core.errors import FolderError
from mediamix.core.files import unwritable, whole_file, write_text
from mediamix.core.folders import whole_folder
from mediamix.project.folder import SPEC, Project

if TYPE_CHECKING:
    from mediamix.data.guess.result import Table


def refuse_founded(root: Path, names: Sequence[str] = (), *, force: bool) -> None:
    """Refuse a folder that is a project already, or whose tables would be replaced.

    Args:
        root: The folder.
        names: Of the files that go to its folder ``data/``.
        force: Whether they may be replaced.

    Raises:
        FolderError: It is one and `force` is False, or it is a file.
    """
    if os.path.lexists(root) and not os.path.isdir(root):
        raise FolderError(f"{root} is a file", expected="a folder", next_step="choose another --out folder")
    if force:
        return
    if os.path.lexists(root / SPEC) and not unwritten(Project(root)):
        raise FolderError(
            f"{root} is a project already",
            expected=f"a folder without {SPEC}",
            next_step="choose another folder, or add --force: what is replaced is kept beside it",
        )
    there = [str(Project(root).data / name) for name in names if os.path.lexists(Project(root).data / name)]
    if there:
        raise FolderError(
            f"{root} holds files of these names",
            details=there,
            expected="no file of the same name",
            next_step="choose another --out folder, or add --force: what is replaced is kept beside it",
        )


def unwritten(project: Project) -> bool:
    """Whether a project has no spec that anybody has written: none, or the one of an empty project."""
    from mediamix.data.guess.compose import TEMPLATE

    try:
        return project.spec().read_text(encoding="utf-8") == TEMPLATE
    except FileNotFoundError:
        return True
    except (OSError, UnicodeDecodeError):
        return False


def found_project(
    root: Path,
    spec: str,
    tables: Sequence[Table] = (),
    *,
    force: bool = False,
    variant: str | None = None,
) -> list[str]:
    """Make a project, and say what was kept of one that was there before.

    A new folder appears whole or not at all. In one that exists the spec is written last, and a file that
    has to give way is renamed to ``NAME.before``: nothing is lost.

    Args:
        root: Its folder.
        spec: The text of its spec.
        tables: That go to its folder ``data/``.
        force: Whether a spec and tables that are there may give way.
        variant: Of a project that is there: write the spec as this variant, the project's own stays.

    Raises:
        FolderError: As of `refuse_founded`, or the folder can't be written.
    """
    names = [table.name for table in tables if not _is_same(Project(root), table)]
    if variant is None:
        refuse_founded(root, names, force=force)
    else:
        refuse_variant(Project(root), variant, names, force=force)
    if not os.path.lexists(root):
        with whole_folder(root, force=False) as folder:
            return _filled(Project(folder), spec, tables, None)
    return _filled(Project(root), spec, tables, variant)


def refuse_variant(project: Project, variant: str, names: Sequence[str] = (), *, force: bool) -> None:
    """Refuse a variant that is there already, or whose tables would replace those of the project.

    Raises:
        FolderError: They are there and `force` is False, or it can't be a name.
    """
    target = project.spec(variant)
    there = [target, *(project.data / name for name in names)]
    taken = [str(path) for path in there if os.path.lexists(path)]
    if taken and not force:
        raise FolderError(
            f"{project.root} holds files of these names",
            details=taken,
            expected="a variant and tables of new names",
            next_step="choose another name, or let what is there give way: it is kept beside it",
        )


def _filled(project: Project, spec: str, tables: Sequence[Table], variant: str | None) -> list[str]:
    project.make()
    kept = []
    for table in tables:
        target = project.data / table.name
        if _is_there(project, table):
            continue
        if table.text is not None:
            kept += _kept(target, table.text)
            write_text(target, table.text)
        elif table.source is not None:
            kept += _kept(target, table.source)
            with whole_file(target) as aside:
                shutil.copyfile(table.source, aside)
    target = project.spec(variant)
    if variant is not None or not unwritten(project):
        kept += _kept(target, spec)
    write_text(target, spec)
    return kept


def _is_there(project: Project, table: Table) -> bool:
    """Whether the given file is the project's own already."""
    target = project.data / table.name
    return table.source is not None and target.exists() and os.path.samefile(target, table.source)


def _is_same(project: Project, table: Table) -> bool:
    """Whether the project has this very table already."""
    target = project.data / table.name
    try:
        if table.text is not None:
            return target.read_bytes() == table.text.encode()
        return table.source is not None and filecmp.cmp(target, table.source, shallow=False)
    except OSError:
        return False


def _kept(target: Path, new: str | Path) -> list[str]:
    """Rename what is there, unless it is what is going to be written."""
    try:
        if not os.path.lexists(target):
            return []
        same = (
            target.read_bytes() == new.encode()
            if isinstance(new, str)
            else filecmp.cmp(target, new, shallow=False)
        )
        if same:
            return []
        number, before = 1, target.with_name(f"{target.name}.before")
        while os.path.lexists(before):
            number += 1
            before = target.with_name(f"{target.name}.before-{number}")
        os.replace(target, before)
    except OSError as error:
        raise unwritable(target, error) from error
    return [f"{target.name} was there, and is kept as {before}"]
