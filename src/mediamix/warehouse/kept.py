"""Where dialogues with the database and parsed projects are kept, and what they are kept for.

A file each in the user's cache, named by the project and settings that it is of and by its own content:
one that was cut or edited is not taken. It holds SQL and digests of answers, no rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, astuple
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.files import write_bytes
from mediamix.warehouse.dialogue import Dialogue, Turn
from mediamix.warehouse.steps import Step

#: The variable that says where.
CACHE = "MEDIAMIX_CACHE"
#: Whatever changes what a dialogue is, or how it is repeated, changes this.
_FORM = 1
#: Dialogues of one project and settings: with an empty warehouse, a built one, failing tests, …
_PER_KEY = 6
#: Projects and settings.
_IN_ALL = 10
_PACKAGES = (
    *("mediamix", "duckdb", "dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb"),
    *("jinja2", "agate", "sqlparse", "networkx"),
)
#: Of files that dbt renders.
SUFFIXES = frozenset({".sql", ".yml", ".yaml", ".jinja"})
_NOT_THE_PROJECT = frozenset({"target", "logs", ".git", "__pycache__"})
_ENV_VAR = re.compile(r"\benv_var\b(?:\(\s*(?P<quote>['\"])(?P<name>\w+)(?P=quote))?")


def cache_dir() -> Path | None:
    """Folder of the user's cache, or the one that `CACHE` says; None where there is no home."""
    said, base = os.environ.get(CACHE), os.environ.get("XDG_CACHE_HOME")
    try:
        ours = Path(said) if said else (Path(base) if base else Path.home() / ".cache") / "mediamix"
    except RuntimeError:
        return None
    return ours / "builds"


def key_of(project: Path, arguments: Sequence[str], own: Sequence[str], database: str) -> str | None:
    """Of all that dbt's statements follow from, the database's answers apart; None if it isn't known.

    Args:
        project: dbt's, with its profile.
        arguments: Of dbt, without paths.
        own: Environment variables that mediamix sets itself, and whose values the SQL may not hold.
        database: As the SQL calls it.
    """
    names = {name for name in os.environ if name.startswith("DBT_")}
    try:
        told = [str(_FORM), platform.python_version(), str(project.resolve()), database, *arguments]
        told += [version(package) for package in _PACKAGES]
        for path in sorted(project.rglob("*")):
            inside = path.relative_to(project)
            if _NOT_THE_PROJECT.isdisjoint(inside.parts) and path.is_file():
                content = path.read_bytes()
                told += [inside.as_posix(), hashlib.sha256(content).hexdigest()]
                text = content.decode("utf-8", "replace") if path.suffix in SUFFIXES else ""
                for match in _ENV_VAR.finditer(text):
                    if match["name"] is None:
                        return None  # read by a name that is computed
                    names.add(match["name"])
    except (OSError, PackageNotFoundError):
        return None
    told += [f"{name}={os.environ.get(name)}" for name in sorted(names - set(own))]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def kept(folder: Path, key: str) -> list[Dialogue]:
    """The dialogues of a key, the one that was last of use first."""
    found = []
    for path in _newest_first(folder, f"{key}.*.json"):
        with suppress(OSError, ValueError, TypeError, KeyError):
            content = path.read_bytes()
            if path.name == _name(key, ".json", content):
                found.append(_from_text(content.decode()))
    return found


def keep(folder: Path, key: str, dialogue: Dialogue) -> None:
    """Keep a dialogue, or note that it was of use; a folder that can't be written keeps none."""
    text = _to_text(dialogue)
    _put(folder, key, ".json", text.encode(), _PER_KEY)


def kept_parsed(folder: Path, key: str) -> bytes | None:
    """The project of a key as dbt keeps it once it is parsed; None if it isn't there."""
    for path in _newest_first(folder, f"{key}.*.msgpack"):
        with suppress(OSError):
            content = path.read_bytes()
            if path.name == _name(key, ".msgpack", content):
                return content
    return None


def keep_parsed(folder: Path, key: str, content: bytes) -> None:
    """Keep a parsed project; a folder that can't be written keeps none."""
    _put(folder, key, ".msgpack", content, 1)


def _put(folder: Path, key: str, ending: str, content: bytes, per_key: int) -> None:
    path = folder / _name(key, ending, content)
    with suppress(OSError, FolderError):
        if path.is_file():
            os.utime(path)
            return
        write_bytes(path, content)
        old = [
            *_newest_first(folder, f"{key}.*{ending}")[per_key:],
            *_newest_first(folder, f"*{ending}")[_IN_ALL * per_key :],
        ]
        for other in old:
            other.unlink(missing_ok=True)


def _newest_first(folder: Path, pattern: str) -> list[Path]:
    dated = []
    for path in folder.glob(pattern):
        with suppress(OSError):
            dated.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(dated, reverse=True)]


def _name(key: str, ending: str, content: bytes) -> str:
    return f"{key}.{hashlib.sha256(content).hexdigest()[:16]}{ending}"


def _to_text(dialogue: Dialogue) -> str:
    return json.dumps(
        {
            "turns": [astuple(turn) for turn in dialogue.turns],
            "steps": {id_: asdict(step) for id_, step in dialogue.steps.items()},
            "warnings": dialogue.warnings,
        }
    )


def _from_text(text: str) -> Dialogue:
    value = json.loads(text)
    turns = (
        Turn(connection, act, text, None if values is None else tuple(values), step)
        for connection, act, text, values, step in value["turns"]
    )
    steps = {id_: Step(**step) for id_, step in value["steps"].items()}
    return Dialogue(tuple(turns), steps, tuple(value["warnings"]))
