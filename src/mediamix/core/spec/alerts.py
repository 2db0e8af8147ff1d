"""``alerts``: who hears of what. Passwords and the addresses of webhooks come from the environment."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from mediamix.core.errors import shown
from mediamix.core.spec.promotion import Bounds
from mediamix.core.spec.section import Section

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?|::1")


def _variable(name: str) -> str:
    # What was given may be the secret itself: it isn't shown.
    if not _VARIABLE.fullmatch(name):
        raise ValueError(
            "expected the name of an environment variable, such as SLACK_URL: what is secret has no place in "
            "a spec, and what was given isn't shown"
        )
    return name


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{shown(text)} is no e-mail address, such as ann@example.com")
    return text


Variable = Annotated[str, AfterValidator(_variable)]
Address = Annotated[str, AfterValidator(_address)]


class Mail(Section):
    """The server that sends e-mail."""

    host: str = Field(description="name of the server")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(587, description="of the server")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="how it is made safe; none: plain text, to a server on this machine only",
    )
    sender: Address = Field(description="address that e-mail comes from")
    user: Variable | None = Field(None, description="environment variable that holds the user's name")
    password: Variable | None = Field(None, description="environment variable that holds the password")

    @field_validator("host")
    @classmethod
    def _is_host(cls, name: str) -> str:
        if not _HOST.fullmatch(name):
            raise ValueError(f"{shown(name)} is no name of a server, such as smtp.example.com")
        return name

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("'user' and 'password' go together: name both variables, or none")
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("'security: none' is for a server on this machine: say starttls or tls")
        return self


class Recipients(Section):
    """Some who hear of the same things."""

    email: list[Address] = Field([], description="addresses")
    webhook: Variable | None = Field(
        None, description="environment variable that holds the address of a webhook that takes Slack's format"
    )
    about: list[str] = Field(
        [], description="conditions that they hear of; absent: of all (`mediamix list conditions`)"
    )

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.email and self.webhook is None:
            raise ValueError("name an address in 'email', or a variable in 'webhook'")
        return self


class Alerts(Section):
    """Who hears of what after a training."""

    link: str | None = Field(None, description="address of the app, for links: https://mmm.example.com")
    mail: Mail | None = Field(
        None, description="the server that sends e-mail; needed where somebody has an address"
    )
    to: dict[str, Recipients] = Field({}, description="who hears of it, by a name of yours")
    conditions: Bounds = Field(
        {},
        description="condition: its bounds, as in `{stale: {days: 4}}`, or false: nobody hears of it; all "
        "hold with their own bounds: `mediamix list conditions`",
    )

    @field_validator("link")
    @classmethod
    def _is_link(cls, text: str | None) -> str | None:
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            raise ValueError("is no address, such as https://mmm.example.com") from None
        plain = text.isascii() and text.isprintable() and not set(text) & set(" \"'<>|\\`")
        if parts.scheme not in ("https", "http") or not parts.hostname or not plain:
            raise ValueError("is no address, such as https://mmm.example.com")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("is an address without a password, '?' and '#': everybody gets it")
        return text.rstrip("/")

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if self.mail is None and any(one.email for one in self.to.values()):
            raise ValueError("'to' has addresses, and 'mail' no server: say `mail: {host: …, sender: …}`")
        return self
