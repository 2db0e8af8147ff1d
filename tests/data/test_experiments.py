"""The table of experiments: what is read of it, what a change of spend means, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, FolderError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Channel, Every, Experiment, Kind
from mediamix.data.dataset import Dataset
from mediamix.data.experiments import with_experiments
from mediamix.data.read import read
from mediamix.data.tested import without_test

WEEKS, DAY = 12, np.timedelta64(1, "D")
DATES = np.datetime64("2024-01-01") + 7 * np.arange(WEEKS) * DAY


def panel(geos: tuple[str, ...] = ("north", "south")) -> Dataset:
    """tv is bought for 100 a week, impressions are ten times that; radio only in the first six weeks."""
    spend = np.zeros((len(geos), WEEKS, 3))
    spend[..., 0] = 100.0
    spend[:, :6, 1] = 40.0
    exposure = spend * 10.0
    exposure[..., 2] = 7.0
    return Dataset(
        dates=DATES,
        every=Every.WEEK,
        geos=geos,
        channels=(Channel("tv"), Channel("radio"), Channel("newsletter", Kind.ORGANIC, "sends")),
        outcome_name="sales",
        unit="revenue",
        currency="EUR",
        outcome_gt=np.full((len(geos), WEEKS), 1000.0),
        spend_gtc=spend,
        exposure_gtc=exposure,
        controls_gtk=np.zeros((len(geos), WEEKS, 0)),
    )


def table(**cells: object) -> pd.DataFrame:
    """One row, weeks 5 and 6 of tv unless other cells are given."""
    row = {"channel": "tv", "start": "2024-01-29", "end": "2024-02-11", "lift": 60.0, "se": 10.0}
    return pd.DataFrame([{**row, **cells}])


def one(data: Dataset, **cells: object) -> Experiment:
    (found,) = with_experiments(data, table(**cells), Spec()).experiments
    return found


def refusal(data: Dataset, frame: pd.DataFrame) -> str:
    with pytest.raises(DataError) as error:
        with_experiments(data, frame, Spec())
    return error.value.message


@pytest.mark.parametrize(
    ("cells", "spend", "factor"),
    [
        ({"spend_change": 100.0}, 100.0, 0.75),
        ({"spend_change": -100.0, "lift": -60.0}, -100.0, 1.25),
        ({"change": "on"}, 400.0, 0.0),
        ({"change": "+100%"}, 200.0, 0.5),
        ({"change": -0.2, "lift": -60.0}, -100.0, 1.25),
        ({"spend_change": 50.0, "geo": "north"}, 50.0, 0.75),
    ],
)
def test_a_change_is_one_of_exposure(cells, spend, factor):
    """Of 2 geos × 2 weeks × 100: without the test the exposure is a multiple of what the data show."""
    data = panel()
    found = one(data, **cells)
    assert found.spend_change == pytest.approx(spend)
    assert found.exposure_change == pytest.approx(10 * spend)
    without = without_test(data, found)
    expected = data.exposure_gtc[..., 0].copy()
    rows = [0] if "geo" in cells else [0, 1]
    expected[rows, 4:6] *= factor
    np.testing.assert_allclose(without, expected)


def test_off_is_what_was_spent_just_before_unless_the_money_is_said():
    data = panel()
    found = one(data, channel="radio", start="2024-02-12", end="2024-02-25", change="off", lift=-5.0)
    assert (found.spend_change, found.exposure_change) == (-160.0, -1600.0)
    without = without_test(data, found)
    np.testing.assert_allclose(without[:, 6:8], 400.0)
    np.testing.assert_allclose(without[:, 8:], 0.0)
    cells = {"channel": "radio", "start": "2024-02-12", "end": "2024-02-25", "lift": -5.0}
    said = one(data, **cells, change="off", spend_change=-80.0)
    np.testing.assert_allclose(without_test(data, said)[:, 6:8], 200.0)


def test_a_channel_without_spend_is_switched_on_and_off():
    found = one(panel(), channel="newsletter", change="on")
    assert found.spend_change is None
    assert found.exposure_change == pytest.approx(28.0)
    assert "has no spend" in refusal(panel(), table(channel="newsletter", spend_change=5.0))


def test_spellings_dates_and_numbers_are_those_of_other_tables():
    frame = pd.DataFrame(
        {
            "Channel": [" TV"],
            "Region": ["North; south"],
            "Start date": ["29.01.2024"],
            "To": ["11.02.2024"],
            "measured until": ["18.02.2024"],
            "Delta spend": ["1.00,5"],
            "incremental outcome": ["60,5"],
            "Standard Error": ["10,5"],
        }
    )
    frame["Delta spend"] = "100,5"
    (found,) = with_experiments(panel(), frame, Spec()).experiments
    assert (found.channel, found.geos) == ("tv", ())
    assert (found.start, found.end, found.until) == tuple(
        np.datetime64(day) for day in ("2024-01-29", "2024-02-11", "2024-02-18")
    )
    assert (found.spend_change, found.lift, found.error) == (100.5, 60.5, 10.5)


@pytest.mark.parametrize("lift", [0.0, -25.0])
def test_null_and_negative_results_are_results(lift):
    assert one(panel(), lift=lift, spend_change=100.0).lift == lift


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"channel": "tvv"}, "no channel 'tvv'; did you mean 'tv'?"),
        ({"geo": "nroth"}, "no geo 'nroth'; did you mean 'north'?"),
        ({"start": "2023-12-25"}, "lies outside of the data, which go from 2024-01-01 to 2024-03-24"),
        ({"end": "2024-03-25"}, "lies outside of the data"),
        ({"end": "2024-01-02"}, "2024-01-02 is before 2024-01-29"),
        ({"until": "2024-02-10"}, "2024-02-10 is before 2024-02-11"),
        ({"se": 0.0}, "the standard error is 0; expected above 0"),
        ({"se": -1.0}, "the standard error is -1"),
        ({"se": None}, "the standard error is nan"),
        ({"lift": None}, "a lift of nothing is 0"),
        ({"lift": "much"}, "'much' is not a number"),
        ({"lift": -60.0}, "turn the sign of one of them"),
        ({"spend_change": -100.0}, "-100 were"),
        ({"spend_change": 0.0}, "no change is given"),
        ({"spend_change": None, "change": "halved"}, "'halved' isn't a change; expected off, on, -30%"),
        ({"spend_change": None, "change": "50"}, "50 isn't a change of spend"),
        ({"change": "on"}, "'on' with 100; expected one of them"),
        ({"change": "-30%"}, "both are given"),
        ({"spend_change": 500.0}, "500 more was spent because of the test, but the data show 400"),
        ({"spend_change": None, "change": "off", "lift": -60.0}, "off, but the data show 400 for tv"),
        ({"channel": "radio", "start": "2024-02-26", "end": "2024-03-10", "spend_change": None,
          "change": "off", "lift": -6.0}, "nothing was spent on radio before that could be switched off"),
        ({"channel": "radio", "start": "2024-02-26", "end": "2024-03-10", "spend_change": None,
          "change": "on"}, "on, but nothing was spent on radio in its window"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(cells, words):
    wrong = {"spend_change": 100.0, **cells}
    if words == "-100 were":
        words = "60 ± 10 where less was spent"
    assert words in refusal(panel(), table(**wrong))


def test_all_findings_come_at_once():
    frame = pd.concat([table(channel="tvv", spend_change=1.0), table(se=0.0, spend_change=-500.0, lift=-1.0)])
    said = refusal(panel(), frame)
    assert "row 2, column 'channel'" in said
    assert "row 3, column 'se'" in said


def test_a_table_without_its_columns_is_refused():
    said = refusal(panel(), pd.DataFrame({"channel": ["tv"], "start": ["2024-01-29"]}))
    assert "3 columns are missing: 'end', 'lift', 'se'" in said
    assert "'spend_change' (money) or 'change'" in refusal(panel(), table())


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({}, "rows 2 and 3: the test of tv, 2024-01-29 to 2024-02-11 is there twice"),
        ({"start": "2024-02-05", "end": "2024-02-18"}, "two tests of tv overlap"),
        ({"geo": "north"}, "two tests of tv overlap"),
    ],
)
def test_the_same_days_do_not_count_twice(second, words):
    frame = pd.concat([table(spend_change=100.0), table(spend_change=90.0, **second)])
    assert words in refusal(panel(), frame)


def test_other_geos_days_and_channels_do_not_overlap():
    rows = [
        table(spend_change=50.0, geo="north"),
        table(spend_change=50.0, geo="south"),
        table(spend_change=50.0, start="2024-02-12", end="2024-02-18"),
        table(spend_change=20.0, channel="radio"),
    ]
    assert len(with_experiments(panel(), pd.concat(rows), Spec()).experiments) == 4


def test_experiments_are_part_of_what_is_fitted():
    data = panel()
    tested = with_experiments(data, table(spend_change=100.0), Spec())
    other = with_experiments(data, table(spend_change=100.0, lift=61.0), Spec())
    assert len({data.hash, tested.hash, other.hash}) == 3
    (finding,) = (f for f in tested.findings if f.check == "experiments")
    assert finding.message == "lift EUR 60 ± EUR 10 from +EUR 100 of spend, a return of 0.60×"


def test_the_spec_names_their_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    dates = np.datetime64("2023-01-02") + 7 * np.arange(60) * DAY
    wide = pd.DataFrame({"date": dates, "sales": rng.normal(1000, 50, 60), "tv": 100.0})
    wide.to_csv("wide.csv", index=False)
    raw = {
        "data": {"wide": "wide.csv", "outcome": "sales", "media": {"tv": {"spend": "tv"}}},
        "outcome": {"column": "sales"},
        "calibration": "tests.csv",
    }
    spec = parse_spec(raw)
    with pytest.raises((FolderError, DataError), match=r"no file tests\.csv"):
        read(spec=spec)
    table(spend_change=100.0).to_csv("tests.csv", index=False)
    assert len(read(spec=spec).experiments) == 1
    assert read(wide=wide, experiments=table(change="on"), spec=spec).experiments[0].spend_change == 200.0
