"""Candidates in native code: transforms, a ridge within limits, decomposition, objectives.

Per candidate, over the n periods of the window:

    h_ct = saturation(adstock(x_c))_t,  half_effect_c = γ_c max_t adstock(x_c)_t
    b    = argmin  1/(2m) Σ_train (y_t − a − Σ_j z_jt b_j)² + λ/(2 s_y) Σ_j (s_j b_j)²,  low_j ≤ b_j ≤ high_j

with the m first observed periods as training, s their standard deviations (as glmnet: the penalty is on
standardised columns, relative to the outcome's own spread). Where the intercept a would be negative the ridge
is solved again without one. Solved by coordinate descent on the correlations, which is exact for such limits.

Sources: Robyn (Meta, 2020–2024), `robyn_mmm`; Friedman, Hastie & Tibshirani (2010), Regularization paths, 2.
"""

from __future__ import annotations

import math

import numba

from mediamix.models.evolve.task import MAPE, N_TRAIN, NRMSE, RSSD, TEST, TRAIN, VALIDATION
from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.native import REORDERED

#: Sweeps of coordinate descent, and the step (of the outcome's standard deviation) that ends them.
SWEEPS, CLOSE = 5_000, 1e-9
#: A column whose spread is below this part of its size says nothing.
FLAT = 1e-9
#: An effect share that is zero to four digits counts as none.
NO_EFFECT = 5e-5
#: Columns of `coefficient` before those of the design: the intercept.
LEAD = 1

_INT, _F = numba.int64, numba.float64
_V, _M = _F[::1], _F[:, ::1]
_I, _IM = _INT[::1], _INT[:, ::1]


@numba.njit(**REORDERED)
def _nrmse(y, fitted, rows, first, last):  # type: ignore[no-untyped-def]
    """Root of the mean square error over some rows, over the range of the outcome there."""
    if last <= first:
        return math.nan
    low, high, square = math.inf, -math.inf, 0.0
    for i in range(first, last):
        t = rows[i]
        low = min(low, y[t])
        high = max(high, y[t])
        square += (y[t] - fitted[t]) * (y[t] - fitted[t])
    if not high > low:
        return math.nan
    return math.sqrt(square / (last - first)) / (high - low)


@numba.njit(**REORDERED)
def _descend(gram, b, pull, penalty, low, high, close):  # type: ignore[no-untyped-def]
    """Coordinate descent in place: `b` as given, `pull` is its gradient's negative without the penalty."""
    k = b.size
    for _ in range(SWEEPS):
        largest = 0.0
        for j in range(k):
            own = gram[j, j]
            if own <= 0.0:
                continue
            new = min(max((pull[j] + own * b[j]) / (own + penalty), low[j]), high[j])
            step = new - b[j]
            if step != 0.0:
                b[j] = new
                for i in range(k):
                    pull[i] -= gram[j, i] * step
                largest = max(largest, abs(step))
        if largest <= close:
            return


@numba.njit(**REORDERED)
def _ridge(y, z, rows, n_train, penalty, limits, out, work):  # type: ignore[no-untyped-def]
    """Intercept and coefficients from the first `n_train` rows."""
    columns, gram, small = work
    k = z.shape[0]
    mean, sd, pull, b, low, high = small[0], small[1], small[2], small[3], small[4], small[5]
    level, square = 0.0, 0.0
    for i in range(n_train):
        level += y[rows[i]]
    level /= n_train
    for i in range(n_train):
        square += (y[rows[i]] - level) * (y[rows[i]] - level)
    spread = math.sqrt(square / n_train)
    for j in range(k):
        total, square = 0.0, 0.0
        for i in range(n_train):
            total += z[j, rows[i]]
        mean[j] = total / n_train
        for i in range(n_train):
            away = z[j, rows[i]] - mean[j]
            columns[j, i] = away
            square += away * away
        sd[j] = math.sqrt(square / n_train)
        if sd[j] <= FLAT * abs(mean[j]):
            sd[j] = 0.0
        scale = 1.0 / sd[j] if sd[j] > 0.0 else 0.0
        product = 0.0
        for i in range(n_train):
            columns[j, i] *= scale
            product += columns[j, i] * (y[rows[i]] - level)
        pull[j] = product / n_train
        b[j] = 0.0
        low[j] = limits[0, j] * sd[j] if sd[j] > 0.0 else 0.0
        high[j] = limits[1, j] * sd[j] if sd[j] > 0.0 else 0.0
    for j in range(k):
        for other in range(j + 1):
            product = 0.0
            for i in range(n_train):
                product += columns[j, i] * columns[other, i]
            gram[j, other] = product / n_train
            gram[other, j] = gram[j, other]
    if not spread > 0.0:
        spread = 1.0
    _descend(gram, b, pull, penalty / spread, low, high, CLOSE * spread)
    intercept = level
    for j in range(k):
        if sd[j] > 0.0:
            intercept -= b[j] * mean[j] / sd[j]
    if intercept < 0.0:
        # Without one: the same columns with their means left in, from the start.
        intercept = 0.0
        for j in range(k):
            for i in range(k):
                pull[j] += gram[j, i] * b[i]
        for j in range(k):
            ratio = mean[j] / sd[j] if sd[j] > 0.0 else 0.0
            pull[j] += ratio * level
            for i in range(k):
                gram[j, i] += ratio * mean[i] / sd[i] if sd[i] > 0.0 else 0.0
        for j in range(k):
            b[j] = 0.0
        _descend(gram, b, pull, penalty / spread, low, high, CLOSE * spread)
    out[0] = intercept
    for j in range(k):
        out[LEAD + j] = b[j] / sd[j] if sd[j] > 0.0 else 0.0


