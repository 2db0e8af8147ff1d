"""Controls at another level (a price, a promotion): what-ifs that move no money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mediamix.core.construct import says
from mediamix.core.errors import BudgetError
from mediamix.decide.problem.bounds import is_number


@says(BudgetError)
@dataclass(frozen=True)
class Level:
    """A control at another level in all planned periods: exactly one of three.

    Args:
        control: Its name.
        by: Changed by a part of itself: -0.05 is 5 % less.
        plus: Changed by so many of its units.
        to: Constant, at this level.

    Raises:
        BudgetError: None or several are given, or it isn't a number.
    """

    control: str
    by: float | None = None
    plus: float | None = None
    to: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.by, self.plus, self.to) if value is not None]
        if len(given) != 1 or not is_number(given[0]) or not np.isfinite(given[0]):
            raise BudgetError(
                f"the level of {self.control} can't be read",
                expected="one number: by (a part of itself), plus (its units) or to (a constant level)",
                got=f"by {self.by!r}, plus {self.plus!r}, to {self.to!r}",
                next_step="write {control: price, by: -0.05}",
            )


@dataclass(frozen=True, eq=False)
class Lever:
    """What a control does over the planned window, per draw; its effect is linear.

    Args:
        per_unit: Outcome for one unit more in every period.
        now: Outcome that its present levels add, from a level of zero.
    """

    per_unit: Float[np.ndarray, " draw"]
    now: Float[np.ndarray, " draw"]

    def of(self, rows: Int[np.ndarray, " row"]) -> Lever:
        """On some of the draws."""
        return Lever(self.per_unit[rows], self.now[rows])

    def change(self, level: Level) -> Float[np.ndarray, " draw"]:
        """Outcome at another level less that at the present ones."""
        if level.by is not None:
            return np.asarray(level.by * self.now)
        if level.plus is not None:
            return np.asarray(level.plus * self.per_unit)
        return np.asarray((level.to or 0.0) * self.per_unit - self.now)
