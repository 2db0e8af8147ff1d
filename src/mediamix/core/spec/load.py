"""From YAML to a `Spec`, with every finding in our words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from mediamix.core.errors import FolderError, SpecError
from mediamix.core.registry import suggestion
from mediamix.core.spec.section import Section
from mediamix.core.spec.whole import Spec


def load_spec(path: str | Path) -> Spec:
    """Read a spec from a YAML file.

    Raises:
        FolderError: The file is absent or can't be read.
        SpecError: It isn't YAML, or a key or value is wrong; all findings at once.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FolderError(
            f"can't read the spec {path}", got=str(error), next_step="check the path; see `mediamix demo`"
        ) from error
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SpecError(
            f"{path} is not valid YAML", got=str(error).replace("\n", " "), next_step="mend the named line"
        ) from error
    return parse_spec({} if raw is None else raw, source=str(path))


def parse_spec(raw: object, source: str = "the spec") -> Spec:
    """Turn a mapping into a `Spec`.

    Raises:
        SpecError: All findings at once, each with its key and the nearest known key.
    """
    if not isinstance(raw, dict):
        raise SpecError(
            f"{source} must be a mapping of keys", expected="data: …, outcome: …", got=type(raw).__name__
        )
    try:
        return Spec.model_validate(raw)
    except ValidationError as error:
        details = [_explain(issue) for issue in error.errors()]
        raise SpecError(
            f"{source} has {len(details)} wrong {'entry' if len(details) == 1 else 'entries'}",
            details=details,
            next_step="see docs: the spec, or `mediamix fit --help`",
        ) from error


def _explain(issue: Any) -> str:
    """One finding of pydantic in our words: key, problem, what was got, nearest key."""
    location = [str(part) for part in issue["loc"]]
    where = ".".join(location) or "(top level)"
    if issue["type"] == "extra_forbidden":
        known = _keys_at(location[:-1])
        hint = suggestion(location[-1], known) or f"known keys: {', '.join(known)}"
        return f"unknown key '{where}': {hint}"
    got = issue.get("input")
    shown = "" if isinstance(got, dict) else f" (got {got!r})"
    return f"{where}: {issue['msg'].removeprefix('Value error, ')}{shown}"


def _keys_at(path: list[str]) -> list[str]:
    """The keys that the section at `path` knows."""
    model: Any = Spec
    for part in path:
        fields = getattr(model, "model_fields", {})
        if part in fields:
            model = _section_of(fields[part].annotation)
        # else: the key of a mapping such as `channels`; its value type was already entered
    return list(getattr(model, "model_fields", {}))


def _section_of(annotation: Any) -> Any:
    """The `Section` inside an annotation such as ``dict[str, ChannelSpec]`` or ``Geo | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _section_of(inner)
        if found is not None:
            return found
    return None
