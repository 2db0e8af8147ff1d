"""How much memory a fit takes, said before it starts; draws are thinned where all don't fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mediamix.core.errors import SpecError
from mediamix.core.machine import available_memory, cores
from mediamix.core.spec import Sampler
from mediamix.inference.density import Density
from mediamix.models.panel import PanelModel
from mediamix.models.problem import Problem

NUMBER = 8
#: Share of the free memory that a fit may plan with; the rest is for what others take meanwhile.
USABLE = 0.9
#: Copies of the dataset's arrays that exist at once: as read, scaled, packed.
DATA_COPIES = 4
#: Arrays of draws × periods that the measures hold at once.
PERIOD_ARRAYS = 8
#: Kept draws below this number, all chains together, are not worth a fit.
LEAST_DRAWS = 400


@dataclass(frozen=True)
class Estimate:
    """Bytes that a fit takes.

    Args:
        fixed: Data, the packed model, scratch memory of the threads, the sampler's own draws.
        per_draw: For every kept draw, all chains counted.
    """

    fixed: int
    per_draw: int

    @classmethod
    def of(cls, problem: Problem, density: Density, sampler: Sampler) -> Estimate:
        """Count the arrays."""
        data, threads = problem.dataset, cores()
        g, t, c = data.series_gtc.shape
        columns = sum(len(block.names) for block in problem.blocks)
        by_geo = sum(len(block.names) for block in problem.blocks if block.by_geo)
        panel = isinstance(problem.model, PanelModel)
        rows = g * t * (2 * c + len(data.control_names) + 2)
        fixed = DATA_COPIES * rows + len(density.numbers) + threads * density.scratch
        fixed += g * t * columns * 2 * panel
        fixed += 2 * sampler.chains * (sampler.draws + sampler.tune) * density.dimension
        shocks = (density.dimension - len(problem.model.priors)) * panel
        # What is there beside the sampler's own: the window's shocks, and their share of the outcome.
        per_draw = g * (c + by_geo) + columns + 2 * density.dimension + PERIOD_ARRAYS * t + 2 * shocks
        return cls(NUMBER * fixed, NUMBER * per_draw)

    def total(self, draws: int) -> int:
        """Bytes with so many kept draws."""
        return self.fixed + draws * self.per_draw


def keep_every(estimate: Estimate, sampler: Sampler, available: int | None = None) -> int:
    """Which draws to keep so that a fit fits: 1 for all, 2 for every second, and so on.

    Args:
        estimate: Of the fit.
        sampler: How many draws are wanted.
        available: Free bytes; None: asked of the machine.

    Raises:
        SpecError: Even a few draws don't fit.
    """
    free = available_memory() if available is None else available
    if free is None:
        return 1
    room, wanted = USABLE * free - estimate.fixed, sampler.chains * sampler.draws
    if room >= wanted * estimate.per_draw:
        return 1
    step = math.ceil(wanted * estimate.per_draw / room) if room > 0 else wanted
    if wanted / step < min(LEAST_DRAWS, wanted):
        least = min(LEAST_DRAWS, wanted)
        raise SpecError(
            "this fit doesn't fit into memory",
            expected=f"about {gib(estimate.total(least))} for {least:,} draws "
            f"({gib(estimate.total(wanted))} for the {wanted:,} of the spec)",
            got=f"{gib(free)} free",
            next_step="fit on a larger machine, leave out 'geo' (geos are then summed), or fit fewer "
            "geos, channels or periods",
        )
    return step


def gib(size: int) -> str:
    """A size for people."""
    return f"{size / 2**30:.1f} GiB"
