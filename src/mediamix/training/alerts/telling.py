"""Telling people what is new to them: each thing once, and what couldn't be sent the next time."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import UserError
from mediamix.project.runs import moment
from mediamix.training.alerts.book import Book
from mediamix.training.alerts.channel import Sending, targets
from mediamix.training.alerts.condition import Alarm, Seen
from mediamix.training.alerts.message import message_of
from mediamix.training.record import Training

if TYPE_CHECKING:
    from mediamix.training.context import Context


def tell(context: Context, training: Training) -> Mapping[str, Any]:
    """Ask all conditions, keep the book, and tell who hasn't been told.

    That somebody can't be told is recorded, and fails nothing.

    Raises:
        FolderError: The book can't be written.
    """
    alerts, hide, now = context.spec.alerts, context.veil, context.clock.now()
    found, failed = _found(context, training)
    book = Book.of(context.project).after(training.id, found)
    book.write(context.project)
    sending = Sending(alerts, context.environment, now)
    everybody, told = list(targets(alerts)), []
    for target in everybody:
        entries = list(book.open_to(target.who, target.about))
        if not entries:
            continue
        name = context.project.root.absolute().name
        message = message_of(name, training, entries, target.who, alerts.link, hide)
        try:
            target.channel.send(sending, target.address, message)
        except UserError as error:
            failed[target.who] = hide(error.message)
            continue
        except Exception as error:
            failed[target.who] = f"that is not your fault: {type(error).__name__}"
            continue
        book = book.told([one.mark for one in entries], target.who, moment(now))
        book.write(context.project)  # at once: what was told isn't told again, whatever comes next
        told.append({"who": target.who, "alarms": [one.key for one in entries]})
    book = book.swept({target.who: target.about for target in everybody})
    book.write(context.project)
    return {
        "told": told,
        "failed": failed,
        "alarms": [
            {
                "condition": one.condition,
                "what": hide(one.alarm.what),
                "todo": hide(one.alarm.todo),
                "since": one.since,
            }
            for one in book.entries
            if one.ended is None
        ],
    }


def _found(context: Context, training: Training) -> tuple[dict[str, list[Alarm] | None], dict[str, str]]:
    """Condition → its alarms; and those that couldn't be asked, with why."""
    seen = Seen(training, context.spec, context.today)
    found: dict[str, list[Alarm] | None] = {}
    failed = {}
    for condition, bounds in context.settings.conditions:
        try:
            alarms = condition.find(seen, bounds)
            found[condition.name] = None if alarms is None else list(alarms)
        except Exception as error:
            # A condition that can't read a record says nothing, and keeps no other from being told.
            traceback.print_exc()
            found[condition.name] = None
            failed[f"condition {condition.name}"] = f"that is not your fault: {type(error).__name__}"
    return found, failed
