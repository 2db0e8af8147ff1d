"""Scores against their formulas, written out for the rows they are about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.measure.quality import Fitted, fitted, quality
from mediamix.measure.summary import summarise
from mediamix.models.bayes import fit


def test_scores_by_their_formulas(mixed_fit):
    data = mixed_fit.dataset
    outcome = fitted(mixed_fit)
    result = quality(mixed_fit, outcome)
    n = data.n_periods
    rows = {
        "trained": [t for t in range(n - 8) if not np.isnan(data.outcome_gt[0, t])],
        "holdout": list(range(n - 8, n)),
    }
    for name, chosen in rows.items():
        score = getattr(result, name)
        y = data.outcome_gt[0, chosen]
        error = y - outcome.mean_t[chosen]
        inside = 0
        for t, value in zip(chosen, y, strict=True):
            draws = np.sort(outcome.predictive_dt[:, t])
            inside += np.percentile(draws, 5) <= value <= np.percentile(draws, 95)
        assert score.periods == len(chosen)
        assert score.r2 == pytest.approx(1 - np.dot(error, error) / np.dot(y - y.mean(), y - y.mean()))
        assert score.mape == pytest.approx(sum(abs(e) / v for e, v in zip(error, y, strict=True)) / len(y))
        assert score.wmape == pytest.approx(sum(abs(error)) / sum(y))
        assert score.coverage90 == pytest.approx(inside / len(chosen))


def test_a_perfect_and_a_useless_prediction(mixed_fit):
    data = mixed_fit.dataset
    y = np.nan_to_num(data.outcome_gt[0])
    perfect = quality(mixed_fit, Fitted(y, np.tile(y, (10, 1))))
    assert perfect.trained.r2 == 1
    assert perfect.trained.mape == 0
    assert perfect.trained.coverage90 == 1
    level = np.full_like(y, data.outcome_gt[mixed_fit.trained_gt].mean())
    useless = quality(mixed_fit, Fitted(level, np.tile(level, (10, 1))))
    assert useless.trained.r2 == pytest.approx(0, abs=1e-12)
    assert useless.trained.coverage90 == 0


def test_periods_without_outcome_are_left_out_of_the_mape(mixed_fit):
    outcome = mixed_fit.dataset.outcome_gt.copy()
    outcome[0, -8:] = 0.0
    fit = replace(mixed_fit, dataset=replace(mixed_fit.dataset, outcome_gt=outcome))
    score = quality(fit).holdout
    assert score is not None
    assert np.isnan(score.mape)
    assert np.isnan(score.r2)


def test_without_a_holdout_there_is_no_holdout_score(mixed_fit):
    everything = replace(mixed_fit, trained_gt=mixed_fit.dataset.observed_gt)
    assert quality(everything).holdout is None


def test_predictions_have_the_noise_of_the_model_and_are_reproducible(mixed_fit):
    """Spread around the expectation, against σ: χ² with 45,000 degrees, 2 % is six standard errors."""
    outcome, again = fitted(mixed_fit), fitted(replace(mixed_fit))
    np.testing.assert_array_equal(outcome.predictive_dt, again.predictive_dt)
    from mediamix.measure.contribution import decompose

    expected = sum(c.draws_dt for c in decompose(mixed_fit))
    noise = (outcome.predictive_dt - expected) / mixed_fit.sigma_dg
    assert noise.std() == pytest.approx(1, abs=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.02)


def test_the_summary_is_the_contract(mixed_fit):
    summary = summarise(mixed_fit)
    found = summary.to_dict()
    data = mixed_fit.dataset
    assert set(found) >= {"outcome", "channels", "baseline", "fit", "diagnostics", "timing"}
    assert found["outcome"]["name"] == data.outcome_name
    assert found["outcome"]["unit"] == "EUR"
    assert list(found["channels"]) == list(data.channel_names)
    tv = found["channels"]["tv"]
    assert set(tv) >= {"spend", "contribution", "share", "roi", "mroi", "half_life"}
    assert set(tv["contribution"]) == {"mean", "p5", "p50", "p95"}
    assert found["channels"]["newsletter"]["roi"] is None
    assert set(found["fit"]) >= {"r2", "mape", "holdout"}
    assert set(found["fit"]["holdout"]) >= {"r2", "mape", "coverage90"}
    assert found["diagnostics"]["verdict"] in ("ok", "caution", "failed")
    # Media, as shares, and the parts of the total.
    media = sum(channel["contribution"]["mean"] for channel in found["channels"].values())
    assert found["media"]["contribution"]["mean"] == pytest.approx(media)
    assert found["media"]["share"]["mean"] == pytest.approx(media / found["outcome"]["total"])


def test_the_outcome_total_fills_missing_periods_with_their_expectation(mixed_fit):
    data = mixed_fit.dataset
    missing = [4, 50, 51]
    mean_t = fitted(mixed_fit).mean_t
    want = np.nansum(data.outcome_gt) + mean_t[missing].sum()
    assert summarise(mixed_fit).outcome_total == pytest.approx(want, rel=1e-9)


def test_without_a_holdout_the_summary_keeps_its_shape(weekly, quick_spec):
    raw = summarise(fit(weekly, quick_spec)).to_dict()["fit"]["holdout"]
    assert raw == {
        "r2": None,
        "mape": None,
        "wmape": None,
        "coverage90": None,
        "periods": 0,
        "mape_left_out": 0,
    }


def test_the_fitted_outcome_is_made_once_and_nobody_may_change_it(mixed_fit):
    made = fitted(mixed_fit)
    assert fitted(mixed_fit) is made
    with pytest.raises(ValueError, match="read-only"):
        made.predictive_dt[0, 0] = 0.0
