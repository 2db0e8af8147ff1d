"""One colour per channel, the same in every figure; safe for colour-blind readers, on white and on black.

Nine hues, in the order of the channels. They were searched for: every pair stays apart for readers without
red, green or blue cones (Machado, Oliveira & Fernandes 2009), and each stands out from its page by 3:1 or
more (WCAG 2.2, 1.4.11), on the light page and, as its partner, on the dark one. Beyond nine channels they
come back darker, greyer, darker still; there the names beside the marks and the tables carry the meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

HUES = (
    "#260881", "#AB5722", "#2094F0", "#328373", "#A69009", "#7342C5", "#7E3465", "#501627", "#434A0B",
)  # fmt: skip
DARK_HUES = (
    "#B49CF9", "#F6A457", "#BAE6FF", "#42D3AC", "#FFE12A", "#6B66EF", "#E355A7", "#A15A5F", "#8B8F10",
)  # fmt: skip
#: Mixed into the hues, round by round: how much of which colour, on the light and on the dark page.
ROUNDS = ((0.0, "#000000"), (0.38, "#000000"), (0.42, "#757C8A"), (0.68, "#000000"))
DARK_ROUNDS = ((0.0, "#FFFFFF"), (0.45, "#FFFFFF"), (0.42, "#9AA3B2"), (0.75, "#FFFFFF"))

PAPER, PAGE = "#FFFFFF", "#F6F7FA"
INK, MUTED, RULE = "#1B2433", "#5B6678", "#E4E8EF"
BASELINE, HELD_OUT = "#CBD2DD", "#F4E6C8"
ACCENT = "#3A2A9B"
GOOD, CAUTION, BAD = "#117733", "#8A5A00", "#B3261E"

#: What a colour of the light page is on the dark one.
_PARTNERS = {
    PAPER: "#171C27",
    PAGE: "#0E121A",
    INK: "#E9EDF4",
    MUTED: "#A3AEC0",
    RULE: "#2E3647",
    BASELINE: "#475165",
    HELD_OUT: "#3D3420",
    ACCENT: "#A99CF5",
    GOOD: "#5CC98A",
    CAUTION: "#E0A94A",
    BAD: "#FF8A80",
}


def channel_colours(names: Sequence[str]) -> dict[str, str]:
    """Name → colour on the light page, by position."""
    return {name: _turn(i, HUES, ROUNDS) for i, name in enumerate(names)}


def dark(colour: str) -> str:
    """The partner of one of our colours on the dark page; another colour is its own."""
    return _partners().get(colour, colour)


def in_dark(spec: Any) -> Any:
    """A figure as it is on the dark page: every colour of ours in it is its partner."""
    if isinstance(spec, dict):
        return {key: in_dark(value) for key, value in spec.items()}
    if isinstance(spec, list | tuple):
        return [in_dark(value) for value in spec]
    return dark(spec) if isinstance(spec, str) else spec


def mix(colour: str, towards: str, weight: float) -> str:
    """``(1 − weight) · colour + weight · towards``, as ``#RRGGBB``."""
    pairs = zip(_channels(colour), _channels(towards), strict=True)
    return "#" + "".join(f"{round((1 - weight) * a + weight * b):02X}" for a, b in pairs)


def _turn(i: int, hues: Sequence[str], rounds: Sequence[tuple[float, str]]) -> str:
    weight, towards = rounds[i // len(hues) % len(rounds)]
    return mix(hues[i % len(hues)], towards, weight)


@cache
def _partners() -> dict[str, str]:
    turns = range(len(HUES) * len(ROUNDS))
    return {_turn(i, HUES, ROUNDS): _turn(i, DARK_HUES, DARK_ROUNDS) for i in turns} | _PARTNERS


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
