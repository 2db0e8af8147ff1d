"""Saved questions to the planner, each with the answer it had: scenarios to compare and to share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mediamix.core.errors import FolderError, UserError
from mediamix.core.files import write_json
from mediamix.core.locks import remove
from mediamix.decide.answer.plan import Plan
from mediamix.decide.problem.file import load_problem, save_problem
from mediamix.decide.problem.problem import Problem
from mediamix.project.folder import Project


@dataclass(frozen=True)
class Saved:
    """A question that somebody kept.

    Args:
        name: Of its file.
        question: What was asked.
        run: Whose fit answered; empty where that isn't known.
        plan: The answer; None where it is gone or of another version.
    """

    name: str
    question: Problem
    run: str
    plan: Plan | None


def save(
    project: Project, name: str, question: Problem, run: str, plan: Plan, *, force: bool = False
) -> None:
    """Keep a question and its answer: ``plans/NAME.yml``, as `mediamix optimize --problem` reads it, and
    ``plans/NAME.json``.

    Raises:
        FolderError: The name can't be one, is taken and `force` is False, or the folder can't be written.
    """
    path = project.plan(name)
    project.make()
    save_problem(question, path, force=force)
    write_json(_answer(path), {**plan.to_dict(), "run": run})


def saved(project: Project) -> list[Saved]:
    """All that were kept, by name; what can't be read is left out."""
    found = []
    for name in project.plans():
        path = project.plan(name)
        try:
            question = load_problem(path)
        except UserError:  # a file that somebody edited hides no other
            continue
        run, plan = _read(_answer(path))
        found.append(Saved(name, question, run, plan))
    return found


def forget(project: Project, name: str) -> None:
    """Remove a question and its answer.

    Raises:
        FolderError: The name can't be one.
    """
    path = project.plan(name)
    remove(path)
    remove(_answer(path))


def _answer(path: Path) -> Path:
    return path.with_suffix(".json")


def _read(path: Path) -> tuple[str, Plan | None]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        run = str(raw.pop("run", ""))
        return run, Plan.from_dict(raw)
    except (OSError, ValueError, FolderError, AttributeError):
        return "", None
