"""The linear family against scikit-learn on the whole design, SciPy, formulas written again, and laws."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from sklearn.linear_model import ElasticNet, Lasso, Ridge

import mediamix as mm
from mediamix.core import seeds
from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.spec.linear import Linear
from mediamix.data.dataset import Dataset
from mediamix.decide.fitted.curves import curves_of
from mediamix.measure.coefficients import coefficients
from mediamix.measure.response import response_draws
from mediamix.models.base import Fit
from mediamix.models.linear.choosing import chosen
from mediamix.models.linear.drawing import bootstrap, exact
from mediamix.models.linear.solving import Penalty, Rows, shrunk

N, K, F = 90, 4, 3


def spec_of(keys: dict[str, Any] | None = None, **others: Any) -> Spec:
    sampler = {"chains": 2, "draws": 400}
    return parse_spec({"model": {"family": "linear", "linear": keys or {}}, "sampler": sampler, **others})


def fitted(dataset: Dataset, keys: dict[str, Any] | None = None, **others: Any) -> Fit:
    return mm.fit(dataset, spec_of(keys, **others), checks=False)


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Correlated columns, one of them with a negative coefficient; an intercept, a slope, a wave."""
    rng = np.random.default_rng(5)
    t = np.arange(N)
    free = np.column_stack([np.ones(N), t / N, np.sin(t / 6)])
    x = rng.gamma(2.0, 1.0, (N, K)) + 0.5 * np.sin(t / 6)[:, None]
    y = x @ [0.6, 0.3, -0.25, 0.0] + free @ [5.0, 1.0, 0.4] + 0.3 * rng.standard_normal(N)
    return Rows(y / y.std(), x / x.std(axis=0), free, np.zeros(K, dtype=bool))


def test_ridge_is_scikit_learns_with_free_columns_hardly_shrunk(rows: Rows) -> None:
    alpha = 0.05
    # Columns that are a million times as large are shrunk a billion times less.
    design = np.column_stack([rows.shrunk_nk, rows.free_nf * 1e6])
    model = Ridge(alpha=N * alpha, fit_intercept=False, solver="svd").fit(design, rows.outcome_n)
    ours = shrunk(rows, rows.outcome_n[:, None], "ridge", Penalty(alpha))[:, 0]
    np.testing.assert_allclose(ours, model.coef_[:K], rtol=1e-5)


def test_ols_is_least_squares_on_all_columns(rows: Rows) -> None:
    design = np.column_stack([rows.shrunk_nk, rows.free_nf])
    want = np.linalg.lstsq(design, rows.outcome_n, rcond=None)[0]
    y_n1 = rows.outcome_n[:, None]
    ours = shrunk(rows, y_n1, "ols", Penalty())
    np.testing.assert_allclose(ours[:, 0], want[:K], rtol=1e-9)
    np.testing.assert_allclose(rows.free_of(y_n1 - rows.shrunk_nk @ ours)[:, 0], want[K:], rtol=1e-8)


@pytest.mark.parametrize("model", [Lasso, ElasticNet])
def test_lasso_and_elastic_net_with_only_an_intercept_are_scikit_learns(rows: Rows, model: Any) -> None:
    plain = replace(rows, free_nf=np.ones((N, 1)))
    keys = {"alpha": 0.03} | ({"l1_ratio": 0.4} if model is ElasticNet else {})
    want = model(**keys, tol=1e-10, max_iter=100_000).fit(plain.shrunk_nk, plain.outcome_n).coef_
    name = "elastic_net" if model is ElasticNet else "lasso"
    ours = shrunk(plain, plain.outcome_n[:, None], name, Penalty(0.03, keys.get("l1_ratio", 1.0)))
    np.testing.assert_allclose(ours[:, 0], want, atol=2e-3)


@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_signs_are_kept_by_some_columns_alone_as_scipys_bounds_say(rows: Rows, alpha: float) -> None:
    bounded = replace(rows, positive_k=np.array([True, False, True, False]))
    design = np.column_stack([rows.shrunk_nk, rows.free_nf])
    ridge = np.sqrt(N * alpha) * np.eye(K, K + F)
    low = np.where([True, False, True, False, *[False] * F], 0.0, -np.inf)
    want = lsq_linear(
        np.vstack([design, ridge]), np.append(rows.outcome_n, np.zeros(K)), (low, np.inf), tol=1e-13
    ).x
    name = "ridge" if alpha else "ols"
    ours = shrunk(bounded, rows.outcome_n[:, None], name, Penalty(alpha))[:, 0]
    np.testing.assert_allclose(ours, want[:K], atol=1e-5)
    assert ours[2] == 0.0
    free = shrunk(rows, rows.outcome_n[:, None], name, Penalty(alpha))[:, 0]
    assert free[2] < 0


