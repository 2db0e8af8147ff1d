"""Checks of a fit: silent of evidence with which nothing is wrong, loud of each thing that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from trust_cases import PERIODS, belief, calm, channel, evidence, said, score

from mediamix.measure.checking import Evidence, all_checks, run_checks
from mediamix.measure.preceded import Preceded
from mediamix.measure.quality import Quality
from mediamix.models.calibration import Calibration, Compared, Predicted
from mediamix.models.refits import Gain, Peak, Refits


def residuals(change: Callable[[np.ndarray], np.ndarray]) -> Evidence:
    changed = change(calm(PERIODS))
    return evidence(residual_gt=changed[None], total_t=changed)


def remembering(z: np.ndarray) -> np.ndarray:
    out = z.copy()
    for t in range(1, len(z)):
        out[t] += 0.6 * out[t - 1]
    return out


def gained(check: str, gain: float = 14.5, error: float = 4.0) -> Evidence:
    return evidence(refits=Refits((Gain(check, f"words of {check}", gain, error, 0.3),)))


def scored(holdout_r2: float, coverage: float, naive: float | None = None) -> Evidence:
    return evidence(quality=Quality(score(), score(holdout_r2, coverage, 13)), naive=naive)


def panel(shared: float) -> Evidence:
    own = np.stack([np.roll(calm(PERIODS), 17 * g) for g in range(6)])
    return evidence(residual_gt=own + shared * calm(PERIODS)[::-1])


def with_test(data: float, others: float, per: float | None = 0.01) -> Evidence:
    """A lift of 120 ± 20 where the rest expects 310, or 300, with these chances of one as far off."""
    by_data, by_others = Predicted(310.0, 40.0, data), Predicted(300.0, 30.0, others)
    one = Compared("tv, March", "tv", 120.0, 20.0, per, Predicted(150.0, 18.0, 0.2), by_data, by_others)
    return evidence(refits=Refits(calibration=Calibration((one,), {})))


LOUD: list[tuple[str, str, str, Evidence]] = [
    (
        "negative_baseline",
        "warning",
        "10% of the draws",
        evidence(baseline_d=np.r_[np.full(45, 5.0), np.full(5, -5.0)]),
    ),
    (
        "negative_baseline",
        "error",
        "90% of the draws",
        evidence(baseline_d=np.r_[np.full(5, 5.0), np.full(45, -5.0)]),
    ),
    ("media_share", "warning", "55% of the outcome", evidence(media_d=np.full(50, 55.0))),
    ("media_share", "error", "110% of the outcome", evidence(media_d=np.full(50, 110.0))),
    ("explained", "warning", "explains only 30%", evidence(quality=Quality(score(r2=0.3), None))),
    ("coverage", "warning", "only 50% of 156 trained", evidence(quality=Quality(score(coverage=0.5), None))),
    ("holdout", "warning", "R² −0.37".replace("−", "-"), scored(-0.37, 0.92)),
    ("holdout", "error", "only 38% of 13", scored(-0.37, 5 / 13)),
    ("holdout", "warning", "last year's values", scored(0.2, 0.92, naive=0.5)),
    ("shared_shock", "warning", "moves together", panel(0.8)),
    ("autocorrelation", "warning", "Ljung–Box", residuals(remembering)),
    ("trend_break", "warning", "CUSUM", residuals(lambda z: z + np.where(np.arange(len(z)) < 78, 0.8, -0.8))),
    (
        "yearly_residual",
        "warning",
        "a year later",
        residuals(lambda z: z + 4.0 * (np.arange(len(z)) % 52 < 6)),
    ),
    (
        "heavy_tails",
        "warning",
        "3 of 156",
        residuals(lambda z: np.where(np.arange(len(z)) % 60 == 30, 9.0, z)),
    ),
    (
        "returns_far",
        "warning",
        "tv returns 68.0×",
        evidence(channels=(channel("tv", effect=belief(rank=0.9999, median=68.0)), channel("search"))),
    ),
    (
        "only_prior",
        "warning",
        "2 of 2 channels",
        evidence(channels=(channel("tv", overlap=0.97), channel("search", overlap=0.96))),
    ),
    (
        "shape_tail",
        "warning",
        "the half life of tv",
        evidence(channels=(channel("tv", shape=(belief("half_life", rank=0.999, median=9.0),)),)),
    ),
    ("negative_effect", "warning", "when tv runs", evidence(channels=(channel("tv", free=(-1.0, 0.2)),))),
    ("drift", "warning", "what tv brings falls", evidence(channels=(channel("tv", drift=-6.0),))),
    ("calendar_spend", "info", "of tv", evidence(channels=(channel("tv", calendar_r2=0.9),))),
    ("no_controls", "info", "no controls", evidence(columns=0)),
    (
        "mediator",
        "warning",
        "awareness follows the exposure of tv",
        evidence(preceded=(Preceded("awareness", "tv", 1e-5, 0.3),)),
    ),
    ("prior_units", "warning", "of the outcome", evidence(spend_ratio=8.0)),
    ("prior_units", "warning", "of the outcome", evidence(spend_ratio=0.0005)),
    (
        "peaks",
        "warning",
        "half_life of tv 1 or 6",
        evidence(refits=Refits((), (Peak(0.4, 0.3, {"half_life of tv": (1.0, 6.0)}),))),
    ),
    (
        "experiments",
        "warning",
        "says 1.20× ± 0.20×, the data alone say 3.10× ± 0.40×: by chance as far apart in less than 1%",
        with_test(0.001, 0.5),
    ),
    (
        "experiments",
        "warning",
        "says a lift of 120 ± 20, the data and the other tests say a lift of 300 ± 30",
        with_test(0.4, 0.002, None),
    ),
    *(
        (name, "warning", f"`words of {name}` predicts better by 14.5 ± 4.0", gained(name))
        for name in (
            "closer_knots",
            "delayed_adstock",
            "order",
            "season",
            "holidays",
            "spilled_events",
            "spilled_holidays",
        )
    ),
]


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    assert run_checks(evidence()) == ()


@pytest.mark.parametrize(("check", "severity", "words", "found"), LOUD, ids=[f"{c} {s}" for c, s, *_ in LOUD])
def test_what_is_wrong_is_said_with_the_next_step(
    check: str, severity: str, words: str, found: Evidence
) -> None:
    findings = said(found, check)
    assert findings, check
    assert findings[0].severity == severity
    assert words in findings[0].message
    assert all(finding.why and finding.advice for finding in findings)


def test_every_check_has_a_case_a_threshold_and_a_rate() -> None:
    assert {check.name for check in all_checks()} == {check for check, *_ in LOUD}
    for check in all_checks():
        assert check.threshold, check.name
        assert check.false_alarms, check.name


@pytest.mark.parametrize(("gain", "error"), [(3.5, 0.5), (14.5, 8.0), (-4.0, 1.0)])
def test_a_gain_that_may_be_chance_is_not_told(gain: float, error: float) -> None:
    assert said(gained("closer_knots", gain, error), "closer_knots") == []


def test_a_gain_whose_weights_cannot_be_trusted_is_not_told() -> None:
    refits = Refits((Gain("closer_knots", "words", 14.5, 4.0, 1.2),))
    assert said(evidence(refits=refits), "closer_knots") == []


def test_channels_that_are_only_prior_are_named_one_by_one_and_warned_of_where_they_are_the_money() -> None:
    one = evidence(
        channels=(channel("tv", overlap=0.97, spend_share=0.1), channel("search", spend_share=0.9))
    )
    assert [(f.severity, f.where) for f in said(one, "only_prior")] == [("info", "tv")]


def test_an_experiment_that_goes_with_the_rest_is_not_told() -> None:
    assert said(with_test(0.02, 0.02), "experiments") == []


def test_a_panel_of_independent_geos_has_no_shared_shock() -> None:
    assert said(panel(0.0), "shared_shock") == []


def test_holes_in_the_outcome_are_no_residuals() -> None:
    holed = calm(PERIODS)
    holed[[3, 70, 71]] = np.nan
    assert run_checks(evidence(residual_gt=holed[None], total_t=holed)) == ()


def test_a_panel_is_not_asked_for_controls() -> None:
    assert said(replace(panel(0.0), columns=0), "no_controls") == []
