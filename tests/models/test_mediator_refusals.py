"""Mediators that the data don't bear out are refused before anything is computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from funnels import ONE, market, spec
from mediamix.core.errors import DataError, SpecError
from mediamix.core.types import Channel, Experiment
from mediamix.models.refusals import refuse


def with_awareness(values: object) -> object:
    """The market with another series."""
    data = market()
    controls = data.controls_gtk.copy()
    controls[0, :, list(data.control_names).index("awareness")] = values
    return replace(data, controls_gtk=controls)


@pytest.mark.parametrize(
    ("mediators", "words"),
    [
        ({"awareness": {"driven_by": ["tvv"]}}, "no channel or mediator 'tvv'(?s:.)*did you mean 'tv'"),
        ({"awarenes": {"driven_by": ["tv"]}}, "no column 'awarenes'(?s:.)*did you mean 'awareness'"),
        ({"tv": {"driven_by": ["search"], "column": "awareness"}}, "mediators.tv: a channel has this name"),
        ({"price": {"driven_by": ["tv"], "column": "awareness"}}, "mediators.price: a control has this name"),
    ],
)
def test_what_the_data_do_not_have_is_named(mediators, words):
    with pytest.raises(SpecError, match=words):
        refuse(market(), spec(mediators))


def test_all_findings_come_at_once():
    mediators = {"brand": {"driven_by": ["tvv"]}, "awareness": {"driven_by": ["serch", "tv"]}}
    with pytest.raises(SpecError) as error:
        refuse(market(), spec(mediators))
    said = " ".join(error.value.details)
    assert all(words in said for words in ("'tvv'", "no column 'brand'", "'serch'"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (31.0, "mediators.awareness: the series never changes, it is 31 throughout"),
        (np.linspace(-1, 1, 90), "the series goes below zero, to -1"),
        (np.where(np.arange(90) == 3, np.nan, np.arange(90.0)), "1 of 90 values are missing"),
    ],
)
def test_a_series_that_nothing_moved_or_that_is_no_level_is_refused(values, words):
    with pytest.raises(DataError, match=words):
        refuse(with_awareness(values), spec(ONE))


def test_a_column_is_found_as_people_spell_it():
    data = market()
    named = tuple("Brand  awareness" if name == "awareness" else name for name in data.control_names)
    data = replace(data, control_names=named)
    refuse(data, spec({"fame": {"driven_by": ["tv"], "column": "brand awareness"}}))


def test_an_unpaid_channel_may_drive_one():
    data = market()
    channels = (replace(data.channels[0], kind="organic"), *data.channels[1:])
    assert isinstance(channels[0], Channel)
    refuse(replace(data, channels=channels), spec(ONE))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"synergy": {"pairs": [["tv", "search"]]}}, "mediators and synergy"),
        ({"media": {"pooled": True}}, "mediators and media"),
    ],
)
def test_what_would_be_about_direct_effects_only_is_refused(more, words):
    with pytest.raises(SpecError, match=words):
        refuse(market(), spec(ONE, **more))


def test_a_test_of_a_channel_that_drives_a_mediator_is_refused():
    data = market()
    day = data.dates.astype("datetime64[D]")
    tests = [
        Experiment(channel, day[20], day[24], day[30], 9e4, 3e4, 5e4, 5e4) for channel in ("tv", "social")
    ]
    refuse(replace(data, experiments=(tests[1],)), spec(ONE))
    with pytest.raises(SpecError, match="mediators and calibration: tv drives a mediator"):
        refuse(replace(data, experiments=tuple(tests)), spec(ONE))
