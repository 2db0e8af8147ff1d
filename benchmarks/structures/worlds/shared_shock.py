"""A panel whose geos share a shock in each week."""

from __future__ import annotations

from structures.world import Structured, World, panel, world

#: Shares of the mean baseline: the shock is as large as the noise of a geo.
SHOCK = NOISE = 0.05


def made(seed: int, shock: float) -> World:
    """Both fits know the geos."""
    found = panel(seed, noise=NOISE, shared_shock=shock)
    return world(found, {"geo": {"shared_shock": True}}, {"geo": {"shared_shock": False}})


STRUCTURE = Structured(
    name="shared_shock",
    title="a shock per week that all geos share",
    said="geo: {shared_shock: true}",
    has=lambda seed: made(seed, SHOCK),
    lacks=lambda seed: made(seed, 0.0),
    checks=("shared_shock",),
)
