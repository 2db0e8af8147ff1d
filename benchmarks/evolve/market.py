"""Robyn's weekly set as its Python port prepares it, as a search of ours: the same data and aims."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from evolve.port import ALPHAS, GAMMAS, ORGANIC, SPENDS, THETAS, TRAIN
from mediamix.models.evolve.ranges import Ranges
from mediamix.models.evolve.task import Candidates, Task, evaluate
from mediamix.transforms.base import address, pick_adstock, pick_saturation

#: Prophet's columns, whose coefficients Robyn keeps between 0 and 1.
FINISHED = ("trend", "season", "holiday")


@dataclass(frozen=True)
class Port:
    """What the port found.

    Args:
        values: Hyperparameters, in the order of `Ranges.names`.
        objectives: NRMSE and DECOMP.RSSD of every candidate.
        lambdas: Their ridge penalties.
        top: The largest penalty of its range.
        parts: Names of the decomposition's parts.
        decomposition: Of every candidate, over the window.
        trial: Of every candidate.
    """

    values: Float[np.ndarray, "candidate hyperparameter"]
    objectives: Float[np.ndarray, "candidate 2"]
    lambdas: Float[np.ndarray, " candidate"]
    top: float
    parts: tuple[str, ...]
    decomposition: Float[np.ndarray, "candidate part"]
    trial: Int[np.ndarray, " candidate"]


@dataclass(frozen=True)
class Market:
    """The search.

    Args:
        task: For the native code.
        ranges: As the port has them.
        penalties: Its smallest and its largest λ.
        parts: The intercept, then the ridge's columns.
        spend_c: Over the window.
    """

    task: Task
    ranges: Ranges
    penalties: tuple[float, float]
    parts: tuple[str, ...]
    spend_c: Float[np.ndarray, " channel"]

    def assessed(self, values: Float[np.ndarray, "candidate hyperparameter"]) -> Candidates:
        """Candidates by their hyperparameters."""
        low, high = self.penalties
        penalty = low + (high - low) * values[:, -2]
        return evaluate(self.task, self.ranges.theta(values), penalty, values[:, -1])

    def shares(self, made: Candidates) -> Float[np.ndarray, "candidate part"]:
        """Each part's share of the fitted outcome of the window."""
        n = self.task.baseline.shape[1]
        base = made.coefficient[:, 1 : 1 + len(self.task.baseline)] * self.task.baseline.sum(axis=1)
        parts = np.column_stack([made.coefficient[:, 0] * n, base, made.effect])
        return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def port_of(folder: Path) -> Port:
    """Read `found.npz`."""
    raw = np.load(folder / "found.npz")
    names = list(raw["names"])
    order = [f"{c}_{what}" for c in THETAS for what in ("thetas", "gammas", "alphas")]
    values = raw["values"][:, [names.index(name) for name in (*order, "lambda_hp", "train_size")]]
    # λ = least + (most − least) part, least = 1e-4 most.
    top = float(np.median(raw["lambdas"] / (1e-4 + (1 - 1e-4) * values[:, -2])))
    return Port(
        values,
        raw["objectives"],
        raw["lambdas"],
        top,
        tuple(raw["parts"]),
        raw["decomposition"],
        raw["trial"],
    )


def market_of(folder: Path, top: float) -> Market:
    """Read `data.npz`."""
    raw = np.load(folder / "data.npz")
    columns, (first, stop) = list(raw["columns"]), raw["window"]
    media = [*SPENDS, *ORGANIC]
    rest = [name for name in columns if name not in media]
    series = np.ascontiguousarray(raw["x"][:stop, [columns.index(name) for name in media]].T)
    baseline = np.ascontiguousarray(raw["x"][first:stop, [columns.index(name) for name in rest]].T)
    finished = np.array([name in FINISHED for name in rest])
    none = np.full(len(media), np.inf)
    low = np.concatenate([np.where(finished, 0.0, -np.inf), np.zeros(len(media))])
    high = np.concatenate([np.where(finished, 1.0, np.inf), none])
    spend_c = series[:, first:].sum(axis=1)
    spend_c[len(SPENDS) :] = 0.0
    # The port rounds shares to four digits.
    share = np.where(spend_c > 0, np.round(spend_c / spend_c.sum(), 4), -1.0)
    adstock, saturation = address(pick_adstock("geometric").kernel), address(pick_saturation("hill").kernel)
    task = Task(
        codes=np.array([[3 * c, 1, adstock, 0, saturation] for c in range(len(media))], dtype=np.int64),
        series=series,
        before=int(first),
        baseline=baseline,
        y=np.ascontiguousarray(raw["y"][first:stop]),
        rows=np.arange(stop - first),
        limits=np.vstack([low, high]),
        share=share,
        tests=np.empty((0, 3), dtype=np.int64),
        without=np.empty((0, series.shape[1])),
        lifts=np.empty((2, 0)),
    )
    names, ends = [], []
    for name in media:
        names += [f"{name}.theta", f"{name}.gamma", f"{name}.alpha"]
        ends += [THETAS[name], GAMMAS, ALPHAS]
    low_h, high_h = np.array([*ends, [0.0, 1.0], TRAIN], dtype=np.float64).T
    kinds = ("geometric",) * len(media)
    ranges = Ranges((*names, "penalty", "train_size"), low_h, high_h, kinds, 7.0, int(stop - first))
    return Market(task, ranges, (1e-4 * top, top), ("intercept", *rest, *media), spend_c)
