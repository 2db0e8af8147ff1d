"""Public holidays as events, named in English, from the `holidays` package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import numpy as np

from mediamix.core.errors import ExtraError, SpecError
from mediamix.core.spec import Holidays
from mediamix.core.types import Event

#: Codes that are shown where one isn't known.
SHOWN = 12


def holiday_events(wanted: Holidays, first: np.datetime64, last: np.datetime64) -> list[Event]:
    """The public holidays of a country, or of a part of it, from `first` to `last`, both included.

    A holiday has one name over the years; days in a row of one name are one event. Days off in
    lieu are not counted: people buy for the feast, not for its Monday.

    Raises:
        ExtraError: The package `holidays` is not installed.
        SpecError: It doesn't know the country or the region.
    """
    try:
        import holidays
    except ImportError as error:
        raise ExtraError("holidays", "holidays", f"holidays: {{country: {wanted.country}}}") from error
    country, region = _known(wanted, holidays.list_supported_countries())
    years = range(int(str(first)[:4]), int(str(last)[:4]) + 1)
    part = {} if region is None else {"subdiv": region}
    calendar = holidays.country_holidays(country, years=years, observed=False, language="en_US", **part)
    found: list[Event] = []
    for day, label in sorted(calendar.items()):
        date = np.datetime64(day, "D")
        if not first <= date <= last:
            continue
        for name in str(label).split("; "):
            if "substituted from" in name:
                continue
            before = [i for i, e in enumerate(found) if e.name == name and e.end == date - 1]
            if before:
                found[before[-1]] = Event(name, found[before[-1]].start, date)
            else:
                found.append(Event(name, date, date))
    return found


def _known(wanted: Holidays, known: Mapping[str, Sequence[str]]) -> tuple[str, str | None]:
    """Country and region as the package spells them.

    Raises:
        SpecError: It has no such country, or the country no such region.
    """
    country = wanted.country.upper()
    if country not in known:
        raise SpecError(
            f"holidays.country: '{wanted.country}' is not known",
            expected="an ISO 3166 code of two letters such as US, DE, FR",
            got=wanted.country,
            next_step=f"the nearest codes are {', '.join(_nearest(country, known))}; holidays can also "
            "stand in the events table",
        )
    if wanted.region is None:
        return country, None
    regions = {region.casefold(): region for region in known[country]}
    if wanted.region.casefold() not in regions:
        near = get_close_matches(wanted.region, known[country], n=5, cutoff=0.3)
        raise SpecError(
            f"holidays.region: {country} has no region '{wanted.region}' with holidays of its own",
            expected=f"one of {', '.join(known[country])}" if known[country] else "no region",
            got=wanted.region,
            next_step=f"the nearest are {', '.join(near)}" if near else "leave the region out",
        )
    return country, regions[wanted.region.casefold()]


def _nearest(code: str, known: Iterable[str]) -> list[str]:
    """Codes of two letters that share one with `code`, those that begin alike first."""
    short = [one for one in sorted(known) if len(one) == len(code)]
    alike = sorted((one for one in short if set(one) & set(code)), key=lambda one: one[0] != code[0])
    return (alike or short)[:SHOWN]
