"""The files of a delivery: paths, folders and addresses (s3://, gs://, …) as files on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mediamix.core.errors import FolderError, SpecError, UserError
from mediamix.core.extras import extras_of
from mediamix.core.files import sha256
from mediamix.core.registry import suggestion
from mediamix.data.files import SUFFIXES, merge_errors
from mediamix.ingest.asking import is_safe

#: What is no table yet, or never will be: hidden files, Excel's marks, downloads on their way.
_UNDONE = re.compile(r"^[.~]|^~\$|\.(part|tmp|temp|crdownload|download|swp)$", re.IGNORECASE)
_ADDRESS = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
#: Driver → variables by which its client takes another address than the platform's own.
_ELSEWHERE = {"s3fs": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), "gcsfs": ("STORAGE_EMULATOR_HOST",)}


@dataclass(frozen=True)
class File:
    """A table of a delivery.

    Args:
        name: As people know it: its path, or its address without what signs in.
        path: Where it lies on this machine.
        digest: SHA-256 of its content.
        size: Bytes.
    """

    name: str
    path: Path
    digest: str
    size: int


def files_of(paths: Sequence[str], aside: Path) -> list[File]:
    """Every table that paths, folders and addresses name, each once; of a folder those right in it, by name.

    Args:
        paths: What was given.
        aside: A folder for copies of what lies elsewhere.

    Raises:
        FolderError: Something isn't there, can't be read, or a folder holds no table; all at once.
        ExtraError: An address needs a package that isn't installed.
    """
    found: dict[str, File] = {}
    errors: list[UserError] = []
    for number, given in enumerate(paths):
        try:
            some = _away(given, aside / str(number)) if _ADDRESS.match(given) else _here(Path(given))
        except UserError as error:
            errors.append(error)
            continue
        for file in some:
            found.setdefault(file.name, file)
    if errors:
        raise merge_errors(errors, "not all of the files can be read")
    return list(found.values())


def is_table(name: str) -> bool:
    """Whether a file of a folder is taken for a table, by its name."""
    return PurePosixPath(name.lower()).suffix in SUFFIXES and not _UNDONE.search(name)


def without_secret(address: str) -> str:
    """An address without the user and password in it."""
    return re.sub(r"(://)[^/@]*@", r"\1", address).partition("?")[0]


def _here(path: Path) -> Iterable[File]:
    try:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.is_file() and is_table(one.name))
            if not inside:
                raise _no_table(str(path))
            return [_file(str(one), one) for one in inside]
        if not path.is_file():
            near = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
            raise FolderError(
                f"there is no file {path}",
                expected=f"a table ({', '.join(SUFFIXES)}) or a folder of tables",
                next_step=suggestion(path.name, near) or "check the path",
            )
        return [_file(str(path), path)]
    except OSError as error:
        raise _unreadable(str(path), error) from error


def _away(address: str, aside: Path) -> Iterable[File]:
    shown = without_secret(address)
    _refuse_plain(address)
    with extras_of(f"reading {shown}"):
        import fsspec

        try:
            system, root = fsspec.core.url_to_fs(address)
        except ValueError as error:
            raise FolderError(
                f"{shown} is an address that can't be read",
                expected="a path, or s3://, gs://, …",
                got=str(error)[:120],
                next_step="check its beginning",
            ) from error
        except ImportError as error:
            raise ModuleNotFoundError(str(error), name=_driver(address)) from error
    try:
        system.invalidate_cache()  # a listing of a minute ago isn't what is there
        if system.isdir(root):
            names = sorted(one for one in system.ls(root, detail=False) if is_table(PurePosixPath(one).name))
            if not names:
                raise _no_table(shown)
        elif system.exists(root):
            names = [root]
        else:
            raise FolderError(f"there is nothing at {shown}", next_step="check the address")
        return [
            _fetched(system, name, f"{_scheme(address)}://{str(name).lstrip('/')}", aside) for name in names
        ]
    except UserError:
        raise
    except Exception as error:  # each storage has errors of its own: no rights, no network, no such bucket
        raise _unreadable(shown, error) from error


def _refuse_plain(address: str) -> None:
    """Keys and rows go to a storage of one's own only through TLS, or within this machine.

    Raises:
        SpecError: A variable of the storage's client names another address.
    """
    for variable in _ELSEWHERE.get(_driver(address), ()):
        named = os.environ.get(variable, "").strip()
        if named and not is_safe(named):
            raise SpecError(
                f"{variable} names an address that is reached in plain text",
                expected="https://…, or a server on this machine (127.0.0.1, localhost)",
                next_step=f"correct it, or unset {variable}",
            )


def _fetched(system: Any, name: str, shown: str, aside: Path) -> File:
    aside.mkdir(parents=True, exist_ok=True)
    target = aside / PurePosixPath(name).name
    system.get_file(name, str(target))
    return _file(shown, target)


def _file(name: str, path: Path) -> File:
    return File(name, path, sha256(path), path.stat().st_size)


def _scheme(address: str) -> str:
    return address.partition("://")[0]


def _driver(address: str) -> str:
    return {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}.get(_scheme(address), "fsspec")


def _no_table(shown: str) -> FolderError:
    return FolderError(
        f"{shown} holds no table",
        expected=f"files that end with {', '.join(SUFFIXES)}",
        next_step="check the folder; those below it are given by their own paths",
    )


def _unreadable(shown: str, error: Exception) -> FolderError:
    reason = (error.strerror or "") if isinstance(error, OSError) else ""
    return FolderError(
        f"can't read {shown}",
        got=f"{type(error).__name__}: {without_secret(reason or str(error))}"[:200],
        next_step="check the path, its rights and, of an address, what signs in (the environment's)",
    )
