"""No channel carries anything over."""

from __future__ import annotations

from dataclasses import replace

from structures.world import Structured, World, weekly, world


def has(seed: int) -> World:
    """The channels of the weekly market, each of whose effects ends with its week."""
    plain = tuple(replace(one, half_life=0.0) for one in weekly(seed).truth.channels)
    part = {"adstock": {"kind": "none"}}
    return world(weekly(seed, channels=plain), {"channels": {one.name: part for one in plain}})


STRUCTURE = Structured(
    name="adstock_none",
    title="adstock `none`: what a week causes ends with it",
    said="channels: {NAME: {adstock: {kind: none}}}",
    has=has,
    lacks=lambda seed: world(weekly(seed)),
    checks=("delayed_adstock", "autocorrelation"),
)
