"""The baseline of an e-commerce table: rules, lines, scores, what-ifs, actions, bad input, its command."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score
from table_cases import table

from mediamix.baseline import published
from mediamix.baseline.acting import doubts
from mediamix.baseline.beside import Beside, beside
from mediamix.baseline.fitting import LEAST, Failed
from mediamix.baseline.line import load_line
from mediamix.baseline.run import Baseline, baseline
from mediamix.baseline.table import read_table
from mediamix.cli import main
from mediamix.core.errors import DataError, FolderError

UNTIL = date(2023, 12, 31)
KEPT = ("google_paid_search_spend", "google_shopping_spend", "google_pmax_spend", "meta_facebook_spend",
        "email_clicks", "year", "month", "weekday")  # fmt: skip


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return table()


@pytest.fixture(scope="module")
def made(frame: pd.DataFrame) -> Baseline:
    return baseline(frame)


def test_rules_are_stated_and_kept(frame: pd.DataFrame, made: Baseline) -> None:
    read = made.table
    assert read.features == KEPT
    assert read.dropped == {"tiktok_spend": pytest.approx(frame["TIKTOK_SPEND"].isna().mean())}
    assert read.filled == {"meta_facebook_spend": int(frame["META_FACEBOOK_SPEND"].isna().sum())}
    want = frame["ALL_PURCHASES_ORIGINAL_PRICE"] - frame["ALL_PURCHASES_GROSS_DISCOUNT"]
    np.testing.assert_allclose(read.y_n, want)
    day = pd.to_datetime(frame["DATE_DAY"]).dt
    calendar = np.column_stack([day.year, day.month, day.day_of_week])
    np.testing.assert_array_equal(read.x_nk[:, -3:], calendar)
    missing = frame["META_FACEBOOK_SPEND"].isna().to_numpy()
    assert (read.x_nk[missing, KEPT.index("meta_facebook_spend")] == 0).all()


def test_a_larger_part_may_be_missing(frame: pd.DataFrame) -> None:
    assert "tiktok_spend" in read_table(frame, missing=0.95).features


def test_order_and_capitals_of_the_table_change_nothing(frame: pd.DataFrame, made: Baseline) -> None:
    mixed = frame.sample(frac=1.0, random_state=1).rename(columns=str.lower)
    assert baseline(mixed).pooled.line.to_dict() == made.pooled.line.to_dict()


def test_the_pooled_line_and_its_scores_are_scikit_learns(made: Baseline) -> None:
    read = made.table
    known = read.day_n <= np.datetime64(UNTIL)
    model = LinearRegression().fit(read.x_nk[known], read.y_n[known])
    # The year stands still before the split: scikit-learn gives it nothing either.
    np.testing.assert_allclose(made.pooled.line.slope_k, model.coef_, rtol=1e-6, atol=1e-7)
    assert made.pooled.tested is not None
    for part, scores in ((known, made.pooled.trained), (~known, made.pooled.tested)):
        predicted = model.predict(read.x_nk[part])
        assert scores.days == part.sum()
        assert scores.r2 == pytest.approx(r2_score(read.y_n[part], predicted))
        assert scores.rmse == pytest.approx(mean_squared_error(read.y_n[part], predicted) ** 0.5)


def test_every_brands_own_line_finds_what_it_was_made_of(made: Baseline) -> None:
    assert len(made.fitted) == 3
    for one in made.fitted:
        found = one.line.coefficients()
        truth = {"google_paid_search_spend": 2.0, "google_shopping_spend": 1.0, "google_pmax_spend": 0.0}
        for name, value in truth.items():
            assert found[name]["value"] == pytest.approx(value, abs=0.25)
            assert found[name]["p5"] < found[name]["value"] < found[name]["p95"]
        assert found["google_paid_search_spend"]["direction"] == "up"
        assert one.line.unit in ("GBP", "EUR")
    assert made.pooled.line.unit == "mixed currencies (EUR, GBP)"


def test_a_what_if_is_the_difference_of_two_predictions(made: Baseline) -> None:
    read, line = made.table, made.pooled.line
    more = read.x_nk.copy()
    more[:, 0] *= 1.3
    want = line.predicted(more).sum() / line.predicted(read.x_nk).sum() - 1
    assert made.what_if is not None
    assert made.what_if.mean == pytest.approx(want)
    assert made.what_if.p5 < want < made.what_if.p95


def test_a_row_of_features_is_predicted(made: Baseline) -> None:
    row = {"GOOGLE_PAID_SEARCH_SPEND": 120.0, "email_clicks": 60, "year": 2024, "month": 1, "weekday": 0}
    found = made.pooled.line.predict(row)
    x = np.zeros(len(KEPT))
    x[[0, 4, 5, 6, 7]] = [120.0, 60, 2024, 1, 0]
    assert found["predicted_revenue"] == pytest.approx(
        made.pooled.line.intercept + made.pooled.line.slope_k @ x
    )
    assert found["p5"] < found["predicted_revenue"] < found["p95"]
    with pytest.raises(DataError) as caught:
        made.pooled.line.predict({"google_paid_serch_spend": 1.0, "year": 2024, "month": float("nan")})
    for words in ("google_paid_search_spend", "weekday is missing", "month is no number"):
        assert words in str(caught.value)


def test_inflation_is_what_the_other_features_explain(made: Baseline) -> None:
    known = made.table.day_n <= np.datetime64(UNTIL)
    x = made.table.x_nk[known][:, [0, 1, 2, 3, 4, 6, 7]]
    rest = np.delete(x, 0, axis=1)
    r2 = LinearRegression().fit(rest, x[:, 0]).score(rest, x[:, 0])
    assert made.pooled.vif["google_paid_search_spend"] == pytest.approx(1 / (1 - r2))


def test_channels_that_move_together_and_what_lasts_are_told(frame: pd.DataFrame) -> None:
    """Twins: what one brings is shared out at will, and a negative coefficient is an artefact."""
    rng = np.random.default_rng(3)
    twins = frame.copy()
    spend = twins["GOOGLE_PAID_SEARCH_SPEND"]
    twins["GOOGLE_SHOPPING_SPEND"] = spend * (1 + 0.002 * rng.standard_normal(len(twins)))
    slow = np.convolve(rng.standard_normal(len(twins) + 29), np.full(30, 30**-0.5), "valid")
    twins["ALL_PURCHASES_ORIGINAL_PRICE"] += 300 * slow
    found = baseline(twins)
    acts = {one.channel: one for one in found.actions}
    for name in ("google_paid_search_spend", "google_shopping_spend"):
        assert any("variance inflation" in doubt for doubt in acts[name].doubts)
        assert not acts[name].action.endswith("in steps")
    assert not any("variance inflation" in doubt for doubt in acts["google_pmax_spend"].doubts)
    assert any("residuals hang together" in doubt for doubt in doubts(found.pooled))


def test_a_return_surely_above_one_is_raised_and_one_below_lowered(made: Baseline) -> None:
    acts = {one.channel: one for one in made.actions}
    assert acts["google_paid_search_spend"].action == "raise it in steps"
    assert acts["google_pmax_spend"].action in ("test before money moves", "lower it in steps, behind a test")
    assert sum(one.spend for one in made.actions) == pytest.approx(1.0)


@pytest.mark.parametrize("estimator", ["ridge", "lasso", "elastic_net"])
def test_other_estimators(frame: pd.DataFrame, estimator: str) -> None:
    short = frame[frame["MMM_TIMESERIES_ID"] == "brand0"]
    found = baseline(short, estimator=estimator)  # type: ignore[arg-type]
    assert found.pooled.penalty.alpha > 0
    assert found.pooled.line.slope_k[0] == pytest.approx(2.0, abs=0.3)


def test_one_brand_that_fails_does_not_stop_the_others(frame: pd.DataFrame) -> None:
    short = frame.copy()
    brand = short["MMM_TIMESERIES_ID"]
    short = short[(brand != "brand1") | (short.index % 400 < 20)]
    flat = short["MMM_TIMESERIES_ID"] == "brand2"
    short.loc[flat, ["ALL_PURCHASES_ORIGINAL_PRICE", "ALL_PURCHASES_GROSS_DISCOUNT"]] = [70.0, 10.0]
    found = baseline(short)
    assert [one.name for one in found.fitted] == ["brand0"]
    reasons = {one.name: one.reason for one in found.failed}
    assert reasons["brand1"] == f"20 days to learn from, at least {LEAST} are needed"
    assert reasons["brand2"] == "revenue is the same on all days, 60.00"
    rows = found.by_brand().set_index("brand")
    assert rows.loc["brand1", "reason"] == reasons["brand1"]
    assert rows.loc["brand0", "reason"] == ""


def _traffic(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame if name.endswith(("SPEND", "CLICKS"))]


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda f: f, {"missing": -0.5}, "no part of the rows"),
        (lambda f: f.drop(columns=_traffic(f)), {}, "no feature is left"),
        (lambda f: f.assign(**dict.fromkeys(_traffic(f), np.nan)), {}, "no feature is left"),
        (lambda f: f, {"outcome": "ALL_PURCHASES"}, "a count, and this is a model of money"),
        (lambda f: f, {"outcome": "profit"}, "no column profit"),
        (lambda f: f.drop(columns="DATE_DAY"), {}, "no column date_day"),
        (lambda f: f.head(0), {}, "no rows"),
        (lambda f: pd.concat([f, f.head(2)]), {}, "2 days are there twice"),
        (lambda f: f.assign(DATE_DAY="yesterday"), {}, "no date in date_day"),
        (lambda f: f.assign(GOOGLE_PMAX_SPEND=-1.0), {}, "no amounts"),
        (lambda f: f.assign(ALL_PURCHASES_ORIGINAL_PRICE=np.nan), {}, "have no revenue"),
        (lambda f: f.assign(ALL_PURCHASES_ORIGINAL_PRICE=f["ALL_PURCHASES_GROSS_DISCOUNT"]), {}, "same"),
        (lambda f: f, {"until": date(2023, 2, 10)}, "no line of all brands"),
        (lambda f: f, {"asked": ("google_paid_serch_spend", 1.1)}, "google_paid_search_spend"),
    ],
)  # fmt: skip
def test_bad_input_is_told(frame: pd.DataFrame, change, options, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=words) as caught:
        baseline(change(frame), **options)
    assert caught.value.next_step or caught.value.details


def test_what_was_published_is_a_mean_square_called_a_root() -> None:
    assert published.rmse() == pytest.approx(496_737, abs=1)


def test_the_command_writes_its_files_and_says_the_same(
    frame: pd.DataFrame, made: Baseline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame.to_csv(tmp_path / "brands.csv", index=False)
    frame.to_parquet(tmp_path / "brands.parquet")
    assert main(["baseline", str(tmp_path / "brands.csv"), "--out", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    written = json.loads((tmp_path / "out" / "baseline.json").read_text())
    assert told.pop("seconds")
    assert written.pop("seconds")
    assert told == written
    assert told["pooled"]["coefficients"]["email_clicks"]["value"] == pytest.approx(
        made.pooled.line.coefficients()["email_clicks"]["value"]
    )
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "baseline.json", "pooled.json", "coefficients.csv", "brands.csv", "actions.csv"
    }  # fmt: skip
    back = load_line(tmp_path / "out" / "pooled.json")
    row = {"email_clicks": 5, "year": 2023, "month": 3, "weekday": 2}
    assert back.predict(row) == pytest.approx(made.pooled.line.predict(row))
    assert main(["baseline", str(tmp_path / "brands.parquet")]) == 0
    shown = capsys.readouterr().out
    for words in ("tiktok_spend (9", "mixed currencies", "What to do", "496,737"):
        assert words in shown


@pytest.mark.parametrize(
    "more",
    [["--outcome", "all_purchases"], ["--estimator", "olss"], ["--what-if", "search"], ["--missing", "7"]],
)
def test_what_the_command_can_not_do_ends_with_2(
    frame: pd.DataFrame, tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    frame.head(100).to_csv(tmp_path / "brands.csv", index=False)
    assert main(["baseline", str(tmp_path / "brands.csv"), *more]) == 2
    said = capsys.readouterr().err
    assert "expected" in said
    assert "next" in said


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="there is no file"):
        baseline(tmp_path / "brands.csv")
    (tmp_path / "brands.json").write_text("{}")
    with pytest.raises(FolderError, match="no line"):
        load_line(tmp_path / "brands.json")


def test_the_bayesian_model_stands_beside_a_brands_line() -> None:
    found = baseline(table(brands=1, days=420, seed=5))
    rows = beside(found.table, found.fitted, 1)
    assert [one.channel for one in rows] == [
        "google_paid_search", "google_shopping", "google_pmax", "meta_facebook"
    ]  # fmt: skip
    own = found.fitted[0].line.coefficients()
    for one in rows:
        assert one.linear[0] == own[f"{one.channel}_spend"]["value"]
        assert 0 < one.bayes[1] < one.bayes[0] < one.bayes[2]


@pytest.mark.parametrize(
    ("linear", "bayes", "words"),
    [
        ((-2.0, -3.0, -1.0), (1.0, 0.5, 1.5), "below zero"),
        ((5.0, 4.0, 6.0), (1.0, 0.5, 1.5), "higher"),
        ((0.1, 0.0, 0.2), (1.0, 0.5, 1.5), "lower"),
        ((1.0, 0.2, 1.8), (1.0, 0.5, 1.5), ""),
    ],
)
def test_artefacts_have_names(linear, bayes, words) -> None:  # type: ignore[no-untyped-def]
    artefact = Beside("brand", "search", linear, bayes, "ok").artefact
    assert artefact.startswith(words)
    assert bool(artefact) == bool(words)


def test_a_brand_without_a_line_says_why() -> None:
    assert Failed("a", "too few").to_dict() == {"name": "a", "reason": "too few"}
