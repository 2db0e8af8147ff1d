"""What a header alone says about its column, and what a channel is called after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from mediamix.core.names import fold
from mediamix.data.guess import words as w

Rule = Callable[[tuple[str, ...]], "Hint | None"]
_NUMBERED = re.compile(r"(?:x|media|channel|ch|var|m)_?\d+|x")
_CONTROL_NUMBERED = re.compile(r"[cz]_?\d+")
_LETTER = re.compile(r"_([A-Za-z])$")
#: Words that say nothing about which channel it is.
_FILL = frozenset("media net gross netto brutto in the of for amount".split())  # noqa: SIM905
_DISCOUNT = frozenset({"discount", "discounts", "rabatt", "rabatte"})
#: Of results: words that a control may have, too.
_WEAK = frozenset("base baseline trend seasonal seasonality seas true truth".split())  # noqa: SIM905


@dataclass(frozen=True)
class Hint:
    """What a header says.

    Args:
        kind: ``spend``, ``exposure``, ``money`` and ``count`` (outcomes), ``plain`` (an outcome of no
            unit), ``value`` (of one unit of the outcome), ``part`` (of the outcome), ``control``, ``event``,
            ``geo``, ``date``, ``channel``, ``campaign``, ``population``, ``currency``, ``label``,
            ``result``, ``ratio``, ``media`` (a channel, no unit), ``numbered`` (x1), ``none``.
        word: The word that says so.
    """

    kind: str
    word: str = ""


@cache
def hint(name: str, letters: bool = False, numbers: bool = False) -> Hint:
    """What a header says.

    Args:
        name: The header.
        letters: Whether one letter at the end is a unit: ``tv_S``.
        numbers: Whether the column holds numbers: then it names neither channels nor currencies.
    """
    words = w.tokens(name)
    if not words or (len(words) <= 2 and words[0] == "unnamed") or (len(words) == 1 and words[0] in w.LABEL):
        return Hint("label", name.strip())
    rules = [rule for rule in _RULES if not (numbers and rule in _OF_WORDS)]
    return next(filter(None, (rule(words) for rule in rules)), None) or _last(name, words, letters)


def uses_letters(names: Iterable[str]) -> bool:
    """True if headers end with letters for their units: two or more with ``_S``."""
    ends = [found[1].lower() for name in names if (found := _LETTER.search(name.strip()))]
    return ends.count("s") >= 2


def channel_words(name: str, letters: bool = False) -> tuple[str, ...]:
    """The words of a header that name a channel, folded: of ``search_clicks_P`` and ``search_S`` one."""
    return tuple(map(w.same_word, map(fold, _channel_parts(name, letters))))


def channel_name(name: str, letters: bool = False) -> str:
    """The name of a channel after its column: ``TV (€)`` is tv, ``x1_Search-Ads`` is search_ads."""
    return "_".join(part.lower() for part in _channel_parts(name, letters)) or "media"


def currency_in(text: str) -> str | None:
    """The currency that a text names; None of none or several."""
    found = {w.CURRENCIES[word] for word in w.tokens(text) if word in w.CURRENCIES}
    return found.pop() if len(found) == 1 else None


def _channel_parts(name: str, letters: bool) -> list[str]:
    if letters and (found := _LETTER.search(name.strip())) and found[1].lower() in w.LETTERS:
        name = name.strip()[:-2]
    units = w.SPEND | w.EXPOSURE | w.PLANNED | w.TOTAL | _FILL | w.CURRENCIES.keys() | {"%", "#"}
    kept = [part for part in w.parts(name) if fold(part) not in units]
    kept = [_without_unit(part) for part in kept]
    named = [part for part in kept if not _NUMBERED.fullmatch(fold(part)) or fold(part)[0] != "x"]
    if kept and all(map(str.isdigit, named or kept)):
        return [
            part for part in w.parts(name) if fold(part) not in w.SPEND | w.EXPOSURE | w.CURRENCIES.keys()
        ]
    return named or kept


def _without_unit(part: str) -> str:
    """``Fernsehkosten`` is Fernseh."""
    for ending in w.ENDINGS:
        if fold(part).endswith(ending) and len(part) > len(ending):
            return part[: -len(ending)]
    return part


def _result(words: tuple[str, ...]) -> Hint | None:
    strong = w.says(words, w.RESULT - _WEAK)
    if strong:
        return Hint("result", strong)
    weak = w.says(words, w.RESULT & _WEAK)
    return Hint("result", weak) if weak and not w.says(words, w.CONTROL) else None


def _worth(words: tuple[str, ...]) -> Hint | None:
    """Of a unit of the outcome, or the outcome in money by its parts: ``purchases_original_price``."""
    counted = w.says(words, w.COUNT)
    if words in (("aov",), ("average", "order", "value"), ("avg", "order", "value")):
        return Hint("value", words[0])
    if "per" in words:
        before, after = words[: words.index("per")], words[words.index("per") + 1 :]
        is_worth = w.says(before, w.MONEY) or w.says(before, w.WORTH)
        return Hint("value" if is_worth and w.says(after, w.COUNT) else "ratio", "per")
    if counted and w.says(words, w.WORTH):
        return Hint("money", w.says(words, w.WORTH))
    of_a_part = w.says(words, _DISCOUNT) or (words[-1] == "units" and w.says(words[:-1], w.COUNT))
    return Hint("part", words[-1]) if counted and of_a_part else None


def _ratio(words: tuple[str, ...]) -> Hint | None:
    found = w.says(words, w.RATIO - {"rate", "quote"})
    rate = w.says(words, frozenset({"rate", "quote"})) and w.says(words, w.COUNT | w.EXPOSURE)
    return Hint("ratio", found or "rate") if found or rate else None


def _outcome(words: tuple[str, ...]) -> Hint | None:
    money, counted = w.says(words, w.MONEY), w.says(words, w.COUNT)
    if money and words[-1] not in ("volume", "units", "orders"):
        return Hint("money", money)
    if money or counted:
        return Hint("count", counted or money)
    return None


def _control(words: tuple[str, ...]) -> Hint | None:
    if "volume" in words and w.says(words, w.MEDIA) and not w.says(words, w.MONEY):
        return Hint("control", "volume")
    found = w.says(words, w.CONTROL)
    return Hint("control", found) if found else None


def _channel(words: tuple[str, ...]) -> Hint | None:
    """A column of channel names; not ``channel0``, which is one."""
    found = next((word for word in words if word in w.CHANNEL), "")
    other = w.says(words, w.SPEND | w.EXPOSURE | w.CONTROL)
    return Hint("channel", found) if found and not other else None


def _named(kind: str, vocabulary: frozenset[str], *, unless: frozenset[str] = frozenset()) -> Rule:
    def rule(words: tuple[str, ...]) -> Hint | None:
        found = w.says(words, vocabulary)
        return Hint(kind, found) if found and not (unless and w.says(words, unless)) else None

    return rule


_OF_WORDS: tuple[Rule, ...] = (
    _named("currency", w.CURRENCY),
    _channel,
    _named("campaign", w.CAMPAIGN, unless=w.SPEND | w.EXPOSURE),
)
_RULES: tuple[Rule, ...] = (
    _result,
    _worth,
    _ratio,
    *_OF_WORDS,
    _named("population", w.POPULATION),
    _control,
    _named("event", w.EVENT, unless=w.SPEND | w.EXPOSURE | w.MONEY),
    _named("spend", w.SPEND),
    _named("exposure", w.EXPOSURE),
    _outcome,
)


def _last(name: str, words: tuple[str, ...], letters: bool) -> Hint:
    """What is left: letters at the end, outcomes of one word, keys, channels without a unit."""
    found = _LETTER.search(name.strip()) if letters else None
    if found and found[1].lower() in w.LETTERS:
        return Hint(w.LETTERS[found[1].lower()], f"_{found[1]}")
    if words[0] in w.PLAIN and (len(words) == 1 or (len(words) == 2 and words[0] != "y")):
        return Hint("plain", words[0])
    if _NUMBERED.fullmatch("_".join(words)):
        return Hint("numbered", "_".join(words))
    media = w.says(words, w.MEDIA)
    for kind, vocabulary in (("geo", w.GEO), ("date", w.DATE)):
        word = w.says(words, vocabulary)
        if word and not media:
            return Hint(kind, word)
    if media:
        return Hint("media", media)
    if len(words) == 1 and _CONTROL_NUMBERED.fullmatch(words[0]):
        return Hint("control", words[0])
    return Hint("none")
