"""Cron expressions in a time zone: when such a moment was last, and when it is next.

An expression is of the clock on the wall. When clocks are set back its moment comes once, not twice, unless
it is every hour's; a moment that is skipped when clocks are set forward comes an hour later by the wall.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from mediamix.core.errors import SpecError, shown
from mediamix.core.extras import extras_of

#: No zone sets its clock by more.
_MOST_SHIFT = timedelta(hours=3)


@extras_of("a schedule")
def last_moment(cron: str, zone: str, now: datetime) -> datetime | None:
    """The last moment of an expression that isn't after `now`, in UTC; None: there is none in fifty years.

    Args:
        cron: Minute, hour, day of the month, month, day of the week.
        zone: Of the wall's clock: Europe/Berlin, UTC.
        now: With a time zone.

    Raises:
        ExtraError: croniter isn't installed.
        SpecError: It is no expression, or there is no such zone.
    """
    return max(_near(cron, zone, now, ahead=False), default=None)


@extras_of("a schedule")
def next_moment(cron: str, zone: str, now: datetime) -> datetime | None:
    """The first moment of an expression after `now`; all else as `last_moment`."""
    return min(_near(cron, zone, now, ahead=True), default=None)


def _near(cron: str, zone: str, now: datetime, *, ahead: bool) -> list[datetime]:
    """Moments near `now` and, where there are none, the nearest one: before it, or ahead of it."""
    from croniter import CroniterBadDateError, croniter

    known, fields = _zone(zone), cron.split()
    if len(fields) != 5 or not croniter.is_valid(cron):
        raise SpecError(
            f"{shown(cron)} is no cron expression",
            expected="minute, hour, day of the month, month, day of the week, as in '0 0 * * 0'",
            next_step="mend `schedule.cron`",
        )
    wall = now.astimezone(known).replace(tzinfo=None)
    shift = -_MOST_SHIFT if ahead else _MOST_SHIFT
    walk = croniter(cron, wall + shift, max_years_between_matches=50)
    step = walk.get_next if ahead else walk.get_prev
    found: list[datetime] = []
    there = wall
    # Two wall times may be one moment, or the later of them the earlier moment: all near ones are looked at.
    while not found or (there <= wall - shift if ahead else there >= wall - shift):
        try:
            there = cast(datetime, step(datetime))
        except CroniterBadDateError:
            break
        moments = _moments(there, known, each=fields[1].startswith("*"))
        found += [moment for moment in moments if (moment > now) == ahead]
    return found


def _moments(wall: datetime, zone: ZoneInfo, *, each: bool) -> list[datetime]:
    """When the clock on the wall shows it: mostly once."""
    both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    # Skipped by the clock: read as if it hadn't been set, which is the later of the two.
    skipped = both[0].astimezone(zone).replace(tzinfo=None) != wall
    return [max(both)] if skipped else both if each else both[:1]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise SpecError(
            f"there is no time zone {shown(name)}",
            expected="a name such as Europe/Berlin, or UTC",
            next_step="mend `schedule.time_zone`",
        ) from None
