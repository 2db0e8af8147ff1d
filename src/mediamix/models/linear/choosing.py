"""The penalty of a linear model, by cross-validation that only ever looks ahead.

The rows' last half is cut into folds in the order of time; each is predicted from all rows before it. What is
compared is the mean squared error over all folds. Of equal ones the larger penalty wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from mediamix.core.spec.linear import Estimator, Linear
from mediamix.models.linear.solving import Penalty, Rows, shrunk

#: Penalties that are tried, of columns and an outcome of standard deviation 1.
RIDGES = np.geomspace(1e2, 1e-5, 29)
#: The same as parts of the smallest one that leaves nothing.
LASSOS = np.geomspace(1.0, 1e-4, 25)
RATIOS = (0.1, 0.5, 0.9, 1.0)


def chosen(rows: Rows, keys: Linear) -> tuple[Penalty, dict[Penalty, float]]:
    """The penalty of a spec, and the errors of those that were tried (mean squares, of outcomes of standard
    deviation 1); none where the spec says all.
    """
    if keys.estimator == "ols" or not rows.shrunk_nk.shape[1]:
        return Penalty(), {}
    tried = [*_candidates(rows, keys)]
    if len(tried) == 1:
        return tried[0], {}
    cuts = np.linspace(len(rows.outcome_n) // 2, len(rows.outcome_n), keys.folds + 1).astype(int)
    errors = dict.fromkeys(tried, 0.0)
    for start, stop in pairwise(cuts):
        before, ahead = rows.part(slice(0, start)), rows.part(slice(start, stop))
        for penalty in tried:
            errors[penalty] += _error(before, ahead, keys.estimator, penalty)
    size = int(cuts[-1] - cuts[0])
    errors = {penalty: total / size for penalty, total in errors.items()}
    return min(errors, key=lambda penalty: errors[penalty]), errors


def _candidates(rows: Rows, keys: Linear) -> Iterator[Penalty]:
    """The strongest first."""
    ratios: tuple[float, ...] = {"ridge": (0.0,), "lasso": (1.0,)}.get(keys.estimator, RATIOS)
    if keys.estimator == "elastic_net" and keys.l1_ratio != "auto":
        ratios = (keys.l1_ratio,)
    # Above it lasso leaves nothing.
    top = float(np.abs(rows.left_nk.T @ rows.left(rows.outcome_n)).max()) / len(rows.outcome_n)
    for ratio in ratios:
        if keys.penalty != "auto":
            yield Penalty(keys.penalty, ratio)
            continue
        alphas = RIDGES if ratio == 0.0 else LASSOS * max(top, 1e-12) / ratio
        yield from (Penalty(float(alpha), ratio) for alpha in alphas)


def _error(before: Rows, ahead: Rows, estimator: Estimator, penalty: Penalty) -> float:
    """Sum of squared errors of rows that follow others."""
    y_n1 = before.outcome_n[:, None]
    b_k1 = shrunk(before, y_n1, estimator, penalty)
    f_f1 = before.free_of(y_n1 - before.shrunk_nk @ b_k1)
    off_n1 = ahead.outcome_n[:, None] - ahead.shrunk_nk @ b_k1 - ahead.free_nf @ f_f1
    return float((off_n1**2).sum())
