"""What a plan maximises: a number made of the outcome's draws."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float

from mediamix.core.construct import says
from mediamix.core.errors import BudgetError, shown
from mediamix.core.registry import suggestion
from mediamix.decide.problem.bounds import is_number

Kind = Literal["mean", "quantile", "cvar", "mean_sd", "beats_today", "gain"]

KINDS: tuple[str, ...] = get_args(Kind)
#: The level that a kind has when none is given.
LEVELS = {"quantile": 0.05, "cvar": 0.05, "mean_sd": 1.0, "gain": 0.05}


@says(BudgetError)
@dataclass(frozen=True)
class Objective:
    """What is maximised, over the draws of the outcome or, with a margin, of the profit.

    ``profit = margin · value of the outcome - spend``, draw by draw. Kinds:

    - ``mean``: the expectation;
    - ``quantile``: the outcome that is exceeded with probability 1 - level;
    - ``cvar``: the mean of the worst part of the draws, a share of `level` of them;
    - ``mean_sd``: the mean less `level` standard deviations;
    - ``beats_today``: the probability of more than today's spend brings;
    - ``gain``: the mean of the worst part of the draws, a share of `level` of them, of the gain
      against today's split of the same budget. Staying there has 0: a move is made only if it gains
      even where it does worst. The default for curves with draws.

    Args:
        kind: One of these.
        level: Its level; absent: 0.05 for ``quantile``, ``cvar`` and ``gain``, 1 for ``mean_sd``.
        margin: Money earned per unit of revenue, or of the value of a count; absent: the outcome itself
            counts.
        worth: Money per unit of the outcome, which the margin is a part of; curves say it.

    Raises:
        BudgetError: An unknown kind, or a level or margin out of its range.
    """

    kind: Kind = "mean"
    level: float | None = None
    margin: float | None = None
    worth: float = field(default=1.0, kw_only=True, repr=False, compare=False)

    def __post_init__(self) -> None:
        findings = _findings(self)
        if findings:
            raise BudgetError(
                findings[0] if len(findings) == 1 else "the objective can't be used",
                details=findings if len(findings) > 1 else (),
                expected=f"one of {', '.join(KINDS)}, with a level where it takes one: cvar:0.05",
                next_step="correct the objective",
            )
        if self.level is None and self.kind in LEVELS:
            object.__setattr__(self, "level", LEVELS[self.kind])

    @property
    def separable(self) -> bool:
        """Whether it is a sum over channels."""
        return self.kind == "mean"

    @property
    def scale(self) -> float:
        """Worth of a unit of the outcome in what is maximised."""
        return 1.0 if self.margin is None else float(self.margin) * self.worth

    @property
    def cost(self) -> float:
        """Worth that a unit of spend takes away."""
        return 0.0 if self.margin is None else 1.0

    @property
    def label(self) -> str:
        """In words: ``expected profit (margin 0.3)``."""
        what = "outcome" if self.margin is None else f"profit (margin {self.margin:g})"
        level = 0.0 if self.level is None else self.level
        return {
            "mean": f"expected {what}",
            "quantile": f"{level:.0%} quantile of the {what}",
            "cvar": f"mean {what} of the worst {level:.0%} of the draws",
            "mean_sd": f"expected {what} less {level:g} standard deviations",
            "beats_today": f"probability of more {what} than today",
            "gain": f"mean gain of {what} against today's split in the worst {level:.0%} of the draws",
        }[self.kind]

    def value(self, draws: Float[np.ndarray, " draw"], today: Float[np.ndarray, " draw"] | None) -> float:
        """The number that is maximised, from draws of outcome (profit) of a plan and of today's spend.

        For ``gain``, of today's split of the plan's budget.
        """
        level = 0.0 if self.level is None else self.level
        if self.kind == "mean":
            return float(draws.mean())
        if self.kind == "quantile":
            return float(np.quantile(draws, level))
        if self.kind == "cvar":
            return float(np.sort(draws) @ tail(draws.size, level))
        if self.kind == "mean_sd":
            return float(draws.mean() - level * draws.std())
        if today is None:
            raise BudgetError(
                "a comparison with today needs today's spend",
                expected="curves with `current`",
                next_step="give today's spend, or choose another objective",
            )
        if self.kind == "gain":
            return float(np.sort(draws - today) @ tail(draws.size, level))
        # A difference of rounding size is no advantage.
        return float(np.mean(draws - today > 1e-12 * np.abs(today)))

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a problem file; what has its default is left out."""
        raw: dict[str, Any] = {"kind": self.kind}
        if self.level is not None:
            raw["level"] = self.level
        if self.margin is not None:
            raw["margin"] = self.margin
        return raw


def tail(size: int, level: float) -> Float[np.ndarray, " draw"]:
    """Weights of sorted draws whose weighted sum is the mean of the lowest share `level`."""
    weights: np.ndarray = np.clip(level * size - np.arange(size), 0.0, 1.0) / (level * size)
    return weights


def objective_of(given: object, margin: float | None = None) -> Objective:
    """An objective from text (``cvar:0.05``), a mapping (``{kind: cvar, level: 0.05}``) or itself.

    Raises:
        BudgetError: It can't be read.
    """
    if isinstance(given, Objective):
        return given
    if isinstance(given, str):
        kind, colon, level = given.partition(":")
        return Objective(kind.strip(), _number(level) if colon else None, margin)  # type: ignore[arg-type]
    if isinstance(given, Mapping):
        unknown = [str(key) for key in given if key not in ("kind", "level", "margin")]
        if not unknown:
            return Objective(**{"margin": margin, **given})
        raise BudgetError(
            f"the objective has no '{unknown[0]}'",
            expected="kind, level, margin",
            got=", ".join(map(str, given)),
            next_step="correct the objective",
        )
    raise BudgetError(
        f"the objective can't be read: {given!r}",
        expected="cvar:0.05, or {kind: cvar, level: 0.05, margin: 0.3}",
        next_step="correct the objective",
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _findings(objective: Objective) -> list[str]:
    kind, level, margin = objective.kind, objective.level, objective.margin
    found = []
    if kind not in KINDS:
        known = suggestion(str(kind), KINDS) or f"known are {', '.join(KINDS)}"
        return [f"there is no objective '{kind}': {known}"]
    if level is not None and kind not in LEVELS:
        found.append(f"the objective {kind} takes no level, got {shown(level)}")
    elif level is not None and kind == "mean_sd" and not (is_number(level) and 0 <= level < math.inf):
        found.append(f"the level of mean_sd must be a number of 0 or more, got {shown(level)}")
    elif level is not None and kind != "mean_sd" and not (is_number(level) and 0 < level < 1):
        found.append(f"the level of {kind} must be between 0 and 1, got {shown(level)}")
    if margin is not None and not (is_number(margin) and 0 < margin < math.inf):
        found.append(f"the margin must be a number above 0, got {shown(margin)}")
    return found
