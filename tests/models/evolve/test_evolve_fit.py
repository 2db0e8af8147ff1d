"""The evolve family as a whole: what it fits, what it refuses, and that nothing but the seed decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediamix.core import threads
from mediamix.core.errors import DataError, SpecError, UserError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Channel, Experiment, Kind
from mediamix.data.dataset import Dataset
from mediamix.models.base import Fit
from mediamix.models.evolve.posing import pose
from mediamix.models.evolve.record import Found, found_of
from mediamix.models.family import families
from mediamix.pipeline import fit_model, load, save
from short import QUICK

SHORT = {"trials": 2, "iterations": 230, "train_size": [0.5, 0.8]}


def spec_of(keys: Mapping[str, Any] | None = None, **more: Any) -> Spec:
    model = {"family": "evolve", "evolve": {**SHORT, **(keys or {})}}
    return parse_spec({"model": model, "sampler": QUICK, "holdout": {"last": 8}, **more})


def searched(fit: Fit) -> Found:
    found = found_of(fit)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def made(mixed: Dataset) -> Fit:
    """Six channels, one of them organic, three outcomes missing."""
    return fit_model(mixed, spec_of())


def test_every_draw_is_a_model_of_the_chosen_group(made: Fit, mixed: Dataset) -> None:
    found = searched(made)
    assert made.n_draws == QUICK["chains"] * QUICK["draws"]
    assert found.objectives.shape == (460, 2)
    totals = np.column_stack([e.contribution(e_x(mixed, c)).sum(axis=1) for c, e in enumerate(made.channels)])
    wanted = found.effect[found.members]
    for row in totals[::50]:
        assert np.isclose(wanted, row, rtol=1e-8).all(axis=1).any()
    assert found.chosen in found.members
    assert (found.front[found.members] > 0).all()
    # What the model says, from its parts: the record's error of the validation is found again.
    said = sum(term.contribution() for term in made.baseline) + sum(
        e.contribution(e_x(mixed, c)) for c, e in enumerate(made.channels)
    )
    (rows,) = np.nonzero(made.trained_gt[0])
    y = mixed.outcome_gt[0]
    draw = 0
    member = int(found.members[np.isclose(wanted, totals[draw], rtol=1e-8).all(axis=1).argmax()])
    train = found.values[member, -1]
    first = int(train * (len(rows) - 1))
    part = rows[first : first + int(len(rows) * (1 - train) / 2)]
    error = np.sqrt(np.mean((y[part] - said[draw, part]) ** 2)) / np.ptp(y[part])
    assert error == pytest.approx(found.objectives[member, 0], rel=1e-8)
    assert made.sigma_dg[draw, 0] == pytest.approx((y[rows] - said[draw, rows]).std())


def e_x(dataset: Dataset, c: int) -> np.ndarray:
    return dataset.exposure_gtc[:, :, c]


def test_media_never_hurt_and_the_baseline_is_no_less_than_nothing(made: Fit) -> None:
    assert all((effect.beta_dg >= 0).all() for effect in made.channels)
    assert (made.baseline[0].coefficient_dp >= 0).all()


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads(
    made: Fit, mixed: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "cores", lambda: 1)
    np.random.seed(99)
    again = fit_model(mixed, spec_of())
    assert (searched(again).values == searched(made).values).all()
    assert searched(again).chosen == searched(made).chosen
    for name in made.posterior.arrays:
        assert (again.posterior[name] == made.posterior[name]).all()
    monkeypatch.setattr(threads, "cores", lambda: 5)
    other = spec_of(sampler={**QUICK, "seed": 8})
    assert (searched(fit_model(mixed, other)).values != searched(made).values).any()


def test_a_fit_is_read_back_with_its_search(made: Fit, tmp_path: Path) -> None:
    save(made, tmp_path / "fit")
    back = load(tmp_path / "fit")
    one, other = searched(back), searched(made)
    assert (one.names, one.trials, one.chosen, one.reason) == (
        other.names,
        other.trials,
        other.chosen,
        other.reason,
    )
    assert (one.values == other.values).all()
    for mine, theirs in zip(back.channels, made.channels, strict=True):
        assert (mine.theta_dk == theirs.theta_dk).all()
        assert (mine.beta_dg == theirs.beta_dg).all()
    again = fit_model(back.dataset, back.spec)
    assert again.run.spec_hash == made.run.spec_hash
    narrow = fit_model(made.dataset, spec_of({"refresh": str(tmp_path / "fit"), "freedom": 0.05}))
    middle, spread = other.values[other.chosen], np.ptp(searched(narrow).values, axis=0)
    assert (np.abs(searched(narrow).values - middle) <= 0.05 * width(made) + 1e-9).all()
    assert (spread > 0).all()
    new = replace(made.dataset, dates=made.dataset.dates + np.timedelta64(7 * 13, "D"))
    moved = pose(new, spec_of({"refresh": str(tmp_path / "fit")})).ranges
    assert (moved.high - moved.low <= 2 * 13 / new.n_periods * width(made) + 1e-9).all()


def width(fit: Fit) -> np.ndarray:
    ranges = pose(fit.dataset, spec_of()).ranges
    return ranges.high - ranges.low


def test_a_refresh_of_something_else_is_refused(made: Fit, mixed_fit: Fit, tmp_path: Path) -> None:
    save(mixed_fit, tmp_path / "bayes")
    with pytest.raises(SpecError, match="holds no model to begin from"):
        fit_model(made.dataset, spec_of({"refresh": str(tmp_path / "bayes")}))
    with pytest.raises(UserError, match="nowhere"):
        fit_model(made.dataset, spec_of({"refresh": str(tmp_path / "nowhere")}))


def test_experiments_pull_the_search_towards_what_they_measured(weekly: Dataset) -> None:
    free = fit_model(weekly, spec_of())
    start, end = weekly.dates[60], weekly.dates[63] + np.timedelta64(6, "D")
    lift = 3.0 * float(free.channels[0].contribution(e_x(weekly, 0))[:, 60:64].sum(axis=1).mean())
    change = float(e_x(weekly, 0)[0, 60:64].sum())
    test = Experiment("tv", start, end, end, lift, 0.05 * lift, change, change)
    tested = replace(weekly, experiments=(test,))
    found = searched(fit_model(tested, spec_of()))
    assert found.objectives.shape[1] == 3
    assert found.objectives[found.chosen, 2] <= np.quantile(found.objectives[:, 2], 0.1) + 1e-12
    before = searched(free)
    assert found.effect[found.chosen, 0] > before.effect[before.members, 0].mean()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"noise": {"kind": "ar1"}}, "noise"),
        ({"synergy": {"pairs": "all"}}, "synergy"),
        ({"media": {"pooled": True}}, "media.pooled"),
        ({"channels": {"tv": {"prior": {"roi": {"median": 1.0, "p95": 3.0}}}}}, r"channels\.tv\.prior"),
        ({"channels": {"tv": {"varying": {"by": "time"}}}}, r"channels\.tv\.varying"),
        ({"channels": {"tv": {"order": "saturation_first"}}}, r"channels\.tv\.order"),
        ({"channels": {"tv": {"adstock": {"kind": "delayed"}}}}, r"channels\.tv\.adstock\.kind"),
        ({"channels": {"tv": {"saturation": {"kind": "log"}}}}, r"channels\.tv\.saturation\.kind"),
        ({"model": {"family": "evolve", "evolve": {"channels": {"tvv": {}}}}}, "no such channel"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_family_has_no_model_of_is_refused(
    weekly: Dataset, more: dict[str, Any], words: str
) -> None:
    spec = spec_of(**{key: value for key, value in more.items() if key != "model"})
    if "model" in more:
        spec = parse_spec(more)
    with pytest.raises(SpecError, match=words):
        fit_model(weekly, spec)
    told = families()["evolve"].tell(weekly, spec, True)
    assert any(isinstance(one, SpecError) for one in told.refusals)


def test_panels_and_reach_are_refused(panel: Dataset, weekly: Dataset) -> None:
    with pytest.raises(SpecError, match="the sum of the geos"):
        fit_model(panel, spec_of(geo={}))
    reach = replace(weekly, channels=(Channel("tv", Kind.REACH_FREQUENCY, "reach"), *weekly.channels[1:]))
    reach = replace(reach, frequency_gtc=np.ones_like(weekly.exposure_gtc))
    with pytest.raises(SpecError, match="reach & frequency"):
        fit_model(reach, spec_of())


def test_an_outcome_that_does_not_move_is_refused(weekly: Dataset) -> None:
    flat = replace(weekly, outcome_gt=np.full_like(weekly.outcome_gt, 7.0))
    with pytest.raises(DataError, match="the same in every period"):
        fit_model(flat, spec_of())


def test_too_short_a_history_is_refused(weekly: Dataset) -> None:
    outcome = weekly.outcome_gt.copy()
    outcome[:, :140] = np.nan
    with pytest.raises(DataError, match="too few for a search"):
        fit_model(replace(weekly, outcome_gt=outcome), spec_of())


def test_no_admissible_model_is_said_so(weekly: Dataset) -> None:
    media = weekly.exposure_gtc.sum(axis=2)
    alone = replace(
        weekly,
        outcome_gt=2.0 * media.max() - media,
        controls_gtk=weekly.controls_gtk[:, :, :0],
        control_names=(),
        events=(),
        channels=weekly.channels[:1],
        spend_gtc=media[:, :, None].copy(),
        exposure_gtc=media[:, :, None].copy(),
    )
    spec = spec_of(
        {"penalty": [0.5, 1.0], "train_size": "all"}, trend={"kind": "none"}, seasonality={"yearly": 0}
    )
    with pytest.raises(DataError, match="no model is admissible"):
        fit_model(alone, spec)


def test_all_periods_can_be_trained_on(weekly: Dataset) -> None:
    found = searched(fit_model(weekly, spec_of({"train_size": "all", "clusters": 2, "models": 20})))
    assert (found.objectives[:, 0] == found.errors[:, 0]).all()
    assert np.isnan(found.errors[:, 1:]).all()
    assert set(found.cluster[found.front > 0]) == {0, 1}


def test_adstocks_may_differ_from_channel_to_channel(weekly: Dataset) -> None:
    kinds = {"tv": "weibull_pdf", "search": "weibull_cdf", "social": "none"}
    made = fit_model(
        weekly, spec_of(channels={name: {"adstock": {"kind": kind}} for name, kind in kinds.items()})
    )
    found = searched(made)
    assert {"tv.shape", "tv.scale", "search.shape", "search.scale", "display.theta"} <= set(found.names)
    assert "social.theta" not in found.names
    for c, effect in enumerate(made.channels):
        assert effect.transform.adstock.name == kinds.get(effect.channel.name, "geometric")
        own = effect.contribution(e_x(weekly, c)).sum(axis=1)
        assert np.isclose(found.effect[found.members, c][None], own[:20, None], rtol=1e-8).any(axis=1).all()
