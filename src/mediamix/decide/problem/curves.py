"""`Curves`: what the planner knows of the world, as draws of response curves.

Anybody's curves will do: they are points, piecewise linear between them, and never extended
beyond their last point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float

from mediamix.core.card import Shown
from mediamix.core.construct import says
from mediamix.core.errors import DataError, shown
from mediamix.core.registry import suggestion
from mediamix.decide.problem.bounds import is_number
from mediamix.decide.problem.levels import Lever
from mediamix.decide.problem.origin import Origin
from mediamix.decide.problem.pairs import Pair, pair_findings

Side = Literal["left", "right"]


@says(DataError)
@dataclass(frozen=True, eq=False, repr=False)
class Curves(Shown):
    """Contribution of each channel as a function of its spend, on draws.

    Args:
        spend: Channel -> grid [points] of spend, strictly increasing from 0 or more.
        contribution: Channel -> contribution at the grid, [points] or [draws, points]; all
            channels that have draws have the same number. The mean curve may be any shape.
        current: Today's spend per channel, all channels, within their grids.
        observed: Lowest and highest spend seen in the data, in units of the grid; a plan outside
            of it is an extrapolation.
        baseline: Outcome with all media at zero, one number or [draws]; added to the total.
        currency: Of spend.
        outcome: Name of the outcome.
        unit: Unit of the outcome: the currency, ``revenue`` or nothing for money, else what is counted.
        value_per_unit: Money per unit of an outcome that isn't money, if known.
        origin: Fit, window and verdict that they come from; None: made by hand.
        levers: Control -> what its level does, for what-ifs.
        history: Whether their draws count today's split as evidence that it is a good one.
        notes: What was assumed in making them; plans repeat it.
        idle: Channels that are known and spend nothing today, without a curve: limits that 0 keeps are
            accepted.
        only_prior: Those whose curves are the prior alone, because no trained period shows them.
        fitted: Where the draws count today's split as evidence, the same curves on the fit's own draws:
            levels are read from these (`levels`), choices and odds from the others.
        frequencies: Channel → the frequency that its curve is of, where one was asked for.
        pairs: What channels bring together beyond these contributions, which are then of each by itself.

    Raises:
        DataError: Shapes, order, numbers or names are wrong; all findings at once.
    """

    spend: Mapping[str, np.ndarray]
    contribution: Mapping[str, np.ndarray]
    current: Mapping[str, float] | None = field(default=None, kw_only=True)
    observed: Mapping[str, tuple[float, float]] | None = field(default=None, kw_only=True)
    baseline: np.ndarray | float = field(default=0.0, kw_only=True)
    currency: str = field(default="", kw_only=True)
    outcome: str = field(default="", kw_only=True)
    unit: str = field(default="", kw_only=True)
    value_per_unit: float | None = field(default=None, kw_only=True)
    origin: Origin | None = field(default=None, kw_only=True)
    levers: Mapping[str, Lever] = field(default_factory=dict, kw_only=True)
    history: bool = field(default=False, kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    idle: tuple[str, ...] = field(default=(), kw_only=True)
    only_prior: tuple[str, ...] = field(default=(), kw_only=True)
    fitted: Curves | None = field(default=None, kw_only=True)
    frequencies: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    pairs: tuple[Pair, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        findings: list[str] = []
        grids = _arrays("spend", self.spend, findings)
        values = _arrays("contribution", self.contribution, findings)
        baseline = _array("baseline", self.baseline, findings)
        findings += _shape_findings(self, grids, values, baseline)
        findings += pair_findings(self.pairs, grids)
        known = {name: grid for name, grid in grids.items() if grid is not None}
        current = None if self.current is None else _numbers("current", self.current, findings)
        if current is not None:
            findings += _current_findings(current, known, self.spend)
        observed, bad = _observed(self.observed, self.spend)
        findings += bad
        worth = self.value_per_unit
        if worth is not None and not (is_number(worth) and 0 < worth < math.inf):
            findings.append(f"value_per_unit must be a number above 0, got {shown(worth)}")
        if findings:
            raise DataError(
                "the response curves can't be used" if len(findings) > 1 else findings[0],
                details=findings if len(findings) > 1 else (),
                expected="per channel a grid [points] and values [points] or [draws, points]",
                next_step="mend what is listed and build the curves again",
            )
        checked = {
            "spend": grids,
            "contribution": {name: values[name] for name in grids},
            "baseline": baseline if baseline is not None and baseline.ndim else float(str(baseline)),
            "current": None if current is None else {name: current[name] for name in grids},
            "observed": observed,
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def worth(self) -> float | None:
        """Money per unit of the outcome: 1 where it is money, or of no known unit; None for other counts."""
        if self.value_per_unit is not None:
            return float(self.value_per_unit)
        return 1.0 if self.unit in ("", "revenue", self.currency) else None

    @property
    def is_count(self) -> bool:
        """Whether the outcome is counted, not money."""
        return self.value_per_unit is not None or self.worth is None

    @property
    def channels(self) -> tuple[str, ...]:
        """Names, in the order given."""
        return tuple(self.spend)

    @property
    def levels(self) -> Curves:
        """What contributions, returns and outcomes are read from, so that they are those of the fit."""
        return self if self.fitted is None else self.fitted

    @property
    def n_draws(self) -> int:
        """Number of draws; 1 for curves that are certain."""
        single = _n_draws([*self.contribution.values()], np.asarray(self.baseline))
        return max([single, *(pair.n_draws for pair in self.pairs)])

    @property
    def baseline_mean(self) -> float:
        """Mean of the baseline over the draws."""
        return float(np.mean(self.baseline))

    @cached_property
    def mean(self) -> Mapping[str, Float[np.ndarray, " point"]]:
        """Mean curve per channel: the expected contribution at the grid."""
        return {name: v if v.ndim == 1 else v.mean(axis=0) for name, v in self.contribution.items()}

    def weighted(
        self, weights: Float[np.ndarray, " draw"], within: Mapping[str, slice] | None = None
    ) -> Mapping[str, Float[np.ndarray, " point"]]:
        """Curves of a weighted sum over the draws; at points that are not `within`, if that is given, 0."""
        mixed = {}
        for name, v in self.contribution.items():
            part = slice(None) if within is None else within[name]
            mixed[name] = np.zeros(v.shape[-1])
            mixed[name][part] = weights.sum() * v[part] if v.ndim == 1 else weights @ v[:, part]
        return mixed

    def cell(self, channel: str, spend: float, side: Side = "right") -> int:
        """Index of the grid's piece that starts (or, on the left, ends) at `spend` or holds it."""
        return self._cell(channel, spend, side)[0]

    def contribution_at(self, channel: str, spend: float) -> Float[np.ndarray, " draw"]:
        """Draws of the contribution of `channel` at `spend` ([1] for a certain curve)."""
        cell, weight = self._cell(channel, spend)
        values = np.atleast_2d(self.contribution[channel])
        at: np.ndarray = (1.0 - weight) * values[:, cell] + weight * values[:, cell + 1]
        return at

    def slope_at(self, channel: str, spend: float, side: Side = "right") -> Float[np.ndarray, " draw"]:
        """Draws of the contribution of the next (or, on the left, the last) unit of spend.

        At the grid's ends both are the slope of the piece that is there.
        """
        cell, _ = self._cell(channel, spend, side)
        values = np.atleast_2d(self.contribution[channel])
        grid = self.spend[channel]
        slope: np.ndarray = (values[:, cell + 1] - values[:, cell]) / (grid[cell + 1] - grid[cell])
        return slope

    def outcome_at(self, allocation: Mapping[str, float]) -> Float[np.ndarray, " draw"]:
        """Draws of the outcome, baseline included, when `allocation` is spent."""
        total = np.zeros(self.n_draws) + self.baseline
        for channel in self.channels:
            total += self.contribution_at(channel, allocation[channel])
        for pair in self.pairs:
            total += pair.at(allocation)
        return total

    def _cell(self, channel: str, spend: float, side: Side = "right") -> tuple[int, float]:
        """Index of the grid's piece that starts (ends) at `spend` or holds it, and the place in it."""
        grid = self.spend[channel]
        # Rounding may leave a spend one ulp beside the grid point that is meant.
        nudge = 1e-12 * grid[-1] * (1 if side == "right" else -1)
        cell = min(max(int(grid.searchsorted(spend + nudge, side="right")) - 1, 0), len(grid) - 2)
        weight = float((spend - grid[cell]) / (grid[cell + 1] - grid[cell]))
        return cell, min(max(weight, 0.0), 1.0)


