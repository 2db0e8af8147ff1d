"""A webhook that takes Slack's format: ``{"text": …}``. Its address is a secret."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from mediamix.ingest.asking import is_local
from mediamix.training.alerts.channel import Channel, Sending, Unsent
from mediamix.training.alerts.message import Message

#: Characters of a text; Slack cuts longer ones.
LONGEST = 3_500


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the message, and the address's secret, elsewhere."""

    def redirect_request(self, *of: Any) -> None:
        return None


def send(sending: Sending, address: str, message: Message) -> None:
    """One message to the webhook whose address a variable holds.

    Raises:
        Unsent: It isn't set, isn't safe, can't be reached, or refuses. No message holds the address.
    """
    url = sending.secret(address)
    if not _is_safe(url):
        raise Unsent(
            f"the address in {address} isn't safe",
            expected="https://…, or http:// to this machine",
            next_step=f"set {address} to the webhook's own address",
        )
    body = json.dumps({"text": _text(message)}).encode()
    # Only http and https come here.
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")  # noqa: S310
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=sending.patience) as reply:
            reply.read(1024)
    except urllib.error.HTTPError as error:
        with error:
            raise Unsent(
                f"the webhook in {address} refuses: HTTP {error.code}",
                next_step="make a new one where this one came from"
                if error.code in (401, 403, 404, 410)
                else "see the state of that service",
            ) from None
    except Exception as error:
        # What urllib says of an address may hold the address.
        raise Unsent(
            f"the webhook in {address} can't be reached: {type(error).__name__}",
            next_step="check its address",
        ) from None


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and is_local(url))
        )
    except ValueError:
        return False


def _text(message: Message) -> str:
    parts = [f"*{_escaped(message.subject)}*", _escaped(message.head)]
    for item in message.items:
        lines = [f"• {_escaped(item.what)}{' (over by now)' if item.over else ''}"]
        lines += [f"    – {_escaped(line)}" for line in item.details]
        lines.append(f"    _What to do:_ {_escaped(item.todo)}")
        if item.link:
            lines.append(f"    <{_escaped(item.link)}|Look at it>")
        parts.append("\n".join(lines))
    shown, left = "", len(message.items)
    kept = []
    for part in parts:
        if len(shown) + len(part) > LONGEST:
            break
        kept.append(part)
        shown += part
    left = len(parts) - len(kept) + message.more
    return "\n".join([*kept, *([f"And {left:,} more: `mediamix trainings`"] if left else [])])


def _escaped(text: str) -> str:
    """Slack's control characters as text: no name of a channel can call everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


CHANNEL = Channel("webhook", lambda who: () if who.webhook is None else (who.webhook,), send)
