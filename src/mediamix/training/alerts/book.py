"""The book of alarms, ``alerts.json``: what is wrong now, since when, and who was told of it.

An alarm is told once while it lasts, to each who shall hear of it. One that ended before everybody could be
told (a server of e-mail was away) stays in the book until they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mediamix.core.files import write_json
from mediamix.project.folder import Project
from mediamix.training.alerts.condition import Alarm


@dataclass(frozen=True)
class Entry:
    """An alarm in the book.

    Args:
        condition: Whose.
        alarm: As it was when it began.
        since: Of which training.
        ended: In which training it was over; None: it lasts.
        told: Who was told → when.
    """

    condition: str
    alarm: Alarm
    since: str
    ended: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What makes two alarms one."""
        return f"{self.condition}: {self.alarm.subject}"

    @property
    def mark(self) -> str:
        """It among all: the same alarm may have ended and come back before anybody was told."""
        return f"{self.since} {self.key}"


@dataclass(frozen=True)
class Book:
    """All alarms that last, or of which somebody has still to be told."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, project: Project) -> Book:
        """A project's; one that can't be read is begun anew: what lasts is told again rather than never."""
        try:
            raw = json.loads(project.alerts.read_text(encoding="utf-8"))
            return cls(tuple(_entry(one) for one in raw["alarms"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def write(self, project: Project) -> None:
        """Whole or not at all.

        Raises:
            FolderError: It can't be written.
        """
        write_json(project.alerts, {"alarms": [asdict(one) for one in self.entries]})

    def after(self, training: str, found: Mapping[str, Iterable[Alarm] | None]) -> Book:
        """The book after a training: what is new, what lasts, what is over.

        Args:
            training: Its id.
            found: Condition → its alarms; None: it couldn't be asked, so that what it found before lasts.
        """
        now = {
            f"{name}: {alarm.subject}": (name, alarm)
            for name, alarms in found.items()
            for alarm in alarms or ()
        }
        kept = [self._goes_on(one, now, found, training) for one in self.entries]
        lasting = {one.key for one in kept if one.ended is None}
        new = [Entry(name, alarm, training) for key, (name, alarm) in now.items() if key not in lasting]
        return Book((*kept, *new))

    def _goes_on(
        self,
        entry: Entry,
        now: Mapping[str, Any],
        found: Mapping[str, Iterable[Alarm] | None],
        training: str,
    ) -> Entry:
        asked = entry.condition not in found or found[entry.condition] is not None
        if entry.ended is not None or entry.key in now or not asked:
            return entry
        return replace(entry, ended=training)

    def told(self, marks: Iterable[str], who: str, when: str) -> Book:
        """The same, where somebody was told of some of them."""
        chosen = set(marks)
        return Book(
            tuple(
                replace(one, told={**one.told, who: when}) if one.mark in chosen else one
                for one in self.entries
            )
        )

    def open_to(self, who: str, about: Iterable[str]) -> Iterator[Entry]:
        """What somebody has still to be told of, of some conditions (none: of all)."""
        wanted = set(about)
        for one in self.entries:
            if who not in one.told and (not wanted or one.condition in wanted):
                yield one

    def swept(self, who: Mapping[str, Iterable[str]]) -> Book:
        """Without what is over and of which nobody has still to be told.

        Args:
            who: Everybody → the conditions that they hear of (none: all).
        """
        owed = {one.mark for name, about in who.items() for one in self.open_to(name, about)}
        return Book(tuple(one for one in self.entries if one.ended is None or one.mark in owed))


def _entry(raw: Mapping[str, Any]) -> Entry:
    alarm = {**raw["alarm"], "details": tuple(raw["alarm"]["details"])}
    return Entry(**{**raw, "alarm": Alarm(**alarm), "told": dict(raw["told"])})
