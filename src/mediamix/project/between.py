"""What changed between two runs: keys of the spec, and the data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mediamix.core.errors import FolderError
from mediamix.core.spec import load_spec
from mediamix.project.folder import FIT, Project
from mediamix.project.runs import folder_of, read


@dataclass(frozen=True)
class Change:
    """One thing that differs.

    Args:
        key: Of the spec, with dots; or what of the data.
        before: As it was; None: it wasn't there.
        after: As it is.
    """

    key: str
    before: object
    after: object


@dataclass(frozen=True)
class Changes:
    """What differs between two runs.

    Args:
        spec: Keys of the spec with their defaults.
        data: Sums of outcome and spend that differ; nothing where the data are the same.
        same_data: Whether both are of the same rows.
    """

    spec: tuple[Change, ...]
    data: tuple[Change, ...]
    same_data: bool


def between(project: Project, before: str, after: str) -> Changes:
    """From one run to another, both done.

    Raises:
        FolderError: One of them is not there or not done.
    """
    records = [read(project, name) for name in (before, after)]
    folders = [folder_of(project, name) for name in (before, after)]
    try:
        specs = [dict(_flat(load_spec(folder / "spec.yml").model_dump(mode="json"))) for folder in folders]
        sums = [_sums(json.loads((folder / FIT / "summary.json").read_text("utf-8"))) for folder in folders]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FolderError(
            "these runs can't be compared",
            expected="two runs that are done",
            got=", ".join(f"{record.id}: {record.state}" for record in records),
            next_step="choose others",
        ) from error
    same = records[0].hashes.get("data") == records[1].hashes.get("data")
    return Changes(_changes(*specs), () if same else _changes(*sums), same)


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Change, ...]:
    keys = dict.fromkeys([*before, *after])
    return tuple(
        Change(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)
    )


def _flat(raw: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in raw.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{key}.")
        elif value not in (None, {}, []):
            yield f"{above}{key}", value


def _sums(summary: Mapping[str, dict[str, object]]) -> dict[str, object]:
    outcome = summary["outcome"]
    found: dict[str, object] = {str(outcome["name"]): outcome["total"]}
    for name, channel in summary["channels"].items():
        found[f"spend of {name}"] = channel["spend"]  # type: ignore[index]
    return found
