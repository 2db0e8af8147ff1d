"""One writer at a time per file or folder, and the sweeping of what killed writers left.

The lock is a file beside the target that its owner holds with `flock`: it falls with the process,
whatever ends it. What is written aside has names that only we use; who holds the lock of a target may
remove whatever lies aside for it.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from mediamix.core.errors import FolderError

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has none: there two writers aren't told from each other
    fcntl = None  # type: ignore[assignment]

#: How long a writer waits for another one before it is refused, in seconds.
PATIENCE = 60.0
_POLL = 0.1
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS})
_ASIDE = re.compile(r"\.(?P<name>.+)\.\d+\.mediamix-(?P<kind>part|old)")
_LOCK = re.compile(r"\.(?P<name>.+)\.mediamix-lock")


def aside_of(target: Path) -> Path:
    """Where the next content of `target` is written: beside it, under a name of ours."""
    return target.with_name(f".{target.name}.{os.getpid()}.mediamix-part")


def old_of(target: Path) -> Path:
    """Where the last content of `target` waits while the next takes its place."""
    return target.with_name(f".{target.name}.{os.getpid()}.mediamix-old")


def lies_aside(path: Path) -> bool:
    """Whether a path is inside what is written aside: nobody else looks there."""
    return any(_ASIDE.fullmatch(part) for part in path.parts[:-1])


def shown(path: Path) -> Path:
    """A path as its reader knows it: inside of the folder that what is written aside will be.

    A file that is built alone in a folder of its own name will be that file.
    """
    parts: list[str] = []
    for part, inner in zip(path.parts, (*path.parts[1:], ""), strict=True):
        match = _ASIDE.fullmatch(part)
        if match is None:
            parts.append(part)
        elif match["name"] != inner:
            parts.append(match["name"])
    return Path(*parts)


@contextmanager
def sole_writer(target: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of `target`, whose folder exists; then sweep what killed runs left in that folder.

    Raises:
        FolderError: Another process holds it for longer than `patience` seconds.
        OSError: The folder can't be written.
    """
    path = _lock_path(target)
    handle = _taken(path, patience)
    if handle is None:
        raise _in_use(target, path)
    try:
        if _surely_held(handle):
            _restore(target)
            _sweep(target.parent, target.name)
        yield
    finally:
        _give_back(path, handle)


def held(target: Path) -> bool:
    """Whether another process holds the lock of `target`; never where a file system has no locks."""
    try:
        handle = _taken(_lock_path(target), 0.0)
    except OSError:
        return False
    if handle is None:
        return True
    _give_back(_lock_path(target), handle)
    return False


def remove(path: Path) -> None:
    """Remove a file or folder if it can be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _lock_path(target: Path) -> Path:
    return target.with_name(f".{target.name}.mediamix-lock")


def _taken(path: Path, patience: float) -> int | None:
    """The open lock file, held; None if another process keeps it."""
    until = time.monotonic() + patience
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            if _hold(handle) and _same(handle, path):
                _sign(handle)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if time.monotonic() >= until:
            return None
        time.sleep(_POLL)


def _hold(handle: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # Some network file systems have no locks; then only the renames protect.
        return error.errno in _NO_LOCKS
    return True


def _surely_held(handle: int) -> bool:
    """Whether this file system has locks at all: else nobody can tell a living writer from a dead one."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _same(handle: int, path: Path) -> bool:
    """Whether the held file is still the one of that name: its last owner removed it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _sign(handle: int) -> None:
    """Who holds it, for the message that another process shows."""
    owner = {
        "pid": os.getpid(),
        "host": os.uname().nodename if hasattr(os, "uname") else "",
        "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
    }
    with suppress(OSError):  # a full disk doesn't weaken the lock
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(owner).encode(), 0)


def _give_back(path: Path, handle: int) -> None:
    """Remove, then let go: who waits sees that the file isn't that of its name, and takes a new one."""
    with suppress(OSError):
        if _same(handle, path):
            path.unlink()
    os.close(handle)


def _in_use(target: Path, path: Path) -> FolderError:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        who = f"process {owner['pid']} on {owner['host']}, since {owner['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return FolderError(
        f"another run of mediamix is writing {target}",
        expected="one writer at a time",
        got=who,
        next_step="wait until it is done, or choose another path",
    )


def _restore(target: Path) -> None:
    """Put back what a killed run had moved out of the way of a content that never came."""
    if os.path.lexists(target):
        return
    for old in target.parent.glob(f".{_escaped(target.name)}.*.mediamix-old"):
        with suppress(OSError):
            old.rename(target)
        return


def _sweep(folder: Path, held: str) -> None:
    """Remove what lies aside in a folder and whose writer is gone; the lock of `held` is ours."""
    left: dict[str, list[Path]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            match = _ASIDE.fullmatch(entry.name) or _LOCK.fullmatch(entry.name)
            if match is not None:
                left.setdefault(match["name"], []).append(folder / entry.name)
    for name, paths in left.items():
        asides = [path for path in paths if _ASIDE.fullmatch(path.name)]
        if name == held:
            for path in asides:
                remove(path)
            continue
        lock = _lock_path(folder / name)
        try:
            handle = _taken(lock, 0.0)
        except OSError:
            continue
        if handle is not None:  # else its writer lives
            _restore(folder / name)
            for path in asides:
                remove(path)
            _give_back(lock, handle)


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)
