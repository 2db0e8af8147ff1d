"""Least squares from sums, against the rows themselves and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

from mediamix.models.linear.solving import Penalty
from mediamix.models.linear.sums import Line, Sums, penalised_ahead

N, K = 300, 4


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    x = np.column_stack([rng.gamma(2, 100, (N, 3)), rng.integers(2019, 2025, N)])
    return x, 3e6 + x @ [4.0, 0.0, -2.0, 1000.0] + 300 * rng.standard_normal(N)


@pytest.fixture(scope="module")
def sums(rows: tuple[np.ndarray, np.ndarray]) -> Sums:
    return Sums.of(*rows, np.array([0, 80, 130, 250]))


def test_ols_is_scikit_learns(rows: Any, sums: Sums) -> None:
    want = LinearRegression().fit(*rows)
    line = sums.line(sums.whole_qq[None], "ols", Penalty())
    np.testing.assert_allclose(line.slope_k[0], want.coef_, rtol=1e-8)
    assert line.intercept[0] == pytest.approx(want.intercept_, rel=1e-8)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("ridge", Ridge(alpha=0.2 * N)),
        ("lasso", Lasso(alpha=0.2, tol=1e-10)),
        ("elastic_net", ElasticNet(alpha=0.2, l1_ratio=0.3, tol=1e-10)),
    ],
)
def test_shrunk_lines_are_scikit_learns_on_scaled_columns(
    rows: Any, sums: Sums, name: Any, model: Any
) -> None:
    x, y = rows
    want = model.fit((x - x.mean(axis=0)) / x.std(axis=0), y / y.std()).coef_ * y.std() / x.std(axis=0)
    line = sums.line(sums.whole_qq[None], name, Penalty(0.2, 1.0 if name == "lasso" else 0.3))
    np.testing.assert_allclose(line.slope_k[0], want, rtol=2e-3, atol=1e-3 * np.abs(want).max())


def test_a_draw_of_blocks_is_the_fit_to_those_rows(rows: Any, sums: Sums) -> None:
    x, y = rows
    starts, stops = [0, 80, 130, 250], [80, 130, 250, N]
    rng = np.random.default_rng(4)
    counts = np.random.default_rng(4).multinomial(4, np.full(4, 0.25), size=3)
    lines = sums.line(sums.drawn(3, rng), "ols", Penalty())
    for d in range(3):
        at = np.concatenate([np.arange(a, b) for a, b, c in zip(starts, stops, counts[d], strict=True)
                             for _ in range(c)])  # fmt: skip
        want = LinearRegression().fit(x[at], y[at])
        np.testing.assert_allclose(lines.slope_k[d], want.coef_, rtol=1e-6)


def test_squared_errors_need_no_rows(rows: Any, sums: Sums) -> None:
    x, y = rows
    line = Line(np.array([2.9e6]), np.array([[3.0, 1.0, -1.0, 1100.0]]))
    want = float(((y - line.intercept - x @ line.slope_k[0]) ** 2).sum())
    assert sums.square(sums.whole_qq, line) == pytest.approx(want, rel=1e-9)


def test_the_penalty_predicts_each_fold_from_those_before(rows: Any, sums: Sums) -> None:
    x, y = rows
    best, errors = penalised_ahead(sums, "ridge")
    total = 0.0
    for start, stop in ((80, 130), (130, 250), (250, N)):
        mean, sd = x[:start].mean(axis=0), x[:start].std(axis=0)
        model = Ridge(alpha=best.alpha * start).fit((x[:start] - mean) / sd, y[:start])
        total += float(((y[start:stop] - model.predict((x[start:stop] - mean) / sd)) ** 2).sum())
    assert errors[best] == pytest.approx(total, rel=1e-6)
    assert errors[best] == min(errors.values())


def test_a_column_that_does_not_move_has_no_slope_and_twins_share_one(rows: Any) -> None:
    x, y = rows
    wide = np.column_stack([x, np.full(N, 7.0), x[:, 0]])
    found = Sums.of(wide, y, np.array([0]))
    slope = found.line(found.whole_qq[None], "ols", Penalty()).slope_k[0]
    assert slope[4] == 0.0
    assert slope[0] == pytest.approx(slope[5])
    assert slope[0] + slope[5] == pytest.approx(LinearRegression().fit(x, y).coef_[0], rel=1e-6)
