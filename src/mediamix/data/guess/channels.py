"""Channels from columns: spend and exposure of one channel brought together, and a name for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediamix.core.names import plain
from mediamix.data.guess import words as w
from mediamix.data.guess.answers import Answers
from mediamix.data.guess.look import Look
from mediamix.data.guess.naming import channel_name, channel_words
from mediamix.data.guess.result import Role
from mediamix.data.guess.roles import SAID, Draft, Drafts

SECOND = "a second exposure of its channel"
#: Share of a channel's money that may have no exposure beside it.
HOLES = 0.05
#: Which exposure counts, of several: what people saw before what they did.
_ORDER = ("impression", "view", "grp", "trp", "reach", "contact", "kontakt", "click", "klick")


@dataclass(frozen=True)
class Found:
    """A channel of a wide table.

    Args:
        name: What it is called.
        spend: Its column of money.
        exposure: Its column of delivery.
    """

    name: str
    spend: str | None
    exposure: str | None


def channels_of(look: Look, drafts: Drafts, answers: Answers, taken: set[str]) -> tuple[list[Found], Drafts]:
    """The channels of a wide table in the order of its columns, and the drafts with their names.

    Args:
        look: The table.
        drafts: The roles of its columns.
        answers: Names that somebody wants.
        taken: Names that other tables have; those of this one are added.
    """
    drafts = dict(drafts)
    spends = [c for c, d in drafts.items() if d.role is Role.SPEND]
    exposures = [c for c, d in drafts.items() if d.role is Role.EXPOSURE]
    words = {c: channel_words(c, look.letters) for c in (*spends, *exposures)}
    partner = {c: _partner(c, spends, words) for c in exposures}
    found: dict[str, Found] = {}
    for spend in spends:
        own = sorted((c for c in exposures if partner[c] == spend), key=lambda c: _rank(c, words[spend]))
        exposure = None
        for column in own:
            hole = _holes(look, spend, column)
            said = drafts[column].why == SAID
            if exposure is None and (said or hole <= HOLES):
                exposure = column
                continue
            why = SECOND if exposure else f"{hole:.0%} of its channel's money is without it"
            drafts[column] = Draft(Role.IGNORED, why, "likely")
        found[spend] = Found(_name(spend, look, answers, taken), spend, exposure)
    for column in exposures:
        if partner[column] is not None or drafts[column].role is not Role.EXPOSURE:
            continue
        demand = set(words[column]) & w.DEMAND and "mail" not in words[column]
        if demand and drafts[column].why != SAID:
            why = "visits that demand brings: a result, and no cause"
            drafts[column] = Draft(Role.IGNORED, why, "likely")
            continue
        twin = next((c for c in found if words[c] == words[column]), None)
        if twin is not None:
            drafts[column] = Draft(Role.IGNORED, SECOND, "likely")
            continue
        found[column] = Found(_name(column, look, answers, taken), None, column)
    for channel in found.values():
        for column in filter(None, (channel.spend, channel.exposure)):
            draft, why = drafts[column], ""
            if channel.spend is None:
                why = "; no column is its spend: organic"
            drafts[column] = Draft(draft.role, draft.why + why, draft.certainty, channel=channel.name)
    order = list(drafts)
    return sorted(found.values(), key=lambda f: order.index(str(f.spend or f.exposure))), drafts


def _partner(column: str, spends: list[str], words: dict[str, tuple[str, ...]]) -> str | None:
    """The spend of an exposure: of the same words, or the only one that has all of them (or none further)."""
    own = words[column]
    if len(spends) == 1 and not words[spends[0]]:
        return spends[0]  # a table of one platform
    same = [c for c in spends if words[c] == own]
    if same:
        return same[0]
    near = [c for c in spends if own and words[c] and (set(own) < set(words[c]) or set(words[c]) < set(own))]
    if set(own) & (w.OWNED | w.DEMAND):
        return None
    return near[0] if len(near) == 1 else None


def _rank(column: str, words: tuple[str, ...]) -> tuple[int, str]:
    found = w.says(w.tokens(column), w.EXPOSURE)
    if set(words) & w.SEARCH and found.startswith(("click", "klick")):
        return -1, column
    return next((i for i, word in enumerate(_ORDER) if found.startswith(word)), len(_ORDER)), column


def _holes(look: Look, spend: str, exposure: str) -> float:
    """Share of a channel's money in rows without exposure."""
    money = np.nan_to_num(look.figures[spend].values)
    without = ~(np.nan_to_num(look.figures[exposure].values) > 0)
    total = float(money[money > 0].sum())
    return float(money[without & (money > 0)].sum()) / total if total else 0.0


def _name(column: str, look: Look, answers: Answers, taken: set[str]) -> str:
    wanted = answers.of("channel", column) or channel_name(column, look.letters)
    name, number = wanted, 2
    while plain(name) in taken:
        name, number = f"{wanted}_{number}", number + 1
    taken.add(plain(name))
    return name
