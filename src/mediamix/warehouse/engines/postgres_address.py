"""The address of a PostgreSQL database, and what goes wrong in reaching it, without its password.

What libpq says of an address that it can't read quotes pieces of it, and a password with an ``@`` or ``/`` in
it makes a piece of itself the host. So nothing of its words is shown before host, port and database look
like such, and nothing that holds the password ever is.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from mediamix.core.errors import FolderError, SpecError, UserError

_HOST = re.compile(r"[A-Za-z0-9_.:%/-]*")
_NAME = re.compile(r"[A-Za-z0-9_.$ -]*")
_FORM = "postgresql://user:password@host:5432/database"
_REFUSED = (
    (re.compile(r"password authentication failed|no password supplied"), "the user or the password is wrong"),
    (re.compile(r"role .* does not exist"), "there is no such user"),
    (re.compile(r"no pg_hba\.conf entry|not permitted to log in"), "the server doesn't let this user in"),
    (re.compile(r"permission denied for database|CONNECT privilege"), "the user may not use this database"),
    (
        re.compile(r"too many (connections|clients)|remaining connection slots"),
        "all its connections are taken",
    ),
    (re.compile(r"starting up|shutting down|in recovery"), "the server is starting or stopping"),
    (re.compile(r"SSL|certificate"), "the encryption that was asked for can't be had"),
)
_UNREACHED = re.compile(
    r"Connection refused|could not translate host|timeout|timed out|No route|unreachable|No such file"
    r"|server closed the connection|Connection reset"
)


@dataclass(frozen=True)
class Address:
    """Where a database is.

    Args:
        variable: The environment variable that says so.
        parts: libpq's parameters.
    """

    variable: str
    parts: dict[str, str] = field(repr=False)

    @property
    def database(self) -> str:
        """Its name."""
        return self.parts["dbname"]

    @property
    def place(self) -> str:
        """What messages call it."""
        host = self.parts.get("host", "this machine")
        port = f":{self.parts['port']}" if "port" in self.parts else ""
        return f"the PostgreSQL database '{self.database}' on {host}{port} ({self.variable})"

    def without_password(self, text: str) -> str:
        """A text with the password blotted out."""
        password = self.parts.get("password")
        return text.replace(password, "…") if password else text


def read_address(variable: str) -> Address:
    """The address that an environment variable holds.

    Raises:
        ExtraError: psycopg2 isn't installed.
        SpecError: The variable isn't set, or holds something else.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        raise SpecError(
            f"the environment variable {variable} is not set",
            expected=f"the address of a PostgreSQL database: {_FORM}",
            next_step=f"export {variable}=… (the spec's `warehouse: {{postgres: {variable}}}` names it)",
        )
    parts = _parsed(text)
    if parts is None:
        raise SpecError(
            f"the environment variable {variable} holds no address of a PostgreSQL database",
            expected=_FORM,
            got="something else (it is not shown: it may hold a password)",
            next_step="check it; in a password write @ as %40, : as %3A, / as %2F, # as %23 and % as %25",
        )
    return Address(variable, parts)


def _parsed(text: str) -> dict[str, str] | None:
    from mediamix.warehouse.engines.postgres_session import driver

    try:
        parts = {name: str(value) for name, value in driver().extensions.parse_dsn(text).items()}
    except driver().Error:
        return None
    looks_right = (
        bool(parts.get("dbname"))
        and _NAME.fullmatch(parts["dbname"]) is not None
        and _HOST.fullmatch(parts.get("host", "")) is not None
        and parts.get("port", "5432").isdigit()
        and text.count("@") <= 1
    )
    return parts if looks_right else None


def unreached(address: Address, error: BaseException) -> UserError:
    """Why no connection was made."""
    text = address.without_password(str(error))
    line = text.strip().splitlines()[0] if text.strip() else ""
    user = address.parts.get("user", "")
    if re.search(r'database ".*" does not exist', text):
        return FolderError(
            f"there is no {address.place.removeprefix('the ')}",
            got=line,
            next_step=f"make it (createdb {address.database}), or mend the address in {address.variable}",
        )
    for pattern, words in _REFUSED:
        if pattern.search(text):
            return FolderError(
                f"can't open {address.place}: {words}",
                expected=f"a server that lets the user '{user}' in" if user else "",
                got=line,
                next_step=f"check {address.variable}, or ask whoever runs the server",
            )
    if _UNREACHED.search(text):
        return FolderError(
            f"no server answers for {address.place}",
            expected="a PostgreSQL server that is running and can be reached from here",
            got=line,
            next_step=f"start it, or mend the address in {address.variable}",
        )
    return FolderError(f"can't open {address.place}", got=line, next_step=f"check {address.variable}")


def unanswered(address: Address, error: BaseException) -> UserError | None:
    """An error of an open connection that the user can mend; None: it is another."""
    code = str(getattr(error, "pgcode", None) or "")
    told = getattr(getattr(error, "diag", None), "message_primary", None) or str(error).strip().split("\n")[0]
    return _by_code(address, code, address.without_password(told), broken=type(error).__name__)


#: What dbt has left of an error is its text: the words that stand for a code.
_CODES = (
    ("42501", re.compile(r"permission denied for|must be owner of")),
    ("53100", re.compile(r"No space left on device|could not extend file")),
    ("25006", re.compile(r"read-only transaction")),
    ("40001", re.compile(r"could not serialize access")),
    ("08006", re.compile(r"server closed the connection|connection already closed|terminating connection")),
)


def unanswered_text(address: Address, text: str) -> UserError | None:
    """As `unanswered`, of an error's text."""
    for code, pattern in _CODES:
        line = next((line for line in text.splitlines() if pattern.search(line)), None)
        if line is not None:
            return _by_code(address, code, address.without_password(line.strip()), broken="")
    return None


def _by_code(address: Address, code: str, told: str, broken: str) -> UserError | None:
    user = address.parts.get("user", "this user")
    if code == "42501":
        return FolderError(
            f"the user '{user}' lacks a permission in {address.place}",
            expected="one who may create schemas and tables there, and owns those of mediamix",
            got=told,
            next_step=f'grant create on database "{address.database}" to "{user}", or use the owner of the '
            "schemas landing, staging, seed and mart",
        )
    if code in ("53100", "53200", "25006"):
        return FolderError(
            f"{address.place} can't be written",
            expected="a server with space left, and no read-only copy",
            got=told,
            next_step="free space there, or mend the address; what was there is as it was",
        )
    if code in ("40001", "40P01"):
        return FolderError(
            f"another program changed {address.place} meanwhile",
            got=told,
            next_step="run it again; nothing was written",
        )
    if code[:2] in ("08", "57") or broken == "InterfaceError" or (not code and broken == "OperationalError"):
        return FolderError(
            f"the connection to {address.place} broke off",
            got=told,
            next_step="run it again once the server is back; what was there is as it was",
        )
    return None
