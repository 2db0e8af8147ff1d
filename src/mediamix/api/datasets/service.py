"""Uploaded tables: kept apart from the project, read as `mediamix init` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mediamix.api.problems import absent
from mediamix.api.service import Service
from mediamix.core.errors import FolderError, UserError
from mediamix.core.spec import load_spec
from mediamix.data.guess.whole import guess
from mediamix.project.drafts import Draft, drafts, forget, new_draft, read_draft

#: The id of the tables that the project's spec names.
OWN = "project"


def kept(service: Service, files: Sequence[tuple[str, bytes]]) -> dict[str, Any]:
    """Keep uploaded tables, if they are some.

    Raises:
        FolderError: There are none, too many, or they can't be kept.
        UserError: They are no tables; nothing is kept.
    """
    draft = new_draft(service.project, files)
    try:
        return shown(draft)
    except UserError:
        forget(draft)
        raise


def shown(draft: Draft) -> dict[str, Any]:
    """What uploaded tables were taken for.

    Raises:
        UserError: They can't be read.
    """
    found = guess(draft.files, dict(draft.answers)).to_dict()
    kept = {key: found[key] for key in ("columns", "questions", "notes", "spec")}
    return {"id": draft.id, "files": [path.name for path in draft.files], **kept}


def listed(service: Service) -> list[dict[str, Any]]:
    """All of them, the newest upload first, the project's own last; without what they were taken for."""
    found = [{"id": one.id, "files": [path.name for path in one.files]} for one in drafts(service.project)]
    return [*found, *([_own(service)] if service.project.founded else [])]


def one(service: Service, id: str) -> dict[str, Any]:
    """Tables by their id.

    Raises:
        Refusal: 404.
        UserError: They can't be read.
    """
    if id == OWN and service.project.founded:
        return _own(service)
    return shown(named(service, id))


def named(service: Service, id: str) -> Draft:
    """Uploaded tables by their id.

    Raises:
        Refusal: 404.
    """
    try:
        return read_draft(service.project, id)
    except FolderError as error:
        raise absent(error.what, next_step="GET /api/v1/datasets lists what is there") from None


def place(one: dict[str, Any]) -> str:
    """What a dataset's place in the list is."""
    return "" if one["id"] == OWN else str(one["id"])


def _own(service: Service) -> dict[str, Any]:
    root = service.project.root
    try:
        spec = load_spec(service.project.spec())
        files = [path.name for path in spec.files(root)]
    except UserError:
        files = []
    return {"id": OWN, "files": files}