@pytest.mark.parametrize(("name", "alpha"), [("ols", 0.0), ("ridge", 0.2)])
def test_exact_draws_have_the_moments_of_the_dense_posterior(rows: Rows, name: Any, alpha: float) -> None:
    draws = 40_000
    drawn = exact(rows, name, Penalty(alpha), draws, seeds.generator(3, 1))
    design = np.column_stack([rows.shrunk_nk, rows.free_nf])
    precision = design.T @ design + N * alpha * np.diag([1.0] * K + [0.0] * F)
    mean = np.linalg.solve(precision, design.T @ rows.outcome_n)
    square = rows.outcome_n @ rows.outcome_n - mean @ precision @ mean
    nu = N - F - (K if name == "ols" else 0)
    cov = np.linalg.inv(precision) * square / (nu - 2)
    got = np.column_stack([drawn.shrunk_dk, drawn.free_df])
    error = np.sqrt(np.diag(cov) / draws)
    np.testing.assert_array_less(np.abs(got.mean(axis=0) - mean), 5 * error)
    scale = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
    np.testing.assert_allclose(np.cov(got.T) / scale, cov / scale, atol=0.04)
    assert (drawn.sigma_d**2).mean() == pytest.approx(square / (nu - 2), rel=0.02)


def test_a_bootstrap_of_independent_noise_is_as_wide_as_the_exact_posterior(rows: Rows) -> None:
    narrow = exact(rows, "ols", Penalty(), 4000, seeds.generator(1, 1)).shrunk_dk.std(axis=0)
    wide = bootstrap(rows, "ols", Penalty(), 4000, 4, seeds.generator(1, 2)).shrunk_dk.std(axis=0)
    np.testing.assert_allclose(wide / narrow, 1.0, atol=0.35)


@pytest.mark.parametrize("name", ["ridge", "lasso"])
def test_a_bootstraps_centre_is_the_estimate(rows: Rows, name: Any) -> None:
    penalty = Penalty(0.1, 1.0)
    drawn = bootstrap(rows, name, penalty, 200, 4, seeds.generator(1, 3))
    estimate = shrunk(rows, rows.outcome_n[:, None], name, penalty)
    np.testing.assert_allclose(drawn.shrunk_dk.mean(axis=0), estimate[:, 0], atol=1e-9)
    free = rows.free_of(rows.outcome_n[:, None] - rows.shrunk_nk @ estimate)[:, 0]
    np.testing.assert_allclose(drawn.free_df.mean(axis=0), free, atol=1e-9)


def test_a_bootstrap_in_blocks_sees_noise_that_lasts(rows: Rows) -> None:
    rng = np.random.default_rng(8)
    noise = np.zeros(N)
    slow = np.zeros(N)
    for t in range(1, N):
        noise[t] = 0.8 * noise[t - 1] + rng.standard_normal()
        slow[t] = 0.9 * slow[t - 1] + rng.standard_normal()
    lasting = Rows(
        noise / noise.std(), (slow / slow.std())[:, None], np.ones((N, 1)), np.zeros(1, dtype=bool)
    )
    widths = [
        bootstrap(lasting, "ols", Penalty(), 3000, block, seeds.generator(2, block)).shrunk_dk.std()
        for block in (1, 12)
    ]
    assert widths[1] > 1.3 * widths[0]


