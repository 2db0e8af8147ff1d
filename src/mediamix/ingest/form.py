"""What a form is: a table that a tool always writes alike, known by its columns; one file each in `forms`.

A form is data: which columns make it, and which of ours each of them is. Reading cells, adding up and landing
are `mediamix.ingest.wide`'s, the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mediamix.core.names import plain
from mediamix.core.registry import discover
from mediamix.ingest.contracts import Contract

#: What a column is in: as it stands, or millionths of it.
Unit = Literal["", "micros"]


#: Columns that split a campaign's numbers further, or otherwise: the same money once more.
FINER = (
    *("ad_id", "ad_group_id", "adgroup_id", "ad_set_id", "ad_squad_id", "creative_id", "line_item_id"),
    *("promoted_tweet_id", "pin_promotion_id", "keyword_id", "keyword", "search_term", "targeting_type"),
    *("keyword_ad_group_criterion", "ad_group_criterion_criterion_id", "action_type", "event_name"),
    *("country", "country_code", "region", "location_id", "location_name", "segment"),
    *("member_country", "member_region"),
)
_MONEY = re.compile(r"(^|_)(spend|cost|billed_charge)(_|$)")


def holds_money(header: Iterable[str]) -> bool:
    """Whether a column is called spend or cost."""
    return any(_MONEY.search(plain(name)) for name in header)


def split_further(header: Iterable[str]) -> str | None:
    """The column by which a table of spend splits what a campaign's report says as a whole; None: none."""
    names = {plain(name): name for name in header}
    if not holds_money(names):
        return None
    if {"id", "campaign_id"} <= names.keys():
        return names["id"]
    return next((names[one] for one in FINER if one in names), None)


@dataclass(frozen=True)
class Names:
    """A table beside a report, which says of each campaign its name and account, or of each account its
    currency.

    Args:
        has: Columns that make it, the first of which is the id.
        is_: Our column → its column.
        newest: The column by which the latest of several rows of an id is told; None: each id is there once.
    """

    has: tuple[str, ...]
    is_: Mapping[str, str]
    newest: str | None = None


@dataclass(frozen=True)
class Form:
    """A table that is known.

    Args:
        name: Of the form.
        title: For people.
        lands: Contract of its rows.
        is_: Our column → its columns, the first of which that is there counts.
        needs: Columns of ours without which it isn't this form.
        marks: Further columns that it must have; they tell it from another of the same columns.
        without: Columns that make it the same numbers in another split, which are not landed again.
        grain: Columns of the table that name a row: two rows of one name contradict each other.
        units: Our column → what it is in.
        platform: Of its rows; None: a column says it.
        campaigns: The table that names its campaigns.
        accounts: The table that describes its accounts.
        called: What the table's name holds, where its columns don't tell it from another.
        large: Whether it is one only where the table is too large to be looked at cell by cell.
        facts: What a reader of its numbers has to know.
    """

    name: str
    title: str
    lands: Contract
    is_: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    marks: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    grain: tuple[str, ...] = ()
    units: Mapping[str, Unit] = field(default_factory=dict)
    platform: str | None = None
    campaigns: Names | None = None
    accounts: Names | None = None
    called: str = ""
    large: bool = False
    facts: tuple[str, ...] = ()

    def columns(self, header: Iterable[str]) -> dict[str, str]:
        """Our column → the header's, of those that are there."""
        there = {plain(name): name for name in header}
        found = {}
        for ours, theirs in self.is_.items():
            name = next((there[plain(one)] for one in theirs if plain(one) in there), None)
            if name is not None:
                found[ours] = name
        return found

    def fits(self, header: Iterable[str], name: str = "") -> bool:
        """Whether a table with this header, and of this name, is one."""
        names = [*header]
        there = set(map(plain, names))
        return (
            all(ours in self.columns(names) for ours in self.needs)
            and all(plain(mark) in there for mark in self.marks)
            and not any(plain(other) in there for other in self.without)
            and self.called in name.casefold()
        )


def forms() -> Mapping[str, Form]:
    """All that are known, by name."""
    return discover("mediamix.ingest.forms", Form)


def form_of(header: Iterable[str], name: str = "", *, large: bool = False) -> Form | None:
    """The form of a table with this header: of several the one that asks for most; None: it is none."""
    names = [*header]
    fitting = [form for form in forms().values() if form.fits(names, name) and (large or not form.large)]
    return max(fitting, key=lambda form: (len(form.marks) + len(form.needs), form.name), default=None)
