"""`mediamix keys`: who may call a project's service."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mediamix.cli.console import command_line, emit_json, say, table
from mediamix.cli.options import Json
from mediamix.cli.projects import ProjectFolder, where
from mediamix.core.errors import SpecError
from mediamix.project.folder import Project

if TYPE_CHECKING:
    from mediamix.api.access.keys import Key

NAME = "keys"
EXAMPLE = "mediamix keys create my-project --name dashboard --role viewer --days 90"


class Action(StrEnum):
    """What is done."""

    CREATE = "create"
    LIST = "list"
    REVOKE = "revoke"


def command(
    action: Annotated[Action, typer.Argument(help="What to do.", show_default=False)],
    folder: ProjectFolder = Path(),
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="Of a new key: what it is for.")] = "",
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help="Of a new key: viewer, analyst or admin.")
    ] = "analyst",
    days: Annotated[int, typer.Option("--days", metavar="N", help="That a new key holds.")] = 365,
    id: Annotated[str | None, typer.Option("--id", metavar="ID", help="Of the key to revoke.")] = None,
    as_json: Json = False,
) -> None:
    """Make, list and revoke the API keys of a project. A key is shown once; only a hash of it is kept."""
    from mediamix.api.access import keys
    from mediamix.api.watching import audit
    from mediamix.project.launch import user

    project, who = Project.at(folder), user()
    if action is Action.CREATE:
        made, text = keys.create(project, name[:200] or f"{role} of {who}", role, days, who)
        audit.write(project, who, "keys create", "ok", key=made.id, role=role, name=made.name)
        _tell_made(project, made, text, as_json=as_json)
    elif action is Action.REVOKE:
        if id is None:
            raise SpecError("which key?", expected="--id ID", next_step="mediamix keys list")
        gone = keys.revoke(project, id)
        audit.write(project, who, "keys revoke", "ok", key=gone.id)
        if as_json:
            emit_json(gone.shown(keys.now()))
        else:
            say(f"The key {gone.id} ({gone.name}) is revoked: it is refused from now on.")
    else:
        _tell_all(project, keys.read(project), as_json=as_json)


def _tell_made(project: Project, made: Key, text: str, *, as_json: bool) -> None:
    from mediamix.api.access.keys import now

    if as_json:
        emit_json({**made.shown(now()), "key": text})
        return
    say(text)
    say(f"That is the key {made.id} ({made.name}), of the role {made.role}, until {made.expires[:10]}.")
    say("Keep it now: it isn't shown again.")
    say(f"Next: {command_line('serve', *where(project))}")


def _tell_all(project: Project, found: list[Key], *, as_json: bool) -> None:
    from mediamix.api.access.keys import now

    shown: list[dict[str, Any]] = [key.shown(now()) for key in found]
    if as_json:
        emit_json({"keys": shown})
        return
    if not shown:
        say(f"No keys yet. Next: {command_line('keys', 'create', *(where(project) or (Path(),)))}")
        return
    headers = ["key", "name", "role", "state", "made", "expires", "by"]
    rows = [
        [
            str(one[part] or "–")[:10] if part in ("made", "expires") else str(one[part] or "–")
            for part in ("id", "name", "role", "state", "made", "expires", "who")
        ]
        for one in shown
    ]
    table("Keys", headers, rows, text=range(len(headers)))
