"""Beliefs that can't all hold are refused, all at once, with what would do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec
from mediamix.models.problem import pose
from mediamix.models.refusals import refusals
from mediamix.simulate import Scenario, simulate
from models_panels import organic, panel

DATA = simulate(Scenario(periods=80, channels=3, every="week", seed=3)).dataset
ONE, TWO, THREE = DATA.channel_names
ABOUT = {"median": 1.0, "p95": 3.0}
MUCH = {"median": 20.0, "p95": 25.0}
LITTLE = {"median": 0.001, "p95": 0.002}


def refused(**said) -> str:
    with pytest.raises(SpecError) as error:
        pose(DATA, Spec(**said))
    return str(error.value)


def test_two_statements_about_what_a_channel_brings_are_refused_all_at_once():
    text = refused(
        channels={
            ONE: {"prior": {"roi": ABOUT, "share": ABOUT}},
            TWO: {"prior": {"roi": ABOUT, "mroi": ABOUT}},
        },
        each_channel={"prior": {"roi": LITTLE, "mroi": LITTLE}},
    )
    for key in (f"channels.{ONE}.prior: roi and share", f"channels.{TWO}.prior", "each_channel.prior"):
        assert key in text


def test_a_share_for_who_has_no_roi_beside_a_roi_is_no_contradiction():
    each = {"prior": {"roi": ABOUT, "share": {"median": 0.1, "p95": 0.3}}}
    effects = [p.name for p in pose(organic(panel(geos=1)), Spec(each_channel=each)).model.priors]
    assert (effects.count("roi"), effects.count("share")) == (2, 1)
    # Of channels that all have a ROI nobody has a use for the share.
    assert "no channel has share" in refused(each_channel=each)


def test_they_are_seen_without_posing():
    spec = Spec(channels={ONE: {"prior": {"roi": ABOUT, "share": ABOUT}}})
    assert [error.what for error in refusals(DATA, spec)]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"each_channel": {"prior": {"roi": MUCH}}}, "can be above"),
        ({"channels": {ONE: {"prior": {"roi": MUCH}}}}, f"contradicts the priors of {ONE}"),
        ({"each_channel": {"prior": {"roi": LITTLE}}}, "can be below"),
        ({"each_channel": {"prior": {"mroi": MUCH}}}, "can be above"),
    ],
)
def test_channels_that_rule_out_the_share_of_all_media(said, words):
    text = refused(media={"prior": {"share": {"median": 0.2, "p95": 0.3}}}, **said)
    assert words in text
    assert "media.prior.share" in text


@pytest.mark.parametrize(
    "said",
    [
        {},
        # Only one channel is stated, and little: the others may bring the rest.
        {"channels": {ONE: {"prior": {"roi": LITTLE}}}},
        {"each_channel": {"prior": {"roi": ABOUT}}},
    ],
)
def test_what_can_hold_together_is_posed(said):
    pose(DATA, Spec(media={"prior": {"share": {"median": 0.2, "p95": 0.3}}}, **said))


def test_a_pool_of_stated_channels_and_what_varies_are_told_together():
    text = refused(
        media={"pooled": True},
        channels={
            ONE: {"prior": {"roi": ABOUT}},
            TWO: {"prior": {"mroi": ABOUT}, "varying": {"by": "time"}},
        },
    )
    assert "nothing to pool" in text
    assert f"channels.{TWO}.prior.mroi" in text


def test_default_beliefs_contradict_nothing():
    """Media cost twice the outcome: by the default ROI they bring twice of it, and nobody said so."""
    costly = replace(DATA, spend_gtc=DATA.spend_gtc * 8)
    pose(costly, Spec(media={"prior": {"share": {"median": 0.05, "p95": 0.08}}}))
