"""Dates in words: months by name, weeks of ISO 8601, quarters; English, German, French, Spanish and more.

A rule knows one way of writing and gives the day that a text stands for: a week its Monday, a month or a
quarter its first day. What can be meant in two ways is no rule's: `doubt_of` says the two readings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mediamix.core.names import fold

LONGEST = 60  # characters of a date, or of two
_MONTHS = {
    1: "jan january januar janner jaenner janv janvier ene enero gen gennaio januari janeiro",
    2: "feb february februar febr fev fevr fevrier febrero febbraio februari fevereiro",
    3: "mar march marz maerz mrz mars marzo mrt maart marco",
    4: "apr april avr avril abr abril aprile",
    5: "may mai mayo mag maggio mei maio",
    6: "jun june juni juin junio giu giugno junho",
    7: "jul july juli juil juillet julio lug luglio julho",
    8: "aug august aout ago agosto augustus",
    9: "sep sept september septembre septiembre set settembre setembro",
    10: "oct october okt oktober octobre octubre ott ottobre outubro",
    11: "nov november novembre noviembre novembro",
    12: "dec december dez dezember decembre dic diciembre dicembre dezembro",
}
MONTH = {word: number for number, words in _MONTHS.items() for word in words.split()}
#: Weeks that are counted by ISO 8601 where these words are used. The rest are counted in several ways.
_ISO = "w|kw|cw|woche|kalenderwoche|semaine"
_OTHER = "wk|week|sem|semana|s"
_OF = r"(?:del?\s)?"
_DAY = r"(\d{1,2})(?:\.|st|nd|rd|th|er|º|o)?"


@dataclass(frozen=True)
class Rule:
    """One way of writing dates.

    Args:
        words: What the texts are, and which day stands for each.
        day: The day as ``YYYY-MM-DD`` of a folded text; empty, where it isn't written so.
    """

    words: str
    day: Callable[[str], str]

    def days(self, texts: Iterable[str]) -> list[str]:
        """The day of each text; empty for what isn't written so."""
        return [self.day(fold(text.strip())) if len(text) <= LONGEST else "" for text in texts]


def _week(text: str, words: str = _ISO) -> str:
    found = re.fullmatch(rf"(\d{{4}})[\s\-/.]*(?:{words})\.?[\s\-.]*(\d{{1,2}})", text)
    if found:
        return _monday(found[1], found[2])
    found = re.fullmatch(rf"(?:{words})[\s.\-]*(\d{{1,2}})[\s/.,\-]+(\d{{4}}|\d\d)", text) or re.fullmatch(
        rf"(\d{{1,2}})\.?\s*(?:{words})\.?[\s/.,\-]*(\d{{4}})", text
    )
    return _monday(_year(found[2]), found[1]) if found else ""


def _monday(year: str, week: str) -> str:
    try:
        return date.fromisocalendar(int(year), int(week), 1).isoformat()
    except ValueError:
        return ""


def _week_and_day(text: str) -> str:
    found = re.fullmatch(r"(\d{4})-?w(\d\d)-?([1-7])", text)
    try:
        return date.fromisocalendar(*map(int, found.groups())).isoformat() if found else ""
    except ValueError:
        return ""


def _month(text: str) -> str:
    found = re.fullmatch(rf"([a-z]{{3,11}})\.?[\s\-/,']*{_OF}\s*(\d{{4}})", text)
    name, year = (found[1], found[2]) if found else ("", "")
    if not found and (found := re.fullmatch(r"([a-z]{3,11})\.?\s*'(\d\d)", text)):
        name, year = found[1], _year(found[2])
    if not found and (found := re.fullmatch(r"(\d{4})[\s\-/]*([a-z]{3,11})\.?", text)):
        year, name = found[1], found[2]
    if not found and (found := re.fullmatch(r"(0?[1-9]|1[0-2])[/.\-](\d{4})", text)):
        return f"{found[2]}-{int(found[1]):02d}-01"
    if not found and (found := re.fullmatch(r"(\d{4})[\s\-]?m(0[1-9]|1[0-2])", text)):
        return f"{found[1]}-{found[2]}-01"
    return f"{year}-{MONTH[name]:02d}-01" if name in MONTH else ""


def _short_month(text: str) -> str:
    found = re.fullmatch(r"([a-z]{3,11})\.?[\s\-/]*(\d\d)", text)
    return f"{_year(found[2])}-{MONTH[found[1]]:02d}-01" if found and found[1] in MONTH else ""


