"""Media that build awareness, which sells; who doesn't declare it takes awareness for a control."""

from __future__ import annotations

from funnel.worlds import MEDIATED, SPEC
from funnel.worlds import world as funnel

from structures.world import Structured, World


def made(seed: int, moved: bool) -> World:
    """What a channel does in all ways; the same spec without mediators is the blind one."""
    found = funnel(seed, moved=moved)
    return World(found.dataset, found.total, SPEC)


STRUCTURE = Structured(
    name="mediators",
    title="media that work through awareness",
    said="mediators: {awareness: {driven_by: [A, B]}}",
    has=lambda seed: made(seed, moved=True),
    lacks=lambda seed: made(seed, moved=False),
    checks=("mediator",),
    own=MEDIATED,
)
