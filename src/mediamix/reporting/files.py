"""The report on disk: its page, and its tables in the folder beside it, never those of two runs."""

from __future__ import annotations

from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.files import refuse_foreign, whole_file
from mediamix.core.folders import put_aside, whole_folder
from mediamix.reporting.material import Material
from mediamix.reporting.render import page_of
from mediamix.reporting.tables import write_tables

#: How a page of ours begins.
OURS = r'<!DOCTYPE html>\s*<html lang="en">\s*<head>\s*<meta charset="utf-8">\s*<meta http-equiv="Content-Sec'


def tables_folder(path: Path) -> Path:
    """``<name>_tables`` beside the page."""
    return path.with_name(f"{path.stem}_tables")


def refuse_ending(path: Path) -> None:
    """FolderError where a file's name promises something else than the page that a report is."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise FolderError(
            f"a report can't be written as {path.name}",
            expected="a name that ends in .html; the tables lie as CSV in the folder beside it",
            got=path.suffix or "no ending",
            next_step=f"say --out {path.with_suffix('.html')}",
        )


def write_report(material: Material, path: Path, *, force: bool) -> Path:
    """Build all sections, write page and tables aside, then put both in place.

    Raises:
        ExtraError: plotly or jinja2 is not installed.
        FolderError: They can't be written, or are there and `force` is False.
    """
    refuse_ending(path)
    refuse_foreign(path, OURS)
    page = page_of(material)
    tables = tables_folder(path)
    with whole_folder(tables, force=force) as folder:
        write_tables(material, folder)
        with whole_file(path, force=force) as aside:
            aside.write_text(page, encoding="utf-8", newline="\n")
            if folder != tables:
                put_aside(tables)  # the tables of another report never stand beside this one
    return path
