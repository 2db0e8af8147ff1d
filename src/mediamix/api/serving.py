"""Starting the service: on this machine, or for others where every caller says who they are."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediamix.api.settings import Settings, is_loopback, oidc_of, traces_of
from mediamix.core.errors import SpecError, UserError
from mediamix.project.folder import Project

if TYPE_CHECKING:
    from fastapi import FastAPI

#: Calls that wait for the server to take them, and seconds that open ones have when it ends.
BACKLOG, FAREWELL = 512, 5


@dataclass(frozen=True)
class Place:
    """Where a service listens.

    Args:
        host: A name or address.
        port: 0: any that is free.
    """

    host: str
    port: int

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        return is_loopback(self.host)


def settled(project: Project, place: Place, settings: Settings) -> Settings:
    """The settings with what the environment says, if the service may be started so.

    Raises:
        SpecError: Others would reach a service that asks nobody who they are; or the environment is wrong.
    """
    found = replace(settings, oidc=oidc_of(), traces=traces_of())
    _refuse_rates(found)
    if not found.auth:
        if not place.local:
            raise SpecError(
                f"--no-auth is for this machine only, not for {place.host}",
                expected="--host 127.0.0.1",
                got=place.host,
                next_step=f"make keys (mediamix keys create {project.root}) and leave out --no-auth",
            )
        return found
    from mediamix.api.access.keys import Keys

    if not place.local and found.oidc is None and not Keys(project).any():
        raise SpecError(
            f"nobody could call a service on {place.host}: the project has no key that holds",
            expected="a key, or an issuer of tokens (MEDIAMIX_OIDC_ISSUER and MEDIAMIX_OIDC_AUDIENCE)",
            next_step=f"mediamix keys create {project.root}",
        )
    return found


def _refuse_rates(settings: Settings) -> None:
    from limits import parse

    for option, text in (("--rate-limit", settings.calls), ("--work-limit", settings.works)):
        try:
            parse(text)
        except ValueError as error:
            raise SpecError(
                f"{option} can't be read",
                expected="so many calls per time: 600/minute, 20/second",
                got=text,
                next_step=f"write {option} 600/minute",
            ) from error


def bound(place: Place) -> socket.socket:
    """A socket that listens there.

    Raises:
        UserError: Another program listens there, or the host isn't one of this machine's.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    found = socket.socket(family)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((place.host.strip("[]"), place.port))
    except (OSError, OverflowError) as error:
        found.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise UserError(
            f"the service can't listen on {place.host}:{place.port}",
            expected="a free port from 1024 to 65535 of this machine",
            got="another program listens there" if taken else str(error),
            next_step="choose another: mediamix serve --port 8010",
        ) from error
    return found


def serve(app: FastAPI, sock: socket.socket) -> None:
    """Answer calls until interrupted."""
    import uvicorn

    from mediamix.api.watching.logs import configure

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=FAREWELL,
        # Whoever stands before the service may say who calls: only where the operator says who that is.
        proxy_headers=True,
    )
    configure()
    uvicorn.Server(config).run(sockets=[sock])
