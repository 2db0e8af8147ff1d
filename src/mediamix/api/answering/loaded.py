"""Fits in memory, with the curves that questions are planned on; the ones used last stay."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import RLock
from typing import Any

from mediamix.core.types import Window
from mediamix.data.dataset import Dataset
from mediamix.decide.fitted.curves import curves_of, reach_needed, reached
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.idle import settled
from mediamix.decide.problem.problem import Budget
from mediamix.models.base import Fit
from mediamix.pipeline import load

#: Fits that stay in memory, and bytes of curves of each.
FITS, BYTES = 3, 512 << 20
#: Futures of each that stay.
FUTURES = 64


class Loaded:
    """A fit in memory. A run never changes, so what is made of it is made once.

    Args:
        folder: Of the fit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fit: Fit = load(folder)
        self._curves: OrderedDict[tuple[Any, ...], Curves] = OrderedDict()
        self.futures: OrderedDict[Any, Dataset] = OrderedDict()

    def curves(
        self, budget: Budget, *, window: Window | None = None, by: str | None = None, history: bool = True
    ) -> Curves:
        """The curves that `curves_of` makes for a budget, exactly; alike for budgets that reach equally far.

        Raises:
            BudgetError: As of `curves_of`.
        """
        if any(_buys(bound) for bound in budget.bounds.values()):  # what money buys is another curve
            return curves_of(self.fit, budget, window=window, by=by, history=history)
        where = (None if window is None else (window.start, window.stop), by, history)
        usual = self._made(where, reached(0.0), Budget(), window, by, history)
        current = usual.current or {}
        settled(list(current), usual.idle, budget, usual.currency)
        needed = reached(reach_needed(current, current, budget))
        return self._made(where, needed, budget, window, by, history)

    def _made(
        self,
        where: tuple[Any, ...],
        reach: float,
        budget: Budget,
        window: Window | None,
        by: str | None,
        history: bool,
    ) -> Curves:
        key = (*where, reach)
        if key not in self._curves:
            made = curves_of(self.fit, budget, window=window, by=by, history=history)
            _ = made.mean  # every question needs it
            self._curves[key] = made
            while len(self._curves) > 1 and sum(map(_size, self._curves.values())) > BYTES:
                self._curves.popitem(last=False)
        self._curves.move_to_end(key)
        return self._curves[key]

    def future(self, key: Any, make: Any) -> Dataset:
        """A future that is repeated from the year before: made once."""
        if key not in self.futures:
            self.futures[key] = make()
            while len(self.futures) > FUTURES:
                self.futures.popitem(last=False)
        self.futures.move_to_end(key)
        return self.futures[key]


def _buys(bound: object) -> bool:
    return isinstance(bound, Bound) and not (
        bound.cost_per_unit is None and bound.restart is None and bound.frequency is None
    )


def _size(curves: Curves) -> int:
    own = sum(values.nbytes for values in curves.contribution.values())
    return own + (0 if curves.fitted is None else _size(curves.fitted))


_KEPT: OrderedDict[str, Loaded] = OrderedDict()
_LOCK = RLock()


def loaded(folder: Path) -> Loaded:
    """A fit by its folder.

    Raises:
        FolderError: It isn't one, or is corrupted.
    """
    with _LOCK:
        key = str(folder)
        if key not in _KEPT:
            _KEPT[key] = Loaded(folder)
            while len(_KEPT) > FITS:
                _KEPT.popitem(last=False)
        _KEPT.move_to_end(key)
        return _KEPT[key]
