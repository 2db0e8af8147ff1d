"""API keys of a project: made once, kept as a keyed hash, of one role, for a time, revocable.

A key is ``mm_ID_SECRET``: the id finds its entry in `PROJECT/keys.json`, which holds a BLAKE2b hash of the
secret under a random key of its own, never the secret. That is 32 random bytes: nobody guesses it, however
fast the hash, and nobody can make the service busy with wrong ones.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mediamix.api.roles import Role
from mediamix.core.errors import FolderError, SpecError
from mediamix.core.files import unwritable, write_json
from mediamix.core.locks import sole_writer
from mediamix.project.folder import Project

#: What a key looks like.
KEY = re.compile(r"mm_(?P<id>[0-9a-f]{8})_(?P<secret>[A-Za-z0-9_-]{43})")
#: Days that a key holds unless more or fewer are asked for, and the most.
DAYS, MOST_DAYS = 365, 3650

Clock = Callable[[], datetime]


def now() -> datetime:
    """UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Key:
    """What is kept of a key.

    Args:
        id: The first part of it.
        name: What it is for, in words.
        role: Of who calls with it.
        made: When, UTC.
        expires: When it ends.
        salt: The key of the hash.
        hash: Of the secret.
        revoked: When it was taken back; None: it holds.
        who: Made it.
    """

    id: str
    name: str
    role: str
    made: str
    expires: str
    salt: str
    hash: str
    revoked: str | None = None
    who: str = ""

    def state(self, at: datetime) -> str:
        """``holds``, ``expired`` or ``revoked``."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if at >= datetime.fromisoformat(self.expires) else "holds"

    def shown(self, at: datetime) -> dict[str, object]:
        """For people and machines: all but what the secret is checked against."""
        kept = ("id", "name", "role", "made", "expires", "revoked", "who")
        return {**{name: getattr(self, name) for name in kept}, "state": self.state(at)}


def create(
    project: Project, name: str, role: str, days: int = DAYS, who: str = "", clock: Clock = now
) -> tuple[Key, str]:
    """A new key, and its text, which nobody can see again.

    Raises:
        SpecError: No such role, or days out of their range.
        FolderError: The project can't be written.
    """
    words = [one.word for one in Role]
    if role not in words:
        raise SpecError(f"there is no role '{role}'", expected=", ".join(words), next_step="choose one")
    if not 1 <= days <= MOST_DAYS:
        raise SpecError(
            f"a key can't hold for {days} days",
            expected=f"1 to {MOST_DAYS}",
            got=str(days),
            next_step="choose another --days",
        )
    id, secret, salt = secrets.token_hex(4), secrets.token_urlsafe(32), secrets.token_hex(32)
    at = clock()
    until = (at + timedelta(days=days)).isoformat(timespec="seconds")
    made = Key(id, name, role, at.isoformat(timespec="seconds"), until, salt, _hash(secret, salt), None, who)
    with _writing(project):
        _write(project, [*read(project), made])
    return made, f"mm_{id}_{secret}"


def revoke(project: Project, id: str, clock: Clock = now) -> Key:
    """Take a key back: it is refused from the next call on.

    Raises:
        FolderError: There is no such key, or the project can't be written.
    """
    with _writing(project):
        keys = read(project)
        found = next((key for key in keys if key.id == id), None)
        if found is None:
            raise FolderError(
                f"there is no key '{id}'",
                expected="the id of a key",
                got=", ".join(key.id for key in keys) or "no keys",
                next_step="mediamix keys list",
            )
        if found.revoked is None:
            found = replace(found, revoked=clock().isoformat(timespec="seconds"))
            _write(project, [found if key.id == id else key for key in keys])
    return found


def read(project: Project) -> list[Key]:
    """All keys, the oldest first.

    Raises:
        FolderError: The file can't be read.
    """
    try:
        raw = json.loads(project.keys.read_text(encoding="utf-8"))
        return [Key(**one) for one in raw["keys"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FolderError(
            "the keys of the project can't be read",
            expected="keys.json as mediamix wrote it",
            got=type(error).__name__,
            next_step="remove it: all keys are void then, and make new ones",
        ) from error


class Keys:
    """The keys of a project as a service checks them: read again when their file has changed.

    Args:
        project: Whose.
        clock: Seam for tests.
    """

    def __init__(self, project: Project, clock: Clock = now) -> None:
        self._project, self._clock = project, clock
        self._seen: object = None
        self._keys: dict[str, Key] = {}

    def any(self) -> bool:
        """Whether one holds."""
        self._refresh()
        return any(key.state(self._clock()) == "holds" for key in self._keys.values())

    def holder(self, text: str) -> Key | None:
        """The key that a text is; None: it is none, or holds no more."""
        match = KEY.fullmatch(text)
        if match is None:
            return None
        self._refresh()
        key = self._keys.get(match["id"])
        if key is None or key.state(self._clock()) != "holds":
            return None
        return key if hmac.compare_digest(_hash(match["secret"], key.salt), key.hash) else None

    def _refresh(self) -> None:
        try:
            found = os.stat(self._project.keys)
            seen: object = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            seen = None
        if seen != self._seen or (seen is None and self._keys):
            keys = [] if seen is None else read(self._project)
            self._keys = {key.id: key for key in keys}
            self._seen = seen


def _hash(secret: str, salt: str) -> str:
    return hashlib.blake2b(secret.encode(), key=bytes.fromhex(salt), digest_size=32).hexdigest()


def _write(project: Project, keys: list[Key]) -> None:
    path: Path = project.keys
    if not path.exists():  # for nobody else on this machine
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise unwritable(path, error) from error
    write_json(path, {"keys": [asdict(key) for key in keys]})


def _writing(project: Project) -> AbstractContextManager[None]:
    """One at a time: nobody's new key is lost."""
    return sole_writer(project.root / "keys")
