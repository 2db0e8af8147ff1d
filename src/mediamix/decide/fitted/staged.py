"""The media that a plan scales: a window's own, exposure that is given a cost, and channels that restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Window
from mediamix.data.dataset import Dataset
from mediamix.data.periods import DAY, TimeAxis
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.limits import named
from mediamix.decide.problem.problem import problem_error
from mediamix.decide.problem.wording import amount
from mediamix.models.base import Fit

T = TypeVar("T")


@dataclass(frozen=True)
class Cell:
    """What may get a curve of its own: a channel, in all geos or in one.

    Args:
        name: Of the curve.
        channel: Position.
        geo: Position; None: all geos.
    """

    name: str
    channel: int
    geo: int | None

    @property
    def place(self) -> tuple[slice, slice, int]:
        """Where it is in arrays of geo × time × channel."""
        return (slice(None) if self.geo is None else slice(self.geo, self.geo + 1), slice(None), self.channel)


def cells_of(data: Dataset, of_geos: bool) -> list[Cell]:
    """All channels, or channels and geos (``tv/north``), in the order of the data."""
    names = enumerate(data.channel_names)
    if not of_geos:
        return [Cell(name, c, None) for c, name in names]
    return [Cell(f"{name}/{geo}", c, g) for (c, name), (g, geo) in product(names, enumerate(data.geos))]


@dataclass(frozen=True, eq=False)
class Staged:
    """Spend and exposure as a plan scales them.

    Args:
        spend_gtc: Those of the data; in the window those that a multiple of 1 means.
        exposure_gtc: Alike.
        frequency_gtc: Alike, of data that have frequencies.
        restarted: Cells that spend nothing in the window today.
        notes: What was assumed, in words.
        frequencies: Cell → how often people see it in the window, where that was asked for.
    """

    spend_gtc: Float[np.ndarray, "geo time channel"]
    exposure_gtc: Float[np.ndarray, "geo time channel"]
    frequency_gtc: Float[np.ndarray, "geo time channel"] | None = None
    restarted: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    frequencies: Mapping[str, float] = field(default_factory=dict)

    def of(self, fit: Fit) -> Fit:
        """A fit whose data hold these media."""
        data = fit.dataset
        if self.spend_gtc is data.spend_gtc and self.exposure_gtc is data.exposure_gtc:
            return fit
        media = replace(data, spend_gtc=self.spend_gtc, exposure_gtc=self.exposure_gtc)
        return replace(fit, dataset=replace(media, frequency_gtc=self.frequency_gtc))


def staged(
    data: Dataset, cells: Sequence[Cell], window: Window, bounds: Mapping[str, tuple[float, float] | Bound]
) -> Staged:
    """The media of a window, with what bounds say of costs and restarts.

    A cost per unit gives periods with exposure and without spend the spend ``exposure × cost``. A restart
    puts the periods of its reference into the window, in order, from the window's first on, repeated as
    often as it takes. A ``*`` means cells that aren't on by themselves.

    Raises:
        BudgetError: A cost or a restart that can't be; all findings at once.
    """
    given = {name: bound for name, bound in bounds.items() if isinstance(bound, Bound)}
    costs = {name: bound.cost_per_unit for name, bound in given.items() if bound.cost_per_unit is not None}
    restarts = {name: bound.restart for name, bound in given.items() if bound.restart is not None}
    if not costs and not restarts:
        return Staged(data.spend_gtc, data.exposure_gtc, data.frequency_gtc)
    often_gtc = None if data.frequency_gtc is None else data.frequency_gtc.copy()
    stage = _Stage(data, window, data.spend_gtc.copy(), data.exposure_gtc.copy(), often_gtc)
    notes, restarted, findings = [], [], []
    bought: dict[str, list[Cell]] = {}
    # Costs first: what is on for nothing may be what restarts.
    for pattern, cost in costs.items():
        done, bad = _each(pattern, stage.price, cost, stage, _meant(pattern, costs, cells))
        findings += bad
        bought[pattern] = done
        price = f"{cost:,g} {data.currency}".strip()
        notes += [f"{pattern}: planned at {price} per unit of exposure, today's included"] if done else []
    for pattern, days in restarts.items():
        done, bad = _each(pattern, stage.restart, days, stage, _meant(pattern, restarts, cells))
        findings += bad
        restarted += [cell.name for cell in done]
        notes += [stage.restart_note(pattern, days, done)] if done else []
    findings += [
        f"{name} has a cost per unit, but no exposure in the planned window; restart says as in which weeks"
        for name, done in bought.items()
        if done and not any(map(stage.is_on, done))
    ]
    if findings:
        raise problem_error(findings, "correct these, or leave them out")
    return Staged(stage.spend_gtc, stage.exposure_gtc, often_gtc, frozenset(restarted), tuple(notes))


def _meant(pattern: str, given: Mapping[str, object], cells: Sequence[Cell]) -> list[Cell]:
    """The cells of a name or a pattern; a name goes before a pattern."""
    names = named(pattern, [cell.name for cell in cells])
    return [cell for cell in cells if cell.name in names and (cell.name == pattern or cell.name not in given)]


def _each(
    pattern: str, change: Callable[[Cell, T], str], value: T, stage: _Stage, cells: Sequence[Cell]
) -> tuple[list[Cell], list[str]]:
    """The cells that were changed, and what is wrong where a name, or all of a pattern, can't be."""
    idle = [cell for cell in cells if not stage.is_on(cell)]
    meant = idle if "*" in pattern else cells
    said = [(cell, change(cell, value)) for cell in meant]
    done = [cell for cell, wrong in said if not wrong]
    return done, [] if done else [wrong for _, wrong in said]


