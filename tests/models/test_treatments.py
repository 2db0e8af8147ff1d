"""Treatments: told against a reference that moves nothing else; their truth; whole downstream."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import DataError, SpecError, UserError
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.measure.contribution import contributions, total_baseline
from mediamix.measure.forecast import forecast, look_ahead
from mediamix.measure.summary import summarise
from mediamix.measure.treatments import measure_treatments, treatments
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.models.problem import pose
from models_panels import panel

SAMPLER = {"chains": 2, "draws": 200, "tune": 200, "seed": 3, "heal": False}
WEEK = np.timedelta64(7, "D")
#: Outcome per period, geo of size 1 and unit of price.
EFFECT = -40_000.0


def priced(data: Dataset, noise: float = 0.0) -> Dataset:
    """The same with a price, other in each geo, that moves the outcome by `EFFECT` per unit and size."""
    rng = np.random.default_rng(8)
    steps = np.repeat(rng.normal(0.0, 2.0, (len(data.geos), data.n_periods // 6 + 1)), 6, axis=1)
    price_gt = 20.0 + np.arange(len(data.geos))[:, None] + steps[:, : data.n_periods]
    moved = data.outcome_gt + EFFECT * data.size_g[:, None] * (price_gt - 20.0)
    return replace(
        data,
        outcome_gt=moved,
        # The sizes stay those of before: the price moves the means that would stand for them.
        population_g=None if len(data.geos) == 1 else data.size_g * 1000.0,
        controls_gtk=np.concatenate([data.controls_gtk[:, :, :1], price_gt[..., None]], axis=2),
        control_names=(data.control_names[0], "own_price"),
    )


def spec_of(reference: float | str, *, geo: bool = False) -> Spec:
    own = {"own_price": {"kind": "treatment", "reference": reference}}
    return parse_spec({"channels": own, "sampler": SAMPLER, **({"geo": {}} if geo else {})})


@pytest.fixture(scope="module", params=["national", "panel"])
def data(request: pytest.FixtureRequest, weekly: Dataset) -> Dataset:
    return priced(weekly if request.param == "national" else panel(geos=3, periods=80))


@pytest.fixture(scope="module")
def usual(data: Dataset) -> Fit:
    return fit(data, spec_of(20.0, geo=len(data.geos) > 1))


def test_the_effect_is_found_and_its_own_part(data: Dataset, usual: Fit) -> None:
    (found,) = measure_treatments(usual)
    truth = EFFECT * len(data.geos)  # sizes have the mean 1
    sd = (found.per_unit.p95 - found.per_unit.p5) / 3.29
    assert abs(found.per_unit.mean - truth) < 3.5 * sd
    assert sd < 0.2 * abs(truth)
    brought = EFFECT * (data.size_g[:, None] * (data.controls_gtk[:, :, 1] - 20.0)).sum()
    assert found.contribution.mean == pytest.approx(brought * found.per_unit.mean / truth, rel=1e-9)
    table = contributions(usual)
    own = table[table["component"] == "treatments"]
    assert own["mean"].sum() == pytest.approx(found.contribution.mean, rel=1e-6)
    assert set(own["kind"]) == {"baseline"}


def test_another_reference_moves_nothing_else(data: Dataset, usual: Fit) -> None:
    other = fit(data, spec_of(11.0, geo=len(data.geos) > 1))
    for name in usual.posterior.arrays:
        same = np.array_equal(usual.posterior[name], other.posterior[name])
        assert same == (name not in ("intercept", "intercept_geo")), name
    np.testing.assert_allclose(total_baseline(usual), total_baseline(other), rtol=1e-9)
    for geo in range(len(data.geos)):
        np.testing.assert_allclose(total_baseline(usual, geo), total_baseline(other, geo), rtol=1e-9)
    (here,), (there,) = measure_treatments(usual), measure_treatments(other)
    # Nine units, in every period and geo, of the same effect.
    moved = 9.0 * here.per_unit.mean * data.n_periods
    assert there.contribution.mean - here.contribution.mean == pytest.approx(moved, rel=1e-9)
    assert (here.reference, there.reference) == (20.0, 11.0)


def test_a_reference_may_be_a_level_of_the_data(data: Dataset) -> None:
    price_gt = data.controls_gtk[:, :, 1]
    for word, value in (("mean", price_gt.mean()), ("min", price_gt.min()), ("max", price_gt.max())):
        problem = pose(data, spec_of(word, geo=len(data.geos) > 1))
        (block,) = [b for b in problem.blocks if b.component == "treatments"]
        np.testing.assert_allclose(block.matrix_gtp[:, :, 0], price_gt - value, atol=1e-9)


def test_tables_add_up_over_geos(data: Dataset, usual: Fit) -> None:
    by_geo, together = treatments(usual, by="geo"), treatments(usual)
    assert list(by_geo["geo"]) == list(usual.dataset.geos)
    assert by_geo["contribution_mean"].sum() == pytest.approx(together["contribution_mean"][0], rel=1e-9)
    assert by_geo["per_unit_mean"].sum() == pytest.approx(together["per_unit_mean"][0], rel=1e-9)


def test_the_future_is_told_against_the_same_reference(data: Dataset, usual: Fit) -> None:
    last = slice(-4, None)
    future = replace(
        data,
        dates=data.dates[last] + 4 * WEEK,
        outcome_gt=np.full((len(data.geos), 4), np.nan),
        spend_gtc=data.spend_gtc[:, last].copy(),
        exposure_gtc=data.exposure_gtc[:, last].copy(),
        controls_gtk=data.controls_gtk[:, last].copy(),
        events=(),
    )
    dearer = future.controls_gtk.copy()
    dearer[:, :, 1] += 2.0
    parts = []
    for one in (future, replace(future, controls_gtk=dearer)):
        (part,) = [c for c in look_ahead(usual, one).components if c.name == "treatments"]
        parts.append(part.draws_dt.mean())
    (found,) = measure_treatments(usual)
    assert parts[1] - parts[0] == pytest.approx(2.0 * found.per_unit.mean, rel=1e-6)
    assert len(forecast(usual, future, anyway=True)) == 4


def test_it_is_kept_and_told(usual: Fit, tmp_path: Path) -> None:
    mm.save(usual, tmp_path / "fit")
    back = mm.load(tmp_path / "fit")
    assert treatments(back).equals(treatments(usual))
    told = summarise(back).to_dict()["treatments"]["own_price"]
    assert told["reference"] == 20.0
    page = mm.report(usual, None, tmp_path / "report.html")
    assert "What prices and other settings did" in Path(page).read_text(encoding="utf-8")


def test_without_treatments_there_is_nothing_to_tell(mixed_fit: Fit) -> None:
    assert treatments(mixed_fit).empty
    assert "treatments" not in summarise(mixed_fit).to_dict()


@pytest.mark.parametrize(
    ("own", "match"),
    [
        ({"kind": "treatment"}, "a treatment needs a 'reference'"),
        ({"reference": 3.0}, "'reference' is for 'kind: treatment' only"),
        ({"kind": "treatment", "reference": "median"}, "reference"),
        ({"kind": "treatment", "reference": float("inf")}, "reference"),
        ({"kind": "treatment", "reference": 1, "adstock": {"max_lag": 3}}, "has no adstock"),
    ],
)
def test_wrong_treatments_are_refused(own: dict, match: str) -> None:
    with pytest.raises(SpecError, match=match):
        parse_spec({"channels": {"price": own}})


@pytest.mark.parametrize("name", ["prise", "tv"])
def test_a_treatment_is_a_column_of_the_controls(name: str, weekly: Dataset) -> None:
    spec = parse_spec({"channels": {name: {"kind": "treatment", "reference": 1}}})
    with pytest.raises((SpecError, DataError)):
        pose(weekly, spec)
    frames = media_and_more(weekly)
    with pytest.raises(UserError, match="the spec doesn't fit the media table") as caught:
        mm.read(**frames, spec=spec)
    (line,) = caught.value.details
    assert ("did you mean 'price'" in line) == (name == "prise")
    assert ("a channel of the media table" in line) == (name == "tv")


def media_and_more(data: Dataset) -> dict:
    import pandas as pd

    media = pd.DataFrame({"date": data.dates, "channel": "tv", "spend": data.spend_gtc[0, :, 0]})
    outcome = pd.DataFrame({"date": data.dates, "revenue": data.outcome_gt[0]})
    controls = pd.DataFrame({"date": data.dates, "price": data.controls_gtk[0, :, 0]})
    return {"media": media, "outcome": outcome, "controls": controls}
