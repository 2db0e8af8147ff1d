"""Public holidays as events, named in English, from the `holidays` package."""

from __future__ import annotations

import numpy as np

from mediamix.core.errors import ExtraError, SpecError
from mediamix.core.registry import suggestion
from mediamix.core.types import Event


def holiday_events(country: str, first: np.datetime64, last: np.datetime64) -> list[Event]:
    """The public holidays of a country from `first` to `last`, both included.

    A holiday has one name over the years; days in a row of one name are one event. Days off in
    lieu are not counted: people buy for the feast, not for its Monday.

    Raises:
        ExtraError: The package `holidays` is not installed.
        SpecError: It doesn't know the country.
    """
    try:
        import holidays
    except ImportError as error:
        raise ExtraError("holidays", "holidays", f"holidays: {{country: {country}}}") from error
    known = sorted(holidays.list_supported_countries())
    if country.upper() not in known:
        raise SpecError(
            f"holidays.country: '{country}' is not known",
            expected="an ISO 3166 code of two letters such as US, DE, FR",
            got=country,
            next_step=suggestion(country.upper(), known) or f"one of {', '.join(known)}",
        )
    years = range(int(str(first)[:4]), int(str(last)[:4]) + 1)
    calendar = holidays.country_holidays(country.upper(), years=years, observed=False, language="en_US")
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
