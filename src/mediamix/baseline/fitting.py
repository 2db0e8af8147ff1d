"""Lines of the table: one of all brands together, and one of each brand by itself.

Fitted to the days up to a split, judged on those after it. Intervals are 90 %, of a bootstrap that draws
whole brands where all are together, and blocks of four weeks within a brand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from mediamix.baseline.line import FittedLine
from mediamix.baseline.table import CALENDAR, SPEND, Table
from mediamix.core import seeds
from mediamix.core.errors import DataError
from mediamix.core.spec.linear import Estimator
from mediamix.models.linear.solving import Penalty
from mediamix.models.linear.sums import Sums, penalised_ahead

#: Days of a block within a brand; the least days that a brand's line is fitted to.
BLOCK, LEAST = 28, 60
DRAWS, FOLDS = 500, 6
#: Half-life in days of the carry-over that is tried beside the spend itself.
HALF_LIFE = 7.0


@dataclass(frozen=True)
class Scores:
    """How well a line does on some days.

    Args:
        days: Number.
        r2: Part of the variance that is explained; NaN of a revenue that doesn't move.
        rmse: Root of the mean squared error, revenue a day.
        mean: Revenue a day, to compare it with.
    """

    days: int
    r2: float
    rmse: float
    mean: float

    @classmethod
    def of(cls, y_n: Float[np.ndarray, " row"], predicted_n: Float[np.ndarray, " row"]) -> Scores | None:
        """None of no days."""
        if not len(y_n):
            return None
        square, spread = float(((y_n - predicted_n) ** 2).mean()), float(y_n.var())
        return cls(len(y_n), 1.0 - square / spread if spread > 0 else np.nan, square**0.5, float(y_n.mean()))

    def to_dict(self) -> dict[str, float]:
        """For JSON."""
        return {"days": self.days, "r2": self.r2, "rmse": self.rmse, "mean": self.mean}


@dataclass(frozen=True)
class Fitted:
    """A line with what is known of it.

    Args:
        name: Brand; ``pooled``.
        line: The line.
        penalty: Of its estimator.
        trained: On the days that it was fitted to.
        tested: On those after the split; None: there are none.
        vif: Feature → how many times wider its interval's square is because it moves with the others.
        lasting: Correlation of neighbouring days' residuals.
        carried_r2: R² on the trained days with spend carried over, half-life a week.
        still: Features that don't move here.
    """

    name: str
    line: FittedLine
    penalty: Penalty
    trained: Scores
    tested: Scores | None
    vif: Mapping[str, float]
    lasting: float
    carried_r2: float
    still: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "unit": self.line.unit,
            "intercept": self.line.intercept,
            "coefficients": self.line.coefficients(),
            "penalty": self.penalty.alpha,
            "trained": self.trained.to_dict(),
            "tested": None if self.tested is None else self.tested.to_dict(),
            "vif": dict(self.vif),
            "residual_correlation": self.lasting,
            "r2_with_carry_over": self.carried_r2,
            "still": list(self.still),
        }


@dataclass(frozen=True)
class Failed:
    """A brand without a line, and why."""

    name: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"name": self.name, "reason": self.reason}


def pooled(table: Table, until: date, estimator: Estimator = "ols", seed: int = 1) -> Fitted:
    """One line of all brands.

    Raises:
        DataError: Too few days before the split, or a revenue that never moves.
    """
    trained_n = table.day_n <= np.datetime64(until)
    made = _fitted("pooled", table, np.arange(len(table.y_n)), trained_n, estimator, seed)
    if isinstance(made, Failed):
        raise DataError(
            f"no line of all brands: {made.reason}",
            expected=f"at least {LEAST} days up to {until} and a revenue that moves",
            next_step="give another --until, or more days",
        )
    return made


def by_brand(table: Table, until: date, estimator: Estimator = "ols", seed: int = 1) -> list[Fitted | Failed]:
    """A line per brand; one that can't be fitted is a row with its reason."""
    trained_n = table.day_n <= np.datetime64(until)
    found = []
    for b, name in enumerate(table.brands):
        part = table.rows(b)
        at_n = np.arange(part.start, part.stop)
        found.append(_fitted(name, table, at_n, trained_n[part], estimator, seed, b))
    return found


