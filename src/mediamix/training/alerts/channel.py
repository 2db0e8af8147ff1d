"""A way to tell people: a component, one file in `channels/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mediamix.core.errors import UserError
from mediamix.core.registry import discover
from mediamix.core.spec.alerts import Alerts, Recipients
from mediamix.training.alerts.message import Message

PACKAGE = "mediamix.training.alerts.channels"
#: Seconds that a server has to answer.
PATIENCE = 20.0


class Unsent(UserError):  # noqa: N818  # what became of a message
    """A message couldn't be sent; it is tried again with the next training."""


@dataclass(frozen=True)
class Sending:
    """What a channel works with.

    Args:
        alerts: The section of the spec.
        environment: Variables with secrets.
        now: The moment.
        patience: Seconds that a server has to answer.
    """

    alerts: Alerts
    environment: Mapping[str, str]
    now: datetime
    patience: float = PATIENCE

    def secret(self, variable: str) -> str:
        """The value of a variable.

        Raises:
            Unsent: It isn't set.
        """
        value = self.environment.get(variable, "").strip()
        if not value:
            raise Unsent(f"{variable} isn't set in the environment", next_step=f"set {variable}")
        return value


@dataclass(frozen=True)
class Channel:
    """A way to tell people.

    Args:
        name: Of it.
        addresses: Of recipients: whom it reaches by which address.
        send: Sends a message to an address; raises `Unsent`, without any secret.
    """

    name: str
    addresses: Callable[[Recipients], tuple[str, ...]]
    send: Callable[[Sending, str, Message], None]


@dataclass(frozen=True)
class Target:
    """Somebody who is told.

    Args:
        channel: How.
        address: Where: an e-mail address, or the variable that holds a webhook's.
        about: Conditions that they hear of; empty: all.
    """

    channel: Channel
    address: str
    about: frozenset[str]

    @property
    def who(self) -> str:
        """Name in the book of alarms."""
        return f"{self.channel.name} {self.address}"


def targets(alerts: Alerts) -> Iterator[Target]:
    """Everybody once, with all that any of their entries names."""
    found: dict[str, Target] = {}
    for recipients in alerts.to.values():
        for channel in discover(PACKAGE, Channel).values():
            for address in channel.addresses(recipients):
                one = Target(channel, address, frozenset(recipients.about))
                known = found.get(one.who)
                if known is not None:
                    everything = not known.about or not one.about
                    one = replace(one, about=frozenset() if everything else known.about | one.about)
                found[one.who] = one
    yield from found.values()
