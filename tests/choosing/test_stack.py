"""A stacked fit is its members' draws, whatever is asked of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import SpecError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Window
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.decide.flighting.response import outlook
from mediamix.measure.contribution import decompose
from mediamix.measure.fading import still_to_come
from mediamix.measure.forecast import look_ahead
from mediamix.measure.quality import expected_from, fitted
from mediamix.measure.response import response_draws
from mediamix.measure.summary import summarise
from mediamix.measure.survey import survey
from mediamix.models.base import Fit
from mediamix.models.family import family_for
from mediamix.models.mixed import shares
from mediamix.simulate import Scenario, simulate
from short import QUICK

SHORT = {"sampler": {**QUICK, "draws": 100, "tune": 150}, "holdout": {"last": 5}}
#: Unlike in trend, noise, saturation and carry-over.
OTHER = {
    "trend": {"kind": "linear"},
    "noise": {"kind": "student"},
    "channels": {"tv": {"saturation": {"kind": "logistic"}, "adstock": {"max_lag": 6}}},
}
WEIGHTS = {"base": 0.7, "other": 0.3}


@pytest.fixture(scope="module")
def market() -> Dataset:
    return simulate(replace(Scenario.weekly(5), periods=80, channels=2)).dataset


@pytest.fixture(scope="module")
def members(market) -> dict[str, Fit]:
    make = partial(mm.fit, market, checks=False)
    return {"base": make(parse_spec(SHORT)), "other": make(parse_spec({**SHORT, **OTHER}))}


@pytest.fixture(scope="module")
def stack(members) -> Fit:
    return mm.stack(members, WEIGHTS)


@pytest.fixture(scope="module")
def own(members) -> list[Fit]:
    """The members with the draws that count, picked here once more."""
    rows = shares(np.array([0.7, 0.3]), [one.n_draws for one in members.values()])
    return [one.thinned(which) for one, which in zip(members.values(), rows, strict=True)]


def test_draws_are_in_proportion(stack, own):
    assert [one.n_draws for one in own] == [140, 60]
    assert stack.n_draws == 200


def test_channels_respond_as_their_members(stack, own):
    seen, parts = survey(stack), [survey(one) for one in own]
    for name in ("total_dc", "slope_dc", "media_dt"):
        together = np.concatenate([getattr(part, name) for part in parts])
        assert np.allclose(getattr(seen, name), together, rtol=1e-12)
    points, window = np.array([0.0, 0.5, 2.0]), Window(20, 60)
    curves = [response_draws(one, points, window=window, carry_out=True) for one in (stack, *own)]
    assert np.allclose(curves[0], np.concatenate(curves[1:], axis=1), rtol=1e-12)
    left = [still_to_come(one, 0, np.arange(one.n_draws), 12) for one in (stack, *own)]
    assert np.array_equal(left[0], np.concatenate(left[1:]))


def test_the_baseline_is_its_members_draw_by_draw(stack, own):
    whole, *parts = (expected_from(one, survey(one).media_dt) for one in (stack, *own))
    assert np.allclose(whole, np.concatenate(parts), rtol=1e-12)
    named = [{part.name: part.draws_dt for part in decompose(one)} for one in (stack, *own)]
    for name, draws in named[0].items():
        parts = [one.get(name, np.zeros((fit.n_draws, 80))) for one, fit in zip(named[1:], own, strict=True)]
        assert np.allclose(draws, np.concatenate(parts), atol=1e-6 * np.abs(draws).max())
    assert np.array_equal(stack.sigma_dg, np.concatenate([one.sigma_dg for one in own]))


def test_thinned_is_thinned_everywhere(stack, market):
    rows = np.array([0, 3, 3, 139, 140, 199, 7])
    few = stack.thinned(rows)
    whole = expected_from(stack, survey(stack).media_dt)
    assert np.allclose(expected_from(few, survey(few).media_dt), whole[rows], rtol=1e-12)
    assert [one.n_draws for one in few.stacked.used] == [5, 2]
    only = stack.thinned(np.arange(10))
    future = read_future(market, periods=3, spec=stack.spec)
    assert np.isfinite(look_ahead(only, future).predictive_dt).all()
    assert np.isfinite(fitted(only).predictive_dt).all()


def test_it_forecasts_what_its_members_do(stack, own, market):
    future = read_future(market, periods=4, spec=stack.spec)
    seen, *parts = (look_ahead(one, future) for one in (stack, *own))
    assert np.allclose(seen.predictive_dt, np.concatenate([part.predictive_dt for part in parts]))
    for kind in ("baseline", "media"):
        assert np.allclose(seen.part(kind), np.concatenate([part.part(kind) for part in parts]))


def test_flighting_sees_its_members(stack, market):
    rate, periods = np.ones((2, 6)), 6
    view = outlook(stack, [0, 1], rate, np.zeros(2), stack.n_draws)
    spend = np.random.default_rng(1).uniform(0, 2, (2, periods)) * market.exposure_gtc.mean()
    found = view.draws(spend)
    for c, effect in enumerate(stack.channels):
        known = np.concatenate([market.before_gt(c), market.delivery_gt(c)], axis=1)
        room = np.zeros((1, found.shape[2] - periods))
        ahead = np.concatenate([known, spend[c : c + 1], room], axis=1)
        without = np.concatenate([known, np.zeros((1, found.shape[2]))], axis=1)
        n = known.shape[1]
        brought = (effect.contribution(ahead) - effect.contribution(without))[:, n:]
        assert np.allclose(found[c], brought, rtol=1e-9, atol=1e-6 * brought.max())


def test_it_comes_back_from_its_folder(stack, tmp_path):
    mm.save(stack, tmp_path / "fit")
    back = mm.load(tmp_path / "fit")
    assert (back.run, back.spec, back.family) == (stack.run, stack.spec, "stack")
    assert back.stacked.names == stack.stacked.names
    assert [one.spec for one in back.stacked.members] == [one.spec for one in stack.stacked.members]
    assert mm.contributions(back).equals(mm.contributions(stack))
    future = read_future(back.dataset, periods=3, spec=back.spec)
    assert np.array_equal(look_ahead(back, future).predictive_dt, look_ahead(stack, future).predictive_dt)
    assert summarise(back).judged == summarise(stack).judged


def test_its_spec_fits_the_same_again(stack, market):
    again = mm.fit(market, parse_spec(stack.spec.model_dump(mode="json")))
    assert again.spec.hash == stack.spec.hash
    assert np.array_equal(again.channels[0].beta_dg, stack.channels[0].beta_dg)
    assert mm.contributions(again).equals(mm.contributions(stack))


def test_the_verdict_has_what_its_members_have(stack, members):
    told = summarise(stack).findings
    for name, one in members.items():
        for finding in summarise(one).convergence.findings:
            assert any(f.check == finding.check and name in f.message for f in told), finding


def test_a_member_without_a_weight_is_left_out(members):
    alone = mm.stack({**members, "third": members["base"]}, {"base": 0.5, "other": 0.5, "third": 0.0})
    assert alone.stacked.names == ("base", "other")
    assert set(alone.spec.model.stack.members) == {"base", "other"}


def test_what_cannot_be_stacked_is_said_at_once(members, market):
    base, other = members["base"], members["other"]
    longer = replace(other, dataset=replace(market, events=()))
    held = replace(other, trained_gt=~other.trained_gt)
    nested = mm.stack(members, WEIGHTS)
    with pytest.raises(SpecError) as told:
        mm.stack({"base": base, "data": longer, "held": held, "stack": nested}, {"base": 2.0, "data": 0.1})
    words = "\n".join(told.value.details)
    for part in (
        "the weights are of base, data",
        "not 1 together",
        "data is of other data",
        "held holds other",
    ):
        assert part in words
    assert "stack is a stack itself" in words
    with pytest.raises(SpecError, match="there are no fits"):
        mm.stack({}, {})


def test_a_stack_whose_weight_is_all_on_one_is_that_one(members, market):
    alone = mm.stack(members, {"base": 1.0, "other": 0.0})
    assert mm.contributions(alone).equals(mm.contributions(members["base"]))
    again = mm.fit(market, alone.spec)
    assert again.stacked.names == ("base",)


HALVES = {"a": 0.5, "b": 0.5}


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({}, "model.stack is missing"),
        (
            {
                "stack": {
                    "members": {"a": {}, "b": {"trend": {"kind": "bent"}}},
                    "weights": {"a": 0.5, "b": 0.5},
                }
            },
            "bent",
        ),
    ],
)
def test_a_stack_that_is_none_is_refused_before_a_fit(market, model, words):
    spec = parse_spec({"model": {"family": "stack", **model}})
    (error,) = family_for(spec).tell(market, spec, True).refusals
    assert words in error.message
    with pytest.raises(SpecError, match=words):
        mm.fit(market, spec)


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        ({"members": {}, "weights": {}}, "a stack has members"),
        ({"members": {"a": {}, "b": {}}, "weights": {"a": 0.5, "c": 0.5}}, "the weights are of a, c"),
        ({"members": {"a": {}, "b": {}}, "weights": {"a": 0.5, "b": 0.7}}, "1.2 together"),
        ({"members": {"a": {}, "b": {}}, "weights": {"a": -0.5, "b": 1.5}}, "weights.a"),
    ],
)
def test_weights_that_are_none_are_refused_when_the_spec_is_read(stack, words):
    with pytest.raises(SpecError, match=words):
        parse_spec({"model": {"family": "stack", "stack": stack}})
