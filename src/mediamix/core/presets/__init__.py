"""Fragments of a spec for teams that come from another tool: a YAML file each.

A file has a `title`, the `spec` that is merged under what the user says, the `source` of its numbers, and
`differs`: what the other tool has that a spec of ours can't state. The name is the file's, with its folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mediamix.core.documents import read_document
from mediamix.core.errors import SpecError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Preset:
    """Another tool's model, as near as a spec can state it.

    Args:
        name: As in ``preset:``.
        title: In a few words.
        source: Where its structure and priors stand.
        spec: Keys of a spec.
        differs: What can't be stated, a sentence each.
    """

    name: str
    title: str
    source: str
    spec: dict[str, Any]
    differs: tuple[str, ...]


@cache
def presets() -> MappingProxyType[str, Preset]:
    """All presets by name."""
    found = {}
    for path in sorted(FOLDER.rglob("*.yml")):
        name = path.relative_to(FOLDER).with_suffix("").as_posix()
        raw: Any = read_document(path, "the preset", SpecError)
        found[name] = Preset(name, raw["title"], raw["source"], raw["spec"], tuple(raw["differs"]))
    return MappingProxyType(found)
