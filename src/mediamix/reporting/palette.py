"""One colour per channel, the same in every figure; safe for colour-blind readers.

The hues are Paul Tol's "muted" set (https://sronpersonalpages.nl/~pault/), reordered so that the
first ones differ most. Beyond nine channels they come back darker, then lighter; there the names
beside the marks and the tables carry the meaning.
"""

from __future__ import annotations

from collections.abc import Sequence

HUES = (
    "#332288",
    "#44AA99",
    "#CC6677",
    "#DDAA33",
    "#66B2DD",
    "#117733",
    "#882255",
    "#999933",
    "#AA4499",
)
#: Mixed into the hues, round by round: how much of which colour.
ROUNDS = ((0.0, "#000000"), (0.40, "#000000"), (0.45, "#FFFFFF"), (0.65, "#000000"))

BASELINE = "#D5DAE3"
INK, MUTED, RULE = "#1B2433", "#5B6678", "#E4E8EF"
ACCENT = "#332288"
GOOD, CAUTION, BAD = "#117733", "#8A5A00", "#B3261E"


def channel_colours(names: Sequence[str]) -> dict[str, str]:
    """Name → colour, by position."""
    colours = {}
    for i, name in enumerate(names):
        weight, towards = ROUNDS[i // len(HUES) % len(ROUNDS)]
        colours[name] = mix(HUES[i % len(HUES)], towards, weight)
    return colours


def mix(colour: str, towards: str, weight: float) -> str:
    """``(1 − weight) · colour + weight · towards``, as ``#RRGGBB``."""
    pairs = zip(_channels(colour), _channels(towards), strict=True)
    return "#" + "".join(f"{round((1 - weight) * a + weight * b):02X}" for a, b in pairs)


def faded(colour: str, opacity: float) -> str:
    """The colour with an opacity, as figures take it."""
    red, green, blue = _channels(colour)
    return f"rgba({red},{green},{blue},{opacity:g})"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