def test_the_penalty_is_the_one_that_predicts_ahead_best(rows: Rows) -> None:
    keys = Linear(estimator="ridge")
    best, errors = chosen(rows, keys)
    cuts = np.linspace(N // 2, N, 6).astype(int)
    total = 0.0
    for start, stop in pairwise(cuts):
        design = np.column_stack([rows.shrunk_nk, rows.free_nf])
        ridge = np.sqrt(start * best.alpha) * np.eye(K, K + F)
        known = np.vstack([design[:start], ridge]), np.append(rows.outcome_n[:start], np.zeros(K))
        beta = np.linalg.lstsq(*known, rcond=None)[0]
        total += float(((rows.outcome_n[start:stop] - design[start:stop] @ beta) ** 2).sum())
    assert errors[best] == pytest.approx(total / (N - N // 2), rel=1e-6)
    assert errors[best] == min(errors.values())


def test_noise_alone_leaves_lasso_with_nothing_to_say() -> None:
    rng = np.random.default_rng(0)
    y, x = rng.standard_normal(200), rng.standard_normal((200, 3))
    plain = Rows(y / y.std(), x, np.ones((200, 1)), np.zeros(3, dtype=bool))
    best, _ = chosen(plain, Linear(estimator="lasso"))
    assert np.abs(shrunk(plain, y[:, None] / y.std(), "lasso", best)).max() < 0.2


@pytest.mark.parametrize(
    "keys",
    [
        {"estimator": "ols"},
        {"estimator": "lasso", "penalty": 0.001},
        {"estimator": "elastic_net", "penalty": 0.001, "l1_ratio": 0.5},
        {"positive": "all"},
    ],
)
def test_an_outcome_that_is_linear_comes_back(weekly: Dataset, keys: dict[str, Any]) -> None:
    """A noiseless linear outcome: every estimator finds it, but for what it shrinks."""
    beta_c = np.array([0.5, 1.5, 1.0, 2.0, 0.8])
    outcome = 1e6 + weekly.exposure_gtc @ beta_c
    fit = fitted(replace(weekly, outcome_gt=outcome, events=()), {"penalty": 1e-4, **keys}
                 if keys.get("estimator") != "ols" else keys)  # fmt: skip
    found = [float(effect.beta_dg.mean()) for effect in fit.channels]
    np.testing.assert_allclose(found, beta_c, rtol=0.02)


def test_fixed_carry_over_and_saturation_are_the_components(weekly: Dataset) -> None:
    half = float(weekly.exposure_gtc[0, :, 0].mean())
    fixed = {"tv": {"half_life": 2.0, "half_effect": half, "slope": 1.2}, "search": {"half_life": 1.0}}
    fit = fitted(weekly, {"fixed": fixed}, channels={"search": {"saturation": {"kind": "none"}}})
    tv, search, social = fit.channels[:3]
    assert [p.name for p in tv.transform.parameters] == ["half_life", "half_effect", "slope"]
    assert [p.name for p in search.transform.parameters] == ["half_life"]
    assert social.transform.parameters == ()
    np.testing.assert_array_equal(np.unique(tv.theta_dk, axis=0), [[2.0, half, 1.2]])
    x = weekly.exposure_gtc[0, :, 1]
    carried, decay = np.zeros(len(x)), 0.5
    for t in range(len(x)):
        carried[t] = decay * (carried[t - 1] if t else 0.0) + (1 - decay) * x[t]
    want = search.beta_dg.mean() * carried
    np.testing.assert_allclose(search.contribution(x[None]).mean(axis=0), want, rtol=1e-9)


def test_a_third_more_of_a_channel_brings_a_third_more_where_nothing_saturates(weekly: Dataset) -> None:
    fit = fitted(weekly)
    now, more = (response_draws(fit, np.array([m]))[:, :, 0] for m in (1.0, 1.3))
    np.testing.assert_allclose(more, 1.3 * now, rtol=1e-9)


def test_coefficients_say_which_way_and_how_sure(weekly: Dataset) -> None:
    fit = fitted(weekly, {"estimator": "ols"})
    table = coefficients(fit).set_index("term")
    columns = sum(len(term.names) for term in fit.baseline)
    assert len(table) == len(weekly.channels) + columns
    tv = fit.channels[0].beta_dg[:, 0]
    row = table.loc["tv"]
    assert (row["mean"], row["p5"]) == pytest.approx((tv.mean(), np.quantile(tv, 0.05)))
    assert row["component"] == "media"
    for _, one in table.iterrows():
        want = "up" if one["p5"] > 0 else "down" if one["p95"] < 0 else "unclear"
        assert one["direction"] == want


def test_a_channel_that_costs_outcome_stays_negative_and_gets_no_money(weekly: Dataset) -> None:
    outcome = weekly.outcome_gt - 4.0 * weekly.exposure_gtc[:, :, 3]
    fit = fitted(replace(weekly, outcome_gt=outcome))
    assert fit.channels[3].beta_dg.max() < 0
    roi = mm.roi(fit).set_index("channel")
    assert roi.loc[weekly.channel_names[3], "roi_p95"] < 0
    told = [one for one in mm.summarise(fit).findings if one.check == "negative_effect"]
    assert weekly.channel_names[3] in {one.where for one in told}
    spent, loser = float(weekly.spend_c.sum()), weekly.channel_names[3]
    budget = mm.Budget(total=0.9 * spent, bounds={loser: (0.0, spent)})
    plan = mm.optimize(fit, budget, objective="mean", anyway=True)
    assert plan.allocation[loser] == pytest.approx(0.0, abs=1e-6 * spent)
    assert plan.certificate.status == "optimal"
    # The next unit of money costs outcome there, whatever is spent.
    slope = np.diff(curves_of(fit, budget, history=False).contribution[loser].mean(axis=0))
    assert (slope < 0).all()


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a prior": ({}, {"channels": {"tv": {"prior": {"roi": {"median": 1, "p95": 3}}}}}, "no priors"),
    "noise": ({}, {"noise": {"kind": "ar1"}}, "one kind of noise"),
    "synergy": ({}, {"synergy": {}}, "no effect of pairs"),
    "media": ({}, {"media": {"pooled": True}}, "no priors"),
    "an effect that varies": ({}, {"channels": {"tv": {"varying": {"by": "time"}}}}, "stay the same"),
    "a component without values": ({}, {"channels": {"tv": {"adstock": {"kind": "delayed"}}}}, "a value"),
    "half of the values": ({"fixed": {"tv": {"slope": 1.0}}}, {}, "'hill' has parameters without a value"),
    "a strange value": ({"fixed": {"tv": {"half_lief": 1.0}}}, {}, "no parameter of this channel"),
    "a value below": ({"fixed": {"tv": {"half_life": -1.0}}}, {}, "not a value of this parameter"),
    "a strange channel": ({"fixed": {"tvv": {"half_life": 1.0}}}, {}, "no such channel"),
    "a strange sign": ({"positive": ["tvv"]}, {}, "no such channel"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_it_has_no_place_for_is_refused(weekly: Dataset, case: str) -> None:
    keys, others, words = CASES[case]
    with pytest.raises(SpecError, match=words):
        fitted(weekly, keys, **others)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"estimator": "lasso", "intervals": "exact"}, "for ols and ridge"),
        ({"positive": "all", "intervals": "exact"}, "knows no signs"),
        ({"estimator": "ols", "penalty": 0.1}, "ols has none"),
        ({"estimator": "ridge", "l1_ratio": 0.5}, "elastic_net only"),
        ({"estimator": "rigde"}, "ridge"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        spec_of(keys)


def test_keys_of_another_family_are_refused() -> None:
    with pytest.raises(SpecError, match="belongs to 'family: linear'"):
        parse_spec({"model": {"linear": {"estimator": "ols"}}})


def test_geos_side_by_side_are_refused_and_summed_without_the_key(panel: Dataset) -> None:
    with pytest.raises(SpecError, match="the sum of the geos"):
        fitted(panel, geo={})
    assert fitted(panel, {"penalty": 0.1}, trend={"kind": "linear"}).dataset.geos == ("national",)


def test_data_that_can_not_be_fitted_are_refused(weekly: Dataset) -> None:
    flat = replace(weekly, outcome_gt=np.full_like(weekly.outcome_gt, 7.0))
    with pytest.raises(DataError, match="the same in every period"):
        fitted(flat)
    short = parse_spec({"seasonality": {"yearly": 20}, "trend": {"every": 5}})
    with pytest.raises(DataError, match="too few for"):
        fitted(replace(weekly, outcome_gt=_only(weekly.outcome_gt, 40)),
               seasonality=short.seasonality.model_dump(), trend=short.trend.model_dump())  # fmt: skip
    exposure = weekly.exposure_gtc.copy()
    exposure[:, :, 1] = 5.0
    with pytest.raises(DataError, match="say all of search"):
        fitted(replace(weekly, exposure_gtc=exposure))
    exposure = weekly.exposure_gtc.copy()
    exposure[:, :, 1] = exposure[:, :, 0] + exposure[:, :, 2]
    twins = replace(weekly, exposure_gtc=exposure)
    with pytest.raises(DataError, match="sums of others"):
        fitted(twins, {"estimator": "ols"})
    assert fitted(twins, {"penalty": 0.1}).n_draws


def test_check_tells_what_a_fit_would_refuse(weekly: Dataset) -> None:
    from mediamix.models.family import families

    told = families()["linear"].tell(weekly, spec_of(noise={"kind": "student"}), True)
    assert [type(error) for error in told.refusals] == [SpecError]
    auto = families()["linear"].tell(weekly, spec_of(trend={"every": "auto"}), True)
    assert [choice.key for choice in auto.choices] == ["trend.every"]


def _only(outcome_gt: np.ndarray, n: int) -> np.ndarray:
    found = outcome_gt.copy()
    found[:, n:] = np.nan
    return found
