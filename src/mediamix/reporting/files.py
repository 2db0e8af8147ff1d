"""A report on disk, in each form that it is wanted in; beside a page its tables, never those of two runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.files import refuse_foreign, refuse_there, whole_file, write_bytes
from mediamix.core.folders import put_aside, refuse_used, whole_folder
from mediamix.reporting.drawing import Pen, Wanted
from mediamix.reporting.masthead import KEYWORDS
from mediamix.reporting.material import Material
from mediamix.reporting.section import Built, build_sections
from mediamix.reporting.tables import write_tables

#: How a page of ours begins.
OURS = r'<!DOCTYPE html>\s*<html lang="en">\s*<head>\s*<meta charset="utf-8">\s*<meta http-equiv="Content-Sec'

#: How a report in JSON begins.
JSON_OURS = r'\{\s*"schema":\s*"mediamix report/'


@dataclass(frozen=True)
class Form:
    """A form of the report.

    Args:
        make: The content of the file.
        wanted: The pictures of a section in it.
        ours: How to tell a file that mediamix wrote in this form.
        tables: Whether its tables lie in a folder beside it.
    """

    make: Callable[[Material, Sequence[Built], Pen], bytes]
    wanted: Callable[[Built], list[Wanted]]
    ours: str | Callable[[Path], bool]
    tables: bool = False


def _page(material: Material, sections: Sequence[Built], pen: Pen) -> bytes:
    from mediamix.reporting.render import page_of

    return page_of(material, sections, pen).encode()


def _pdf(material: Material, sections: Sequence[Built], pen: Pen) -> bytes:
    from mediamix.reporting.pdf import pdf_of

    return pdf_of(material, sections, pen)


def _slides(material: Material, sections: Sequence[Built], pen: Pen) -> bytes:
    from mediamix.reporting.slides import slides_of

    return slides_of(material, sections, pen)


def _json(material: Material, sections: Sequence[Built], pen: Pen) -> bytes:
    from mediamix.reporting.as_json import json_of

    return json_of(material, sections).encode()


def _of_page(built: Built) -> list[Wanted]:
    from mediamix.reporting.render import pictures_wanted

    return pictures_wanted(built)


def _of_pdf(built: Built) -> list[Wanted]:
    from mediamix.reporting.pdf import pictures_wanted

    return pictures_wanted(built)


def _of_slides(built: Built) -> list[Wanted]:
    from mediamix.reporting.slides import pictures_wanted

    return pictures_wanted(built)


def _none(built: Built) -> list[Wanted]:
    return []


def _deck_ours(path: Path) -> bool:
    from mediamix.reporting.slides import is_ours

    return is_ours(path)


def _says_ours(path: Path) -> bool:
    return KEYWORDS.encode() in path.read_bytes()


PAGE = Form(_page, _of_page, OURS, tables=True)
#: Ending → form.
FORMS: Mapping[str, Form] = {
    ".html": PAGE,
    ".htm": PAGE,
    ".pdf": Form(_pdf, _of_pdf, _says_ours),
    ".pptx": Form(_slides, _of_slides, _deck_ours),
    ".json": Form(_json, _none, JSON_OURS),
}


def form_of(path: Path) -> Form:
    """The form that a file's name promises.

    Raises:
        FolderError: It promises another kind of file.
    """
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise FolderError(
            f"a report can't be written as {path.name}",
            expected=f"a name that ends in {', '.join(FORMS)} (the tables of a page lie beside it as CSV)",
            got=path.suffix or "no ending",
            next_step=f"say --out {path.with_suffix('.html')}",
        )
    return form


def tables_folder(path: Path) -> Path:
    """``<name>_tables`` beside the page."""
    return path.with_name(f"{path.stem}_tables")


def refuse_taken(paths: Sequence[Path], *, force: bool) -> None:
    """FolderError where one of the files can't be written: of no form, there already, somebody else's."""
    for place, path in enumerate(paths):
        refuse_there(path, force=force)
        form = form_of(path)
        others = paths[:place]
        if path in others or (form.tables and tables_folder(path) in map(tables_folder, _pages(others))):
            raise FolderError(
                f"{path} is asked for twice", expected="a file a form", next_step="leave one --out away"
            )
        refuse_foreign(path, form.ours)
        if form.tables:
            refuse_used(tables_folder(path), force=force)


def _pages(paths: Sequence[Path]) -> list[Path]:
    return [path for path in paths if form_of(path).tables]


def write_reports(material: Material, paths: Sequence[Path], pen: Pen, *, force: bool) -> None:
    """Build all sections, make every form, then put them in place, each whole.

    Raises:
        ExtraError: A package that draws or sets is not installed.
        FolderError: They can't be written, or are there and `force` is False.
    """
    refuse_taken(paths, force=force)
    sections, forms = [], {id(form): form for form in map(form_of, paths)}.values()
    for built in build_sections(material):
        sections.append(built)
        for form in forms:
            pen.begin(form.wanted(built))
    pages = [path for path in paths if form_of(path).tables]
    rest = [path for path in paths if path not in pages]
    made = [(path, form_of(path).make(material, sections, pen)) for path in rest]
    for path in pages:
        _write_with_tables(material, path, lambda: PAGE.make(material, sections, pen), force=force)
    for path, content in made:
        write_bytes(path, content, force=force)


def _write_with_tables(material: Material, path: Path, make: Callable[[], bytes], *, force: bool) -> None:
    tables = tables_folder(path)
    with whole_folder(tables, force=force) as folder:
        write_tables(material, folder)  # while figures are drawn
        content = make()
        with whole_file(path, force=force) as aside:
            aside.write_bytes(content)
            if folder != tables:
                put_aside(tables)  # the tables of another report never stand beside this one
