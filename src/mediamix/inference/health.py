"""How a sampling ended, in three numbers, and whether it should be done again.

The limits are those of the verdict (`inference.diagnostics`). R-hat of chains that agree exceeds 1 by
about the number of chains over the effective draws: who asks for fewer draws than the default's gets
proportionally wider limits, and is not sampled again for having few.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from mediamix.core.spec import Sampler
from mediamix.inference.diagnostics import (
    DIVERGENCES_FAILED,
    ESS_FAILED,
    ESS_OK,
    RHAT_FAILED,
    RHAT_OK,
    Chains,
    diagnosed,
)

#: Draws, all chains together, that the verdict's limits are made for.
DRAWS_OF_LIMITS = 4000
#: Names that are told, the worst first.
NAMED = 3
#: Where divergences are: from so many on, by means that are further from the others' than so many standard
#: errors. Of a hundred scalars none is by chance in 99 of 100 fits.
PLACED_FROM, PLACED_ERRORS = 5, 4.0


@dataclass(frozen=True)
class Limits:
    """What is sampled again.

    Args:
        rhat: Above it.
        ess: Below it.
    """

    rhat: float
    ess: float

    @classmethod
    def of(cls, settings: Sampler) -> Limits:
        """Of so many draws."""
        part = min(1.0, settings.chains * settings.draws / DRAWS_OF_LIMITS)
        return cls(1.0 + (RHAT_OK - 1.0) / part, ESS_OK * part)


@dataclass(frozen=True)
class Health:
    """How a sampling ended.

    Args:
        divergences: Number after tuning.
        share: Of the draws.
        rhat: Largest R-hat; infinite where no chain moved.
        ess: Smallest effective number of draws, bulk and tail.
        wrong: Scalars beyond the limits, the worst first, at most three.
        apart: Scalars in which the draws that diverged lie far from the others, at most three.
    """

    divergences: int
    share: float
    rhat: float
    ess: float
    wrong: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, columns: Mapping[str, Chains], diverging: Bool[np.ndarray, "chain draw"], limits: Limits
    ) -> Health:
        """From draws of scalars; constants are left out."""
        moving = {name: chains for name, chains in columns.items() if np.ptp(chains) > 0}
        table = diagnosed(moving)
        worst = sorted(table, key=lambda name: -_excess(table[name], limits))
        return cls(
            divergences=int(diverging.sum()),
            share=float(diverging.mean()),
            rhat=max((row[0] for row in table.values()), default=math.inf),
            ess=min((min(row[1:]) for row in table.values()), default=0.0),
            wrong=tuple(name for name in worst if _excess(table[name], limits) > 1.0)[:NAMED],
            apart=_apart(moving, diverging),
        )

    def mixes(self, limits: Limits) -> bool:
        """R-hat and effective draws are within the limits."""
        return self.rhat <= limits.rhat and self.ess >= limits.ess

    def well(self, limits: Limits) -> bool:
        """Nothing to do."""
        return self.divergences == 0 and self.mixes(limits)

    def rank(self, limits: Limits) -> tuple[float, ...]:
        """Of two the better one has the smaller rank: the verdict first, then divergences, then mixing."""
        failed = not (
            self.share <= DIVERGENCES_FAILED
            and self.rhat <= RHAT_FAILED - RHAT_OK + limits.rhat
            and self.ess >= limits.ess * ESS_FAILED / ESS_OK
        )
        return (
            float(failed),
            float(self.divergences),
            max(self.rhat, limits.rhat),
            -min(self.ess, limits.ess),
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON; an infinite R-hat is null."""
        return {**asdict(self), "rhat": self.rhat if math.isfinite(self.rhat) else None}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Health:
        """The way back from `to_dict`."""
        return cls(
            int(stored["divergences"]),
            float(stored["share"]),
            math.inf if stored["rhat"] is None else float(stored["rhat"]),
            float(stored["ess"]),
            tuple(str(name) for name in stored["wrong"]),
            tuple(str(name) for name in stored["apart"]),
        )


def _excess(row: tuple[float, float, float], limits: Limits) -> float:
    """How far beyond the limits, relative to them: above 1 it is."""
    return max((row[0] - 1.0) / (limits.rhat - 1.0), limits.ess / max(min(row[1:]), 1e-9))


def _apart(columns: Mapping[str, Chains], diverging: Bool[np.ndarray, "chain draw"]) -> tuple[str, ...]:
    """Where draws that diverged lie far from the others, by the difference of means in standard errors."""
    count = int(diverging.sum())
    if not PLACED_FROM <= count < diverging.size:
        return ()
    errors = {}
    for name, chains in columns.items():
        gap = chains[diverging].mean() - chains[~diverging].mean()
        errors[name] = float(abs(gap) / chains.std() * math.sqrt(count))
    worst = sorted(errors, key=lambda name: -errors[name])
    return tuple(name for name in worst if errors[name] > PLACED_ERRORS)[:NAMED]
