"""What somebody is told: all that is new to them in one message, each thing with what to do and a link."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mediamix.core.text import one_line
from mediamix.training.alerts.book import Entry
from mediamix.training.record import PROMOTED, Training

#: Alarms and characters of one message at most.
MOST, LONGEST_LINE, LONGEST_SUBJECT = 20, 600, 120


@dataclass(frozen=True)
class Item:
    """One alarm, in words.

    Args:
        what: What happened.
        details: More of it.
        todo: What to do.
        link: Where to look; None: the spec has no address of the app.
        over: Whether it is over by now.
    """

    what: str
    details: tuple[str, ...]
    todo: str
    link: str | None
    over: bool


@dataclass(frozen=True)
class Message:
    """To one address.

    Args:
        id: The same whenever the same is told to the same.
        subject: In one line.
        head: Of what this is.
        items: The alarms.
        more: How many were left out.
    """

    id: str
    subject: str
    head: str
    items: tuple[Item, ...]
    more: int = 0

    @property
    def text(self) -> str:
        """As plain text."""
        lines = [self.head, ""]
        for number, item in enumerate(self.items, 1):
            lines.append(f"{number}. {item.what}{' (over by now)' if item.over else ''}")
            lines += [f"   - {line}" for line in item.details]
            lines.append(f"   What to do: {item.todo}")
            if item.link:
                lines.append(f"   {item.link}")
            lines.append("")
        if self.more:
            lines += [f"And {self.more:,} more: mediamix trainings", ""]
        return "\n".join(lines)


def message_of(
    project: str,
    training: Training,
    entries: Sequence[Entry],
    who: str,
    link: str | None,
    hide: Callable[[str], str],
) -> Message:
    """The message for one address.

    Args:
        project: Its name.
        training: That has just been done.
        entries: What is new to them.
        who: They.
        link: Address of the app.
        hide: Takes secrets out of text.
    """

    def clean(text: str) -> str:
        line = one_line(hide(text))
        return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"

    items = tuple(
        Item(
            clean(one.alarm.what),
            tuple(map(clean, one.alarm.details)),
            clean(one.alarm.todo),
            None if link is None else f"{link}/{one.alarm.page}",
            one.ended is not None,
        )
        for one in entries[:MOST]
    )
    name = clean(project)
    subject = items[0].what if len(entries) == 1 else f"{len(entries):,} things to look at"
    subject = f"mediamix {name}: {subject}"
    if len(subject) > LONGEST_SUBJECT:
        subject = f"{subject[: LONGEST_SUBJECT - 1]}…"
    became = {None: "it wasn't finished", PROMOTED: f"{training.run} is promoted"}
    head = (
        f"mediamix, project {name}, training of {training.started.replace('T', ' ').removesuffix('Z')} UTC: "
        f"{became.get(training.decision, 'the promoted run stays')}."
    )
    own = "\n".join([who, *(one.mark for one in entries)])
    digest = hashlib.sha256(own.encode()).hexdigest()[:32]
    return Message(digest, subject, head, items, max(len(entries) - MOST, 0))