@dataclass(frozen=True, eq=False)
class _Stage:
    """Media that are being changed; a step that can't be is said in words, and changes nothing."""

    data: Dataset
    window: Window
    spend_gtc: Float[np.ndarray, "geo time channel"]
    exposure_gtc: Float[np.ndarray, "geo time channel"]
    frequency_gtc: Float[np.ndarray, "geo time channel"] | None

    def is_on(self, cell: Cell) -> bool:
        """Whether it has spend in the window."""
        return bool(self.spend_gtc[cell.place][:, self.window.slice].sum() > 0)

    def price(self, cell: Cell, cost: float) -> str:
        """Give exposure without spend a cost."""
        spend_gt, exposure_gt = self.spend_gtc[cell.place], self.exposure_gtc[cell.place]
        if self.is_on(cell):
            return f"{cell.name} has a cost per unit, but spend in the planned window as well"
        if not (exposure_gt > 0).any():
            return f"{cell.name} has a cost per unit, but no exposure in the data"
        self.spend_gtc[cell.place] = np.where(spend_gt > 0, spend_gt, exposure_gt * cost)
        return ""

    def restart(self, cell: Cell, days: tuple[str, str]) -> str:
        """Put the periods of a reference into the window."""
        spend_gt, exposure_gt = self.spend_gtc[cell.place], self.exposure_gtc[cell.place]
        inside = self.window.slice
        when = f"{cell.name} has a restart as from {days[0]} to {days[1]}"
        if self.is_on(cell):
            return f"{when}, but spend in the planned window: it is on"
        if exposure_gt[:, inside].sum() > 0:
            return f"{when}, but exposure without spend in the planned window: give a cost_per_unit instead"
        axis = TimeAxis(self.data.dates, self.data.every)
        start, stop = axis.place(np.array(days, dtype="datetime64[D]"))
        if start < 0 or stop < 0:
            return f"{when}, but the data go from {axis.starts[0]} to {axis.ends[-1] - DAY}"
        length = self.window.stop - self.window.start
        source = start + np.arange(length) % (stop - start + 1)
        if not spend_gt[:, source].sum() > 0:
            taken = f" in the first {length} periods" if stop - start >= length else ""
            return f"{when}, but no spend then{taken}"
        for array_gtc in (self.spend_gtc, self.exposure_gtc, self.frequency_gtc):
            if array_gtc is not None:
                array_gt = array_gtc[cell.place]
                array_gt[:, inside] = array_gt[:, source]
        return ""

    def restart_note(self, pattern: str, days: tuple[str, str], cells: Sequence[Cell]) -> str:
        """What a restart takes for granted."""
        spent = sum(float(self.spend_gtc[cell.place][:, self.window.slice].sum()) for cell in cells)
        return (
            f"{pattern}: off in the planned window, planned as it was from {days[0]} to {days[1]} "
            f"({amount(spent, self.data.currency)} over a window of this length); that it works as it did "
            "then is an extrapolation"
        )
