"""The kinds of worlds. Those at even places are to choose on, those at odd places to judge on.

The rule was fixed before any of them was fitted. Neighbours are of the same difficulty, not the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from worlds.shapes import CARRY, CONCAVE, CURVES, HILLS, NEVER_DARK, S_SHAPED, SPEND

ANY = tuple(CURVES)
ALL_CARRY, ALL_SPEND = tuple(CARRY), tuple(SPEND)
SHORT = ("geometric", "at once")

#: Regime → centre and spread of log ROI; what is drawn above ten is ten.
RETURNS = {"low": (0.45, 0.6), "middle": (1.3, 0.7), "high": (3.5, 0.5), "wide": (1.2, 1.2)}


@dataclass(frozen=True)
class Kind:
    """A kind of world.

    Args:
        name: In words.
        channels: How many.
        curves: Families, one drawn per channel.
        carry: The same of carry-over.
        spend: The same of patterns of spend.
        returns: Key of `RETURNS`.
        nothing: Probability that a channel brings nothing at all.
        share: Least and most of the outcome that all media bring.
        noise: Least and most standard deviation of the noise, as a part of the mean outcome.
        season: See `shapes.season`.
        trend: See `shapes.trend`.
        controls: How many, all observed.
        together: How much of the swings in spend all channels share.
        periods: How many.
        every: ``week`` or ``day``.
        tails: Degrees of freedom of the noise; 0: normal.
        memory: Autocorrelation of the noise.
        warm: Media ran before the window, and nobody knows how much.
        useless: The first channel has a ROI of 0.02 and 10 to 45 % of all spend.
    """

    name: str
    channels: int = 5
    curves: tuple[str, ...] = ANY
    carry: tuple[str, ...] = ("geometric",)
    spend: tuple[str, ...] = ALL_SPEND
    returns: str = "middle"
    nothing: float = 0.0
    share: tuple[float, float] = (0.1, 0.35)
    noise: tuple[float, float] = (0.01, 0.05)
    season: str = "wave"
    trend: str = "line"
    controls: int = 2
    together: float = 0.0
    periods: int = 156
    every: str = "week"
    tails: int = 0
    memory: float = 0.0
    warm: bool = False
    useless: bool = False


KINDS = (
    Kind("flights, hills", curves=HILLS, spend=("flights", "bursts")),
    Kind("flights, concave", curves=CONCAVE, spend=("flights", "bursts")),
    Kind("never dark, exponential", curves=("exponential",), spend=NEVER_DARK),
    Kind("never dark, hills near 1", curves=("hill near 1", "michaelis"), spend=NEVER_DARK),
    Kind("always on, power", curves=("power", "logarithm"), spend=("always on",), share=(0.2, 0.5)),
    Kind("always on, logistic", curves=("logistic",), spend=("always on", "steps"), share=(0.2, 0.5)),
    Kind("S-shaped, pulses", curves=S_SHAPED, spend=("pulses", "flights")),
    Kind("S-shaped, never dark", curves=S_SHAPED, spend=NEVER_DARK),
    Kind("wide returns, nothing", returns="wide", nothing=0.25, trend="wander"),
    Kind("low returns, nothing", returns="low", nothing=0.25, trend="growth"),
    Kind("high returns", returns="high", share=(0.2, 0.5), season="triangle"),
    Kind("wide returns", returns="wide", share=(0.2, 0.5)),
    Kind("low returns", returns="low", share=(0.05, 0.15), noise=(0.02, 0.04)),
    Kind("small share", share=(0.05, 0.12), noise=(0.02, 0.04), season="triangle"),
    Kind("Weibull carry-over", carry=("weibull",)),
    Kind("peaked carry-over", carry=("peaked", "window"), trend="wander"),
    Kind("window carry-over, two years", carry=("window", "at once"), periods=104),
    Kind("all carry-overs, four years", carry=ALL_CARRY, periods=208, trend="wander"),
    Kind("twelve collinear", channels=12, together=0.6, nothing=0.1, carry=SHORT, spend=("always on",)),
    Kind("twelve collinear, mixed", channels=12, together=0.5, nothing=0.1, share=(0.2, 0.5)),
    Kind("eight, pulses, three years", channels=8, spend=("pulses", "steps"), nothing=0.1),
    Kind("nine, all patterns, four years", channels=9, periods=208, nothing=0.1),
    Kind("three collinear, noisy", channels=3, together=0.6, noise=(0.05, 0.1)),
    Kind("three, noisy, two years", channels=3, periods=104, noise=(0.05, 0.1)),
    Kind("spend with the calendar", spend=("with the calendar", "ramp"), season="wave"),
    Kind("calendar and steps", spend=("with the calendar", "steps"), season="triangle", nothing=0.1),
    Kind("a peak a year", season="peak", spend=("always on", "flights"), trend="growth"),
    Kind("a peak and heavy tails", season="peak", tails=4, spend=("pulses", "flights")),
    Kind("noise with memory", memory=0.4, trend="wander", returns="wide"),
    Kind("noise with memory, warm start", memory=0.4, warm=True, spend=NEVER_DARK),
    Kind("nearly linear", curves=("nearly linear", "power"), spend=("always on", "bursts"), warm=True),
    Kind("thresholds and lines", curves=("threshold", "nearly linear"), spend=("pulses", "bursts")),
    Kind("hill under 1, never dark", curves=("hill under 1",), spend=NEVER_DARK, returns="wide"),
    Kind("power, never dark", curves=("power",), spend=NEVER_DARK, returns="wide"),
    Kind("days, pulses", every="day", periods=540, channels=4, spend=("pulses", "flights"), nothing=0.1),
    Kind("days, never dark", every="day", periods=540, channels=4, spend=NEVER_DARK, nothing=0.1),
)
CHOOSE, JUDGE = KINDS[::2], KINDS[1::2]