def _day_and_month(text: str) -> str:
    found = re.fullmatch(rf"{_DAY}[\s\-/]*{_OF}\s*([a-z]{{3,11}})\.?[\s,\-/]*{_OF}\s*(\d{{4}}|\d\d)", text)
    day, name, year = (found[1], found[2], found[3]) if found else ("", "", "")
    if not found and (found := re.fullmatch(rf"([a-z]{{3,11}})\.?\s+{_DAY},?\s+(\d{{4}})", text)):
        name, day, year = found[1], found[2], found[3]
    if not found and (found := re.fullmatch(r"(\d{4})[\s\-/]([a-z]{3,11})\.?[\s\-/](\d{1,2})", text)):
        year, name, day = found[1], found[2], found[3]
    if name not in MONTH:
        return ""
    try:
        return date(int(_year(year)), MONTH[name], int(day)).isoformat()
    except ValueError:
        return ""


_QUARTER = r"(?:q|t|quarter|quartal|trimestre|trim)\.?"


def _quarter(text: str) -> str:
    patterns = (
        (rf"{_QUARTER}\s*([1-4])[\s/\-',.]*{_OF}\s*(\d{{4}}|\d\d)", 1, 2),
        (rf"(\d{{4}})[\s/\-.]*{_QUARTER}\s*([1-4])", 2, 1),
        (
            rf"([1-4])(?:\.|st|nd|rd|th|er|e|eme|º|o)?\s*{_QUARTER}[\s/\-',.]*{_OF}\s*(\d{{4}}|\d\d)",
            1,
            2,
        ),
    )
    for pattern, quarter, year in patterns:
        if found := re.fullmatch(pattern, text):
            return f"{_year(found[year])}-{int(found[quarter]) * 3 - 2:02d}-01"
    return ""


def _year(text: str) -> str:
    return text if len(text) == 4 else f"20{text}"


WEEKS = Rule("weeks of ISO 8601, each by its Monday", _week)
SHORT_MONTHS = Rule("months, each by its first day", _short_month)
RULES: Sequence[Rule] = (
    WEEKS,
    Rule("days of weeks of ISO 8601", _week_and_day),
    Rule("months, each by its first day", _month),
    Rule("days with the month's name", _day_and_month),
    Rule("quarters of the calendar, each by its first day", _quarter),
)


def doubt_of(texts: Sequence[str]) -> str:
    """What a text can stand for, where that isn't one thing; empty, where most texts aren't like that."""
    for says in (_weeks_of_two_counts, _months_or_days, _six_digits, _fiscal):
        told = [says(fold(text.strip())) if len(text) <= LONGEST else "" for text in texts]
        filled = [line for line in told if line]
        if filled and 2 * len(filled) > len(texts):
            return filled[0]
    return ""


def other_week(text: str) -> str:
    """The Monday by ISO 8601 of a folded week that is counted in several ways; empty for other texts."""
    return _week(text, _OTHER)


def _weeks_of_two_counts(text: str) -> str:
    monday = _week(text, _OTHER)
    if not monday:
        return ""
    iso = date.fromisoformat(monday)
    year, week, _ = iso.isocalendar()
    first = date(year, 1, 1)
    sunday = first - timedelta(days=first.isoweekday() % 7) + timedelta(days=7 * (week - 1))
    return (
        f"is week {week} by ISO 8601, from Monday {iso}, or by the American count, from Sunday {sunday} "
        f"(write {year}-W{week:02d} if it is the first, or the first day of each week as YYYY-MM-DD)"
    )


def _months_or_days(text: str) -> str:
    month = _short_month(text)
    if not month:
        return ""
    return (
        f"is the month {month[:7]}, or day {int(month[2:4])} of the month {int(month[5:7])} of a year that "
        f"isn't said (write {month[:7]} or YYYY-MM-DD)"
    )


def _six_digits(text: str) -> str:
    found = re.fullmatch(r"(20\d\d)(\d\d)", text)
    if not found or not 1 <= int(found[2]) <= 53:
        return ""
    month = f"month {found[1]}-{found[2]}" if int(found[2]) <= 12 else "no month"
    return (
        f"is {month} or week {int(found[2])} of {found[1]} (write {found[1]}-{found[2]} for a month, "
        f"{found[1]}-W{found[2]} for a week of ISO 8601)"
    )


def _fiscal(text: str) -> str:
    if not re.search(r"\bfy|\bfq|\bgj", text) or not re.search(r"\d", text):
        return ""
    return (
        "is of a fiscal year: it begins with the calendar's year, or in another month that isn't said (write "
        "the first day of each period as YYYY-MM-DD)"
    )
