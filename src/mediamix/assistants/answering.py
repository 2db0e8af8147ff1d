"""From a call of a tool to what the assistant is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import ValidationError

from mediamix.api.answering.solve import Failed, solve
from mediamix.api.questions.schemas import plain
from mediamix.assistants.believable import believable
from mediamix.assistants.tools import RUN, Tool
from mediamix.core.errors import FolderError, SpecError, VerdictError
from mediamix.core.registry import suggestion
from mediamix.project.folder import FIT, Project
from mediamix.project.record import State
from mediamix.project.runs import CURRENT, all_runs, current, folder_of, read

#: One question at a time: each uses all cores.
_ONE = Lock()


@dataclass(frozen=True)
class Asked:
    """A call, checked.

    Args:
        tool: Which.
        question: Its arguments, plain.
        run: The id that was named.
    """

    tool: Tool
    question: Mapping[str, Any]
    run: str

    @classmethod
    def of(cls, tool: Tool, arguments: Mapping[str, Any]) -> Asked:
        """From the arguments of a call.

        Raises:
            SpecError: They aren't what the tool takes; all findings at once.
        """
        given = dict(arguments)
        run = given.pop(RUN, CURRENT) if tool.of_run else CURRENT
        if given.pop("anyway", None):
            raise VerdictError(
                "an assistant can't set a failed verdict aside",
                expected="a question without `anyway`",
                next_step="a person may: mediamix optimize --anyway",
            )
        try:
            return cls(tool, plain(tool.asked.model_validate(given)), str(run))
        except ValidationError as error:
            findings = [
                f"{'.'.join(map(str, one['loc'])) or tool.name}: {one['msg']}" for one in error.errors()
            ]
            raise SpecError(
                f"{tool.name} doesn't take these arguments",
                expected="what its schema says",
                next_step="mend them and call again",
                details=findings,
            ) from None


def answer(project: Project, asked: Asked) -> dict[str, Any]:
    """What the project says.

    Raises:
        UserError: The question has no answer, the run isn't there, or its verdict is failed.
    """
    if asked.tool.name == "runs":
        return _runs(project)
    if asked.tool.name == "begin_run":
        return _begun(project, asked.question.get("variant"))
    folder = _fit(project, asked.run)
    said = _summary(folder)
    about = {"run": folder.parent.name, "verdict": said["verdict"], "currency": said["currency"]}
    if asked.tool.name == "diagnostics":
        kept = {key: said[key] for key in ("window", "fit", "diagnostics")}
        return {**about, "answer": kept}
    if asked.tool.name == "channels":
        found = _channels(said, asked.question.get("channel"))
    else:
        with _ONE:
            solved = solve(asked.tool.kind, str(folder), json.dumps(asked.question))
        if isinstance(solved, Failed):
            raise solved.error()
        found = json.loads(solved)
    kept, withheld = believable(found)
    return {**about, "answer": kept, "withheld": withheld}


def _channels(said: Mapping[str, Any], channel: str | None) -> dict[str, Any]:
    level = said["verdict"]["level"]
    if level == "failed":
        raise VerdictError(
            "the checks of this fit failed: no number of it should be used",
            expected="a run whose verdict is ok or caution",
            got="; ".join(said["verdict"]["reasons"]),
            next_step="; ".join(said["verdict"]["next_steps"]) or "call diagnostics",
        )
    channels = said["channels"]
    if channel is not None and channel not in channels:
        raise SpecError(
            f"there is no channel {channel!r}",
            expected=", ".join(channels),
            next_step=suggestion(channel, channels) or "name one of them",
        )
    chosen = channels if channel is None else {channel: channels[channel]}
    return {"window": said["window"], "outcome": said["outcome"], "channels": chosen, "media": said["media"]}


def _fit(project: Project, run: str) -> Path:
    folder = folder_of(project, run)
    record = read(project, folder.name)
    if record.state is not State.DONE:
        raise FolderError(
            f"the run {record.id} is {record.state}: it has nothing to say",
            expected="a run that is done",
            got=record.message or str(record.state),
            next_step="call runs for those that are done",
        )
    return folder / FIT


def _summary(fit: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((fit / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FolderError(
            f"the summary of the run {fit.parent.name} can't be read", got=str(error), next_step="run again"
        ) from error
    return found


def _runs(project: Project) -> dict[str, Any]:
    shown = ("id", "state", "verdict", "asked", "ended", "who", "variant", "message")
    rows = [{key: record.to_dict()[key] for key in shown} for record in all_runs(project)]
    return {"current": current(project), "runs": rows}


def _begun(project: Project, variant: str | None) -> dict[str, Any]:
    from mediamix.jobs.runs import launch

    record, new = launch(project, variant, "assistant")
    return {"run": record.id, "state": str(record.state), "new": new}
