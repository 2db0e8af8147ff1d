"""Experiments beside the data: what is expected of them, who contradicts whom, and that it is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, norm

from mediamix.core.spec import Spec
from mediamix.core.types import Experiment
from mediamix.measure.calibrating import calibrated, lifts, predicted, together
from mediamix.measure.contribution import measure_channels
from mediamix.measure.summary import summarise
from mediamix.measure.trust.experiments import at_odds, contradicted
from mediamix.models.base import Fit
from mediamix.models.calibration import Calibration, Compared, Predicted
from mediamix.pipeline import fit_model, load, save
from mediamix.reporting.blocks import Figure, Table, Text
from mediamix.reporting.material import gather
from mediamix.reporting.sections.calibration import SECTION
from mediamix.reporting.sections.sensitivity import SECTION as SENSITIVITY
from mediamix.simulate import Scenario, simulate

SHORT = Spec(sampler={"chains": 2, "draws": 200, "tune": 200})
#: Draws that are weighted: a few hundred would leave the weights to chance.
MANY = Spec(sampler={"chains": 2, "draws": 1000, "tune": 300})
DAY = np.timedelta64(1, "D")
CHANNELS, PERIODS, WEEKS = 2, 104, slice(40, 44)


def market():
    return simulate(replace(Scenario.weekly(5), periods=PERIODS, channels=CHANNELS))


def trial(data, channel: int, lift: float, error: float, weeks: slice = WEEKS) -> Experiment:
    """All spend of some weeks against none."""
    name = data.channel_names[channel]
    first, last = data.dates[weeks.start], data.dates[weeks.stop - 1] + 6 * DAY
    exposure, spend = (float(a[0, weeks, channel].sum()) for a in (data.exposure_gtc, data.spend_gtc))
    return Experiment(name, first, last, last, lift, error, exposure, spend)


@pytest.fixture(scope="module")
def alone() -> Fit:
    return fit_model(market().dataset, SHORT, checks=False)


@pytest.fixture(scope="module")
def calibrated_fit(alone: Fit) -> Fit:
    """A test of the first channel that says a fifth of what the data say; one of the second agrees."""
    data = alone.dataset
    expected = [lifts(alone, trial(data, c, 0.0, 1.0)).mean() for c in range(CHANNELS)]
    tests = (
        trial(data, 0, 0.2 * expected[0], 0.02 * expected[0]),
        trial(data, 1, expected[1], 0.1 * expected[1]),
    )
    return fit_model(replace(data, experiments=tests), MANY)


def test_a_lift_is_the_contribution_that_is_gone_without_the_test(alone):
    data = alone.dataset
    one = trial(data, 0, 0.0, 1.0)
    exposure = data.exposure_gtc[:, :, 0].copy()
    exposure[0, WEEKS] = 0.0
    effect = alone.channels[0]
    gone = effect.contribution(data.exposure_gtc[:, :, 0]) - effect.contribution(exposure)
    np.testing.assert_allclose(lifts(alone, one), gone[:, WEEKS].sum(axis=1))
    later = replace(one, until=one.until + 21 * DAY)
    np.testing.assert_allclose(lifts(alone, later), gone[:, 40:47].sum(axis=1))


def test_the_chance_is_that_of_a_lift_as_far_off():
    rng = np.random.default_rng(1)
    draws = rng.normal(10.0, 3.0, 200_000)
    one = Experiment("tv", *(np.datetime64("2024-01-01"),) * 3, 20.0, 4.0, 1.0)
    said = predicted(one, draws)
    assert said.mean == pytest.approx(10, abs=0.05)
    assert said.sd == pytest.approx(3, rel=0.01)
    assert said.chance == pytest.approx(2 * norm.sf(10 / 5), rel=0.05)
    # The same from draws that know the experiment, weighted back: their density over the lift's.
    precision = 1 / 9 + 1 / 16
    known = rng.normal((10 / 9 + 20 / 16) / precision, precision**-0.5, 200_000)
    weights = np.exp(0.5 * ((20 - known) / 4) ** 2)
    again = predicted(one, known, weights / weights.sum())
    assert (again.mean, again.sd, again.chance) == pytest.approx((10, 3, said.chance), rel=0.1)


def test_the_chance_of_all_tests_at_once_is_that_of_their_distance():
    """Of normal draws χ²: two tests that are fine by themselves, their difference is not."""
    rng = np.random.default_rng(2)
    cov = np.array([[9.0, 8.9], [8.9, 9.0]])
    draws = rng.multivariate_normal([10.0, 10.0], cov, 100_000)
    day = np.datetime64("2024-01-01")
    tests = [Experiment("tv", day, day, day, lift, 0.5, 1.0) for lift in (11.5, 9.0)]
    away = np.array([1.5, -1.0])
    square = away @ np.linalg.solve(cov + 0.25 * np.eye(2), away)
    found = together(tests, draws, rng)
    assert found == pytest.approx(chi2.sf(square, 2), abs=0.003)
    assert min(predicted(one, draws[:, e]).chance for e, one in enumerate(tests)) > 0.5
    near = [replace(one, lift=11.0) for one in tests]
    assert together(near, draws, rng) > 0.8


def compared(chances: list[float], of_all: float) -> Calibration:
    """Tests of one channel with these chances by the data alone."""
    said = [Predicted(100.0, 10.0, value) for value in chances]
    tests = [Compared(f"tv {i}", "tv", 90.0, 5.0, 0.01, one, one, None) for i, one in enumerate(said)]
    return Calibration(tuple(tests), {}, {"tv": of_all} if len(tests) > 1 else {})


def test_alarms_do_not_grow_with_the_number_of_tests():
    alone, three = compared([0.006], 1.0), compared([0.006, 0.5, 0.5], 1.0)
    assert contradicted(alone.tests[0], alone) is not None
    assert contradicted(three.tests[0], three) is None
    sure = compared([0.002, 0.5, 0.5], 0.001)
    assert contradicted(sure.tests[0], sure) is not None
    # Told once: of the test that is off by itself.
    assert at_odds(sure) == {}


def test_tests_that_only_together_contradict_the_data_are_told(calibrated_fit):
    odd = compared([0.3, 0.4, 0.2], 0.004)
    assert at_odds(odd) == {"tv": 0.004}
    assert at_odds(compared([0.3, 0.4, 0.2], 0.03)) == {}
    names = calibrated_fit.dataset.channel_names
    of_fit = replace(
        odd, tests=tuple(replace(one, channel=names[0]) for one in odd.tests), together={names[0]: 0.004}
    )
    told = replace(
        calibrated_fit,
        run=replace(calibrated_fit.run, refits=replace(calibrated_fit.run.refits, calibration=of_fit)),
    )
    findings = [f for f in summarise(told).model_findings if f.check == "experiments"]
    assert [f.where for f in findings] == [names[0]]
    assert f"the 3 tests of {names[0]} together" in findings[0].message
    lead, note = SECTION.build(gather(told))[:2]
    assert f"All tests of {names[0]} together contradict the data" in lead.text
    assert "surer than it should be" in note.text


def test_a_stored_comparison_is_read_with_and_without_tests_together():
    odd = compared([0.3, 0.4], 0.004)
    stored = json.loads(json.dumps(odd.to_dict()))
    assert Calibration.of(stored) == odd
    del stored["together"]
    assert Calibration.of(stored) == replace(odd, together={})


def test_an_experiment_moves_the_fit_and_its_conflict_is_told(alone, calibrated_fit):
    before, after = measure_channels(alone)[0].roi, measure_channels(calibrated_fit)[0].roi
    assert after.mean < 0.6 * before.mean
    found = calibrated_fit.run.refits.calibration
    wrong, right = found.tests
    assert wrong.data.chance < 0.001
    assert wrong.others.chance < 0.001
    assert right.data.chance > 0.05
    # The fit itself is between the two, near the sharper one.
    assert wrong.lift < wrong.fitted.mean < wrong.data.mean
    assert found.before[wrong.channel]["mean"] == pytest.approx(before.mean, rel=0.15)
    told = [f for f in summarise(calibrated_fit).model_findings if f.check == "experiments"]
    assert [f.where for f in told] == [wrong.channel]
    assert "the data alone say" in told[0].message


def test_the_rest_without_one_test_is_the_fit_without_it(calibrated_fit):
    """Weighted or refitted: as a longer fit without that test expects it."""
    wrong, right = calibrated_fit.dataset.experiments
    found = calibrated_fit.run.refits.calibration.tests[1].others
    without = fit_model(replace(calibrated_fit.dataset, experiments=(wrong,)), Spec(), checks=False)
    expected = lifts(without, right)
    # Deviations from seed to seed: 0.03 of the mean, 0.06 of the spread.
    assert found.mean == pytest.approx(expected.mean(), abs=0.3 * expected.std())
    assert found.sd == pytest.approx(expected.std(), rel=0.3)
    # With the test it is expected elsewhere: 0.84 lower, give or take 0.04.
    assert lifts(calibrated_fit, right).mean() < expected.mean() - 0.5 * expected.std()


def test_a_fit_that_is_loaded_needs_no_table(calibrated_fit, tmp_path):
    said = save(calibrated_fit, tmp_path / "fit")
    again = load(tmp_path / "fit")
    assert again.dataset.experiments == calibrated_fit.dataset.experiments
    assert again.dataset.hash == calibrated_fit.dataset.hash
    assert again.run.refits == calibrated_fit.run.refits
    assert summarise(again).model_findings == said.model_findings
    assert calibrated(again).tests[0].fitted == calibrated_fit.run.refits.calibration.tests[0].fitted


def test_the_report_shows_returns_before_and_after(calibrated_fit, alone):
    blocks = SECTION.build(gather(calibrated_fit))
    text, note, figure, table = blocks
    assert isinstance(text, Text)
    assert isinstance(note, Text)
    assert "between tests and data" in note.text
    assert "2 experiments are part of this fit" in text.text
    assert "1 of them contradict" in text.text
    assert isinstance(figure, Figure)
    names = [row["name"] for row in figure.spec["datasets"]["rows"]]
    assert len(names) == 2 * CHANNELS
    assert isinstance(table, Table)
    assert len(table.rows) == 2
    assert SECTION.build(gather(alone)) == []
    unchecked = replace(calibrated_fit, run=replace(calibrated_fit.run, refits=None))
    assert "made without checks" in SECTION.build(gather(unchecked))[0].text


def test_nothing_is_compared_without_experiments(alone):
    assert calibrated(alone) is None


def test_an_experiment_makes_a_channel_robust_against_an_unseen_cause(calibrated_fit, alone):
    """Of the second channel the test says what the data say."""
    with_test, without = (summarise(fit).evidence for fit in (calibrated_fit, alone))
    name = alone.dataset.channel_names[1]
    key = "unseen_cause_that_halves"
    assert with_test[name][key] > without[name][key]
    text, table = SENSITIVITY.build(gather(alone))
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    assert len(table.rows) == CHANNELS
    weakest = min(without, key=lambda one: without[one][key])
    assert table.rows[0][0].text == weakest
    assert f"halve the return of {weakest}" in text.text


def test_a_quick_fit_has_experiments_too(calibrated_fit):
    quick = fit_model(calibrated_fit.dataset, SHORT, quick=True, checks=False)
    sampled, fast = (measure_channels(f)[0].roi for f in (calibrated_fit, quick))
    assert fast.mean == pytest.approx(sampled.mean, rel=0.15)
