"""Trend, season, weekdays and events of an outcome as finished columns, without Prophet.

    y_t / ȳ − 1 = Σ_j X_tj v_j + ε_t,  v_j ~ N(0, s_j²),  ε_t ~ N(0, σ²)

with the columns X and the standard deviations s of the Bayesian model's baseline: a ridge whose penalties are
those of the priors, and σ where the marginal likelihood is largest. From one singular value decomposition: a
hundredth of a second. The sum of each component's columns is then one column of the search's ridge, as Robyn
takes Prophet's; controls and treatments, which are in this regression so that a season isn't theirs, enter
that ridge each by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.data.scaling import OutcomeScale
from mediamix.models.design import baseline_blocks
from mediamix.models.priors import linear_sd
from mediamix.transforms.basis import Block

#: Components whose columns become one.
FINISHED = ("trend", "seasonality", "weekday", "events")
#: Noise variances that are tried, as parts of the outcome's.
NOISES = np.geomspace(1e-6, 1.5, 400)


@dataclass(frozen=True)
class Baseline:
    """The columns of the search's ridge that are no media.

    Args:
        blocks: Of the baseline, the intercept first.
        names: Of the ridge's columns: a finished component, or a control or treatment.
        column: The ridge's columns.
        weights: What a coefficient of the ridge is in those of the blocks, the intercept left out.
        evidence: Log marginal likelihood of the regression.
    """

    blocks: tuple[Block, ...]
    names: tuple[str, ...]
    column: Float[np.ndarray, "column time"]
    weights: Float[np.ndarray, "column term"]
    evidence: float

    def spread(self, coefficient_dk: Float[np.ndarray, "draw design"]) -> Float[np.ndarray, "draw term"]:
        """Coefficients of all columns of the blocks, from the intercept and those of the ridge."""
        own = coefficient_dk[:, 1 : 1 + len(self.names)] @ self.weights
        return np.column_stack([coefficient_dk[:, 0], own])

    @property
    def finished(self) -> np.ndarray:
        """Which columns are finished components."""
        return np.array([name in FINISHED for name in self.names], dtype=bool)


def decompose(dataset: Dataset, spec: Spec, trained_t: np.ndarray) -> Baseline:
    """The baseline of a national dataset under a spec that leaves nothing open.

    Args:
        dataset: One geo.
        spec: As settled.
        trained_t: Periods that are learned from.
    """
    blocks = baseline_blocks(dataset, spec)
    rest = blocks[1:]
    y_n = dataset.outcome_gt[0, trained_t]
    mean = OutcomeScale.of(y_n).mean
    years = dataset.n_periods / dataset.every.per_year
    columns_tp = np.column_stack([np.ones(dataset.n_periods), *(block.matrix for block in rest)])
    sd_p = np.concatenate([linear_sd(block, years) for block in blocks])
    v_p, evidence = _ridge(columns_tp[trained_t], sd_p, y_n / mean - 1.0)
    v_p = v_p[1:] * mean
    names: list[str] = []
    weights: list[np.ndarray] = []
    at = 0
    for block in rest:
        n = len(block.names)
        own = np.zeros((1 if block.component in FINISHED else n, len(v_p)))
        own[:, at : at + n] = v_p[at : at + n] if block.component in FINISHED else np.eye(n)
        names += [block.component] if block.component in FINISHED else list(block.names)
        weights += list(own)
        at += n
    weights_kp = np.array(weights).reshape(len(names), len(v_p))
    return Baseline(blocks, tuple(names), weights_kp @ columns_tp[:, 1:].T, weights_kp, evidence)


def _ridge(
    columns_np: Float[np.ndarray, "row column"],
    sd_p: Float[np.ndarray, " column"],
    y_n: Float[np.ndarray, " row"],
) -> tuple[Float[np.ndarray, " column"], float]:
    """Coefficients at the noise of the largest marginal likelihood, and its logarithm."""
    u, s, vt = np.linalg.svd(columns_np * sd_p, full_matrices=False)
    seen, n = u.T @ y_n, len(y_n)
    rest = max(float(y_n @ y_n - seen @ seen), 0.0)
    noise = NOISES * max(float(y_n.var()), 1e-12)
    variance = noise[:, None] + s**2
    log_evidence = -0.5 * (
        np.log(variance).sum(axis=1)
        + (n - len(s)) * np.log(noise)
        + (seen**2 / variance).sum(axis=1)
        + rest / noise
        + n * np.log(2 * np.pi)
    )
    best = int(log_evidence.argmax())
    return sd_p * (vt.T @ (s * seen / (s**2 + noise[best]))), float(log_evidence[best])


def judge(dataset: Dataset, trained_t: np.ndarray, specs: Sequence[Spec]) -> list[float | None]:
    """How well specs that differ in one key decompose the outcome: for `models.choices`."""
    return [decompose(dataset, spec, trained_t).evidence for spec in specs]
