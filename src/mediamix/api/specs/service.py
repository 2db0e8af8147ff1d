"""The texts of the project's spec and its variants: read, and made where nothing is replaced."""

from __future__ import annotations

from typing import Any

from mediamix.api.checks.service import within
from mediamix.api.datasets.service import named
from mediamix.api.problems import Refusal, absent, hidden
from mediamix.api.service import Service
from mediamix.api.specs.schemas import SpecAsked
from mediamix.core.errors import FolderError, SpecError, UserError
from mediamix.data.guess.whole import guess
from mediamix.project.founding import found_project
from mediamix.project.specs import parsed, save_spec, spec_text

#: The name of the project's own.
OWN = "mediamix"


def shown(service: Service, name: str, *, text: bool) -> dict[str, Any]:
    """A spec by its name.

    Raises:
        Refusal: 404.
    """
    try:
        content = spec_text(service.project, None if name == OWN else name)
    except FolderError as error:
        raise absent(f"there is no spec '{name}'", next_step="GET /api/v1/specs lists them") from error
    try:
        hash, problem = parsed(content).hash, None
    except UserError as error:
        hash, problem = None, hidden(error.message, service.project.root)
    return {"name": name, "hash": hash, "text": content if text else None, "problem": problem}


def listed(service: Service) -> list[dict[str, Any]]:
    """All of them, the project's own first."""
    names = [*([OWN] if service.project.founded else []), *service.project.variants()]
    return [shown(service, name, text=False) for name in names]


def place(one: dict[str, Any]) -> str:
    """What a spec's place in the list is."""
    return "!" if one["name"] == OWN else str(one["name"])


def made(service: Service, asked: SpecAsked) -> dict[str, Any]:
    """A new variant.

    Raises:
        SpecError: It can't be used, or a question about its tables is open.
        FolderError: The name is taken, or it can't be written.
    """
    if (asked.text is None) == (asked.dataset is None):
        raise Refusal(
            409,
            "spec",
            "a spec is made of a text or of uploaded tables",
            expected="text, or dataset",
            got="both" if asked.text is not None else "neither",
            next_step="give one of them",
        )
    if asked.name == OWN:
        raise Refusal(409, "folder", f"'{OWN}' is the project's own spec", next_step="choose another name")
    if asked.text is not None:
        within(parsed(asked.text), service)
        save_spec(service.project, asked.text, asked.name, seen=None)
    else:
        _of_tables(service, asked)
    return shown(service, asked.name, text=True)


def _of_tables(service: Service, asked: SpecAsked) -> None:
    draft = named(service, asked.dataset or "")
    found = guess(draft.files, {**draft.answers, **(asked.answers or {})})
    if found.open:
        raise SpecError(
            "the tables leave questions open",
            details=[f"{one.key}: {one.text}" for one in found.open],
            expected="an answer to each",
            next_step='send them: "answers": {KEY: VALUE}',
        )
    found_project(service.project.root, found.spec, found.tables, variant=asked.name)