def _fitted(
    name: str,
    table: Table,
    at_n: Int[np.ndarray, " row"],
    trained_n: Bool[np.ndarray, " row"],
    estimator: Estimator,
    seed: int,
    brand: int | None = None,
) -> Fitted | Failed:
    x_nk, y_n = table.x_nk[at_n[trained_n]], table.y_n[at_n[trained_n]]
    if len(y_n) < LEAST:
        return Failed(name, f"{len(y_n):,} days to learn from, at least {LEAST} are needed")
    if y_n.std() <= 1e-12 * max(float(np.abs(y_n).max()), 1e-300):
        return Failed(name, f"revenue is the same on all days, {y_n[0]:,.2f}")
    still = tuple(n for n, sd in zip(table.features, x_nk.std(axis=0), strict=True) if sd == 0)
    if all(n in still for n in table.features if n not in CALENDAR):
        return Failed(name, "no channel moves")
    day_n = table.day_n[at_n[trained_n]]
    sums = Sums.of(x_nk, y_n, _blocks(table, at_n[trained_n], day_n, brand))
    penalty, _ = penalised_ahead(_in_time(x_nk, y_n, day_n), estimator)
    one = sums.line(sums.whole_qq[None], estimator, penalty)
    stream = 0 if brand is None else brand + 1
    many = sums.line(sums.drawn(DRAWS, seeds.generator(seed, 31, stream)), estimator, penalty)
    fitted_n = one.intercept[0] + x_nk @ one.slope_k[0]
    off_n = y_n - fitted_n
    trained = Scores.of(y_n, fitted_n)
    assert trained is not None
    line = FittedLine(
        table.features,
        float(one.intercept[0]),
        one.slope_k[0],
        many.slope_k,
        many.intercept,
        trained.rmse,
        table.unit(brand),
    )
    held = at_n[~trained_n]
    return Fitted(
        name=name,
        line=line,
        penalty=penalty,
        trained=trained,
        tested=Scores.of(table.y_n[held], line.predicted(table.x_nk[held])),
        vif=_vif(table.features, x_nk),
        lasting=_lasting(off_n, at_n[trained_n], table.starts_b),
        carried_r2=_carried(table, at_n[trained_n], x_nk, y_n, estimator, penalty),
        still=still,
    )


def _blocks(
    table: Table, at_n: Int[np.ndarray, " row"], day_n: np.ndarray, brand: int | None
) -> Int[np.ndarray, " block"]:
    """Where blocks of rows begin: brands, or four weeks of one."""
    if brand is None:
        of_n = np.searchsorted(table.starts_b, at_n, side="right")
    else:
        of_n = (day_n - day_n[0]).astype(int) // BLOCK
    return np.flatnonzero(np.append(True, of_n[1:] != of_n[:-1]))


def _in_time(x_nk: np.ndarray, y_n: np.ndarray, day_n: np.ndarray) -> Sums:
    """Sums over folds in the order of time: brands begin at any, so days of all are sorted."""
    order_n = np.argsort(day_n, kind="stable")
    firsts = [part[0] for part in np.array_split(np.unique(day_n), FOLDS) if len(part)]
    return Sums.of(x_nk[order_n], y_n[order_n], np.searchsorted(day_n[order_n], np.array(firsts)))


def _vif(features: tuple[str, ...], x_nk: Float[np.ndarray, "row feature"]) -> dict[str, float]:
    """Variance inflation factors: one over what the other features leave of a feature's variance."""
    moving = np.flatnonzero(x_nk.std(axis=0) > 0)
    scaled = (x_nk[:, moving] - x_nk[:, moving].mean(axis=0)) / x_nk[:, moving].std(axis=0)
    cor = scaled.T @ scaled / len(scaled)
    found = {}
    for i, k in enumerate(moving):
        rest = np.delete(np.arange(len(moving)), i)
        explained = float(
            cor[i, rest] @ np.linalg.pinv(cor[np.ix_(rest, rest)], hermitian=True) @ cor[rest, i]
        )
        found[features[k]] = 1.0 / max(1.0 - explained, 1e-12)
    return found


def _lasting(off_n: np.ndarray, at_n: np.ndarray, starts_b: np.ndarray) -> float:
    """Correlation of residuals of rows that follow each other within a brand."""
    of_n = np.searchsorted(starts_b, at_n, side="right")
    same = of_n[1:] == of_n[:-1]
    one, other = off_n[:-1][same], off_n[1:][same]
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size > 0 else 0.0


def _carried(
    table: Table, at_n: np.ndarray, x_nk: np.ndarray, y_n: np.ndarray, estimator: Estimator, penalty: Penalty
) -> float:
    """R² with spend that is carried over, its half-life a week, in place of the spend itself."""
    from scipy.signal import lfilter

    decay, carried_nk = 0.5 ** (1.0 / HALF_LIFE), x_nk.copy()
    of_n = np.searchsorted(table.starts_b, at_n, side="right")
    starts = np.flatnonzero(np.append(True, of_n[1:] != of_n[:-1]))
    spend_k = [k for k, name in enumerate(table.features) if name.endswith(SPEND)]
    for a, b in zip(starts, np.append(starts[1:], len(at_n)), strict=True):
        carried_nk[a:b, spend_k] = lfilter([1.0 - decay], [1.0, -decay], x_nk[a:b][:, spend_k], axis=0)
    sums = Sums.of(carried_nk, y_n, np.array([0]))
    line = sums.line(sums.whole_qq[None], estimator, penalty)
    square = sums.square(sums.whole_qq, line)
    return 1.0 - square / float(((y_n - y_n.mean()) ** 2).sum())