_WORK = numba.types.UniTuple(_M, 5)
_GIVEN = (_IM, _M, _INT, _M, _V, _I, _M, _V, _IM, _M, _M)


@numba.njit(numba.void(*_GIVEN, _M, _M, _M, _M, _M, _M, _WORK), **REORDERED)
def evaluate(  # type: ignore[no-untyped-def]
    codes,
    series,
    before,
    baseline,
    y,
    rows,
    limits,
    share,
    tests,
    without,
    lifts,
    theta,
    ridge,
    coefficient,
    half,
    effect,
    told,
    work,
):
    """All candidates of a piece; see `models.evolve.task` for what the arrays hold."""
    z, columns, gram, small, lines = work
    n_baseline, n = baseline.shape
    n_channels = series.shape[0]
    carried, fitted, other, nothing = lines[0], lines[1], lines[2], lines[0, :0]
    no_rows = lines[:0]
    for d in range(theta.shape[0]):
        for c in range(n_channels):
            start, n_adstock = codes[c, 0], codes[c, 1]
            own = theta[d, start : start + n_adstock]
            call_adstock(codes[c, 2], series[c], own, codes[c, 3], carried, no_rows)
            top = 0.0
            for t in range(before, before + n):
                top = max(top, carried[t])
            curve = small[6]
            half[d, c] = max(theta[d, start + n_adstock] * top, 1e-300)
            curve[0] = half[d, c]
            curve[1] = theta[d, start + n_adstock + 1]
            call_saturation(codes[c, 4], carried, curve, other, nothing, no_rows)
            for t in range(n):
                z[n_baseline + c, t] = other[before + t]
        observed = rows.size
        n_train, n_test = observed, observed
        if ridge[d, 1] < 1.0:
            n_train = math.floor(ridge[d, 1] * (observed - 1))
            n_test = n_train + math.floor(observed * (1.0 - ridge[d, 1]) / 2.0)
        _ridge(y, z, rows, n_train, ridge[d, 0], limits, coefficient[d], (columns, gram, small))
        for t in range(n):
            total = coefficient[d, 0]
            for j in range(z.shape[0]):
                total += coefficient[d, LEAD + j] * z[j, t]
            fitted[t] = total
        told[d, TRAIN] = _nrmse(y, fitted, rows, 0, n_train)
        told[d, VALIDATION] = _nrmse(y, fitted, rows, n_train, n_test)
        told[d, TEST] = _nrmse(y, fitted, rows, n_test, observed)
        told[d, NRMSE] = told[d, VALIDATION] if ridge[d, 1] < 1.0 else told[d, TRAIN]
        told[d, N_TRAIN] = n_train
        paid, whole = 0, 0.0
        for c in range(n_channels):
            total = 0.0
            for t in range(n):
                total += z[n_baseline + c, t]
            effect[d, c] = coefficient[d, LEAD + n_baseline + c] * total
            if share[c] >= 0.0:
                paid += 1
                whole += effect[d, c]
        told[d, RSSD] = math.nan
        if paid == 0:
            told[d, RSSD] = 0.0
        elif whole > 0.0:
            square, idle = 0.0, 0
            for c in range(n_channels):
                if share[c] >= 0.0:
                    got = effect[d, c] / whole
                    square += (got - share[c]) * (got - share[c])
                    idle += 1 if got < NO_EFFECT else 0
            told[d, RSSD] = math.sqrt(square) * (1.0 + idle / paid)
        told[d, MAPE] = 0.0
        for e in range(tests.shape[0]):
            c = tests[e, 0]
            start, n_adstock = codes[c, 0], codes[c, 1]
            own = theta[d, start : start + n_adstock]
            curve = small[6]
            curve[0] = half[d, c]
            curve[1] = theta[d, start + n_adstock + 1]
            call_adstock(codes[c, 2], without[e], own, codes[c, 3], carried, no_rows)
            call_saturation(codes[c, 4], carried, curve, other, nothing, no_rows)
            lift = 0.0
            for t in range(tests[e, 1], tests[e, 2]):
                lift += z[n_baseline + c, t] - other[before + t]
            lift *= coefficient[d, LEAD + n_baseline + c]
            told[d, MAPE] += abs(lift - lifts[0, e]) / lifts[1, e] / tests.shape[0]
