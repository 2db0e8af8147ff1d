"""`Structure`: what a market may have beyond level, trend, season and one curve per channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mediamix.simulate.parts import (
    ADSTOCKS,
    ORDERS,
    SATURATIONS,
    AdstockKind,
    OrderKind,
    SaturationKind,
)
from mediamix.simulate.ranges import Range, is_number, wrong_numbers

#: Share of a pair's own effects that their synergy may take the place of.
_MOST_SYNERGY = 0.8
_AMOUNTS: dict[str, Range] = {
    "noise_ar1": (-0.95, 0.95),
    "effect_drift": (0, 2),
    "drift_weeks": (4, 520),
    "effect_demand": (-1.5, 1.5),
}
_DAYS: dict[str, Range] = {"event_lead": (0, 60), "event_lag": (0, 60)}


@dataclass(frozen=True)
class Structure:
    """Structures of a made-up market, each off by default.

    A structure that is turned on leaves all else as it was: spend, controls, season, and each channel's
    contribution over the window, but where it is said.

    Args:
        adstock: Of all built-in channels, around their half-lives; absent: geometric.
        saturation: The same of saturation; absent: Hill.
        order: The same of the order of both; absent: ``adstock_first``.
        noise_ar1: Correlation ρ of the noise with that of the period before; its standard deviation
            stays the scenario's.
        noise_df: Degrees of freedom of Student noise, whose scale is the scenario's `noise`; absent: normal.
        effect_drift: Standard deviation of the logarithm of a slow factor on each channel's effect: a
            Gaussian process of its own per channel, of mean one over the window.
        drift_weeks: Length scale of that process.
        effect_demand: κ of a factor exp(κ s_t) on all channels' effects, s the season of mean 0 and
            standard deviation 1; of mean one over the window.
        synergy: Pairs that work better together, and how much: this share of what both cause is the term
            h_c h_d, which the truth gives half to each. Contributions over the window stay as they were.
        reach_frequency: Channels bought as reach and frequency: contributions follow
            adstock(reach · saturation(frequency)), spend reach · frequency.
        event_lead: Days before an event in which its effect builds up in a straight line.
        event_lag: Days after it in which it fades.
    """

    adstock: AdstockKind | None = None
    saturation: SaturationKind | None = None
    order: OrderKind | None = None
    noise_ar1: float = 0.0
    noise_df: float | None = None
    effect_drift: float = 0.0
    drift_weeks: float = 26.0
    effect_demand: float = 0.0
    synergy: tuple[tuple[str, str, float], ...] = ()
    reach_frequency: tuple[str, ...] = ()
    event_lead: int = 0
    event_lag: int = 0


def wrong_structure(structure: Structure, knobs: Mapping[str, Any]) -> Iterator[str]:
    """One line per wrong knob, beginning with its name; `knobs` are the scenario's."""
    yield from wrong_numbers(vars(structure), _AMOUNTS, "structure.")
    yield from wrong_numbers(vars(structure), _DAYS, "structure.", whole=True)
    words = {"adstock": ADSTOCKS, "saturation": SATURATIONS, "order": ORDERS}
    for knob, known in words.items():
        value = getattr(structure, knob)
        if value is not None and value not in known:
            yield f"structure.{knob}: must be one of {', '.join(known)}, got {value!r}"
        elif value is not None and isinstance(knobs["channels"], tuple | list):
            yield f"structure.{knob}: is for built-in channels; state it in each ChannelTruth"
    df = structure.noise_df
    if df is not None and not (is_number(df) and 1 <= df <= 1000):
        yield f"structure.noise_df: must be a number from 1 to 1000 or None, got {df!r}"
    if df is not None and structure.noise_ar1:
        yield "structure.noise_df: not together with noise_ar1"
    yield from _wrong_synergy(structure.synergy)
    if not isinstance(structure.reach_frequency, tuple):
        yield f"structure.reach_frequency: must be a tuple of names, got {structure.reach_frequency!r}"


def _wrong_synergy(pairs: object) -> Iterator[str]:
    if not isinstance(pairs, tuple):
        yield f"structure.synergy: must be a tuple of (channel, channel, size), got {pairs!r}"
        return
    seen = set()
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 3 or not is_number(pair[2]):
            yield f"structure.synergy: must be (channel, channel, size), got {pair!r}"
            continue
        first, second, size = pair
        both = frozenset((first, second))
        if first == second:
            yield f"structure.synergy: a channel has none with itself, got {pair!r}"
        elif both in seen:
            yield f"structure.synergy: a pair is given once, got {pair!r} again"
        if not 0 <= size <= _MOST_SYNERGY:
            yield f"structure.synergy: a size must be from 0 to {_MOST_SYNERGY}, got {pair!r}"
        seen.add(both)