def _array(name: str, value: object, findings: list[str]) -> np.ndarray | None:
    """A read-only float copy, or None and a finding; draws at one spend are neighbours in memory."""
    try:
        array = np.array(value, dtype=np.float64, order="F")
    except (TypeError, ValueError):
        findings.append(f"{name} is not numbers (got {type(value).__name__})")
        return None
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0].tolist()
        count = int((~np.isfinite(array)).sum())
        place = f"at index {where}" if where else "as the only value"
        findings.append(f"{name} holds {count} missing or infinite values (first {place})")
        return None
    array.flags.writeable = False
    return array


def _arrays(what: str, mapping: Mapping[str, object], findings: list[str]) -> dict[str, np.ndarray | None]:
    return {str(name): _array(f"{name}: {what}", value, findings) for name, value in mapping.items()}


def _n_draws(values: list[np.ndarray], baseline: np.ndarray) -> int:
    sizes: list[int] = [v.shape[0] for v in values if v.ndim == 2]
    return max([*sizes, baseline.size if baseline.ndim else 1])


def _shape_findings(
    curves: Curves,
    grids: Mapping[str, np.ndarray | None],
    values: Mapping[str, np.ndarray | None],
    baseline: np.ndarray | None,
) -> list[str]:
    """What is wrong with names, lengths and order."""
    found = [] if grids or values else ["there are no channels"]
    found += [f"{name}: there is a grid but no contribution" for name in grids if name not in values]
    found += [f"{name}: there is a contribution but no grid" for name in values if name not in grids]
    draws: dict[str, int] = {}
    for name, grid in grids.items():
        value = values.get(name)
        if grid is not None:
            found += _grid_findings(name, grid)
        if value is None:
            continue
        if value.ndim not in (1, 2) or value.size == 0:
            found.append(f"{name}: contribution must be [points] or [draws, points], got {value.shape}")
            continue
        if value.ndim == 2:
            draws[name] = value.shape[0]
        if grid is not None and grid.ndim == 1 and value.shape[-1] != grid.size:
            found.append(f"{name}: the grid has {grid.size} points, the contribution {value.shape[-1]}")
    if baseline is not None and baseline.ndim > 1:
        found.append(f"baseline must be one number or [draws], got the shape {baseline.shape}")
    elif baseline is not None and baseline.ndim == 1:
        draws["the baseline"] = baseline.size
    draws |= {f"{p.one} × {p.other}": p.n_draws for p in curves.pairs if np.ndim(p.contribution) == 3}
    if len(set(draws.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in draws.items())
        found.append(f"the numbers of draws differ: {listed}")
    return found


def _grid_findings(name: str, grid: np.ndarray) -> list[str]:
    if grid.ndim != 1 or grid.size < 2:
        return [f"{name}: the grid needs two points at least in one dimension, got {grid.shape}"]
    found = []
    if grid[0] < 0:
        found.append(f"{name}: the grid starts at {grid[0]:,g}; spend can't be negative")
    falls = np.flatnonzero(np.diff(grid) <= 0)
    if falls.size:
        at = falls[0]
        found.append(
            f"{name}: the grid must increase strictly, but {grid[at]:,g} is followed by {grid[at + 1]:,g}"
        )
    return found


def _numbers(what: str, mapping: Mapping[str, object], findings: list[str]) -> dict[str, float]:
    """Finite numbers per channel; the others become findings."""
    arrays = {str(name): _array(f"{what} of {name}", value, findings) for name, value in mapping.items()}
    return {name: float(a) if a is not None and a.ndim == 0 else float("nan") for name, a in arrays.items()}


def _current_findings(
    current: Mapping[str, float], grids: Mapping[str, np.ndarray], known: Mapping[str, object]
) -> list[str]:
    found = [
        f"current names '{n}', which has no curve {suggestion(n, known)}".rstrip()
        for n in current
        if n not in known
    ]
    found += [f"current has no spend for {name}" for name in known if name not in current]
    for name, grid in grids.items():
        spend = current.get(name, float("nan"))
        if grid.size and not np.isnan(spend) and not grid.min() <= spend <= grid.max():
            found.append(
                f"{name}: today's spend {spend:,g} is outside of its curve "
                f"({grid.min():,g} to {grid.max():,g})"
            )
    return found


def _observed(
    observed: Mapping[str, tuple[float, float]] | None, known: Mapping[str, object]
) -> tuple[dict[str, tuple[float, float]] | None, list[str]]:
    """The observed ranges as pairs of floats, and what is wrong with them."""
    if observed is None:
        return None, []
    pairs: dict[str, tuple[float, float]] = {}
    found = []
    for name, value in observed.items():
        if name not in known:
            found.append(f"observed names '{name}', which has no curve {suggestion(name, known)}".rstrip())
        try:
            low, high = (float(part) for part in value)
        except (TypeError, ValueError):
            found.append(f"{name}: observed must be (lowest, highest), got {value!r}")
            continue
        if not 0 <= low <= high < float("inf"):
            found.append(f"{name}: observed must be 0 <= lowest <= highest, got ({low:g}, {high:g})")
        pairs[name] = (low, high)
    return pairs, found
