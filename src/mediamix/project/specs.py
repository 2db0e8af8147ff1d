"""The text of a project's spec and of its variants: read, changed where people choose, saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mediamix.core.documents import as_yaml, parse_yaml, read_text
from mediamix.core.errors import FolderError, SpecError, UserError
from mediamix.core.files import write_text
from mediamix.core.spec import Spec, parse_spec
from mediamix.project.folder import Project


def spec_text(project: Project, variant: str | None = None) -> str:
    """What the file holds.

    Raises:
        FolderError: It isn't there or can't be read.
    """
    return read_text(project.spec(variant), "the spec", next_step="choose the data on the page Data first")


def parsed(text: str) -> Spec:
    """The spec that a text is.

    Raises:
        SpecError: It isn't YAML, or keys or values are wrong; all findings at once.
    """
    return parse_spec(_mapping(text), "the spec")


def save_spec(project: Project, text: str, variant: str | None = None, *, seen: str | None) -> None:
    """Save a text that is a spec, unless the file isn't as it was seen.

    Args:
        project: Where.
        text: YAML.
        variant: Of the spec; None: the project's spec.
        seen: What the file held when the change began; None: there was none.

    Raises:
        SpecError: It is none; nothing was saved.
        FolderError: Somebody else has changed the file meanwhile, or it can't be written.
    """
    parsed(text)
    try:
        now = spec_text(project, variant)
    except FolderError:
        now = None
    if now != seen and now != text:
        raise FolderError(
            f"{project.spec(variant)} is there already"
            if seen is None
            else f"{project.spec(variant)} was changed by somebody else meanwhile",
            expected="a new name" if seen is None else "the file as it was when this change began",
            next_step="choose another name"
            if seen is None
            else "save yours as a variant, or open the page anew to see what is there",
        )
    write_text(project.spec(variant), text)


def with_sections(text: str, sections: Mapping[str, object]) -> str:
    """The text with some top-level sections replaced; comments elsewhere stay.

    Args:
        text: YAML that is a mapping.
        sections: Key → its new value; None takes it out, so that its default holds.

    Raises:
        SpecError: The text isn't YAML.
    """
    before = _mapping(text)
    wanted = {key: value for key, value in {**before, **sections}.items() if value is not None}
    changed = text
    for key, value in sections.items():
        if before.get(key) != value:
            changed = _replaced(changed, key, value)
    try:
        if _mapping(changed) == wanted:
            return changed
    except UserError:  # written in a form that can't be cut by lines
        pass
    return as_yaml(wanted)


def _replaced(text: str, key: str, value: object) -> str:
    block = re.compile(rf"^{re.escape(key)}:.*\n?(?:[ \t]+.*\n?|\n(?=[ \t]))*", re.MULTILINE)
    nested = isinstance(value, dict) and any(isinstance(part, dict | list) for part in value.values())
    new = "" if value is None else as_yaml({key: value}, short=not nested)
    if new and not nested and isinstance(value, dict):
        inside = as_yaml({key: value}, short=False).splitlines()[1:]
        new = f"{key}: {{{', '.join(line.strip() for line in inside)}}}\n"
    found = block.search(text)
    if found is not None:
        return text[: found.start()] + new + text[found.end() :]
    # Behind the last section, before the comments at the end.
    last = max((match.end() for match in re.finditer(r"^[ \t]*[^#\s].*\n?", text, re.MULTILINE)), default=0)
    head = text[:last] + ("" if not last or text[:last].endswith("\n") else "\n")
    return head + new + text[last:]


def _mapping(text: str) -> dict[str, Any]:
    raw = parse_yaml(text, "the spec", SpecError)
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise SpecError(
            "the spec must be a mapping of keys", expected="data: …, outcome: …", got=repr(raw)[:60]
        )
    return raw
