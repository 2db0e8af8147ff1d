"""What holds unless something else is said: each_channel, presets, and both through the written spec."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mediamix.core.errors import SpecError
from mediamix.core.presets import presets
from mediamix.core.spec import ChannelSpec, Spec, parse_spec

NAMES = (
    "lightweight_mmm/adstock",
    "lightweight_mmm/carryover",
    "lightweight_mmm/hill_adstock",
    "meridian",
    "pymc_marketing",
    "robyn",
)
HALF_LIFE = {"median": 2, "p95": 9}


def again(spec: Spec) -> Spec:
    return parse_spec(yaml.safe_load(spec.to_yaml()))


def test_the_presets_are_those_of_the_guide():
    assert tuple(presets()) == NAMES
    for preset in presets().values():
        assert preset.differs
        assert preset.source


def test_each_channel_holds_for_who_does_not_say_otherwise():
    spec = Spec(
        each_channel={
            "adstock": {"kind": "delayed", "max_lag": 9},
            "prior": {"roi": HALF_LIFE, "delay": HALF_LIFE},
        },
        channels={"tv": {"adstock": {"max_lag": 20}, "prior": {"roi": {"median": 1, "p95": 2}}}},
    )
    assert spec.channel("search") == spec.each_channel
    tv = spec.channel("tv")
    assert (tv.adstock.kind, tv.adstock.max_lag) == ("delayed", 20)
    assert tv.beliefs["roi"].said == "median 1, p95 2"
    assert tv.beliefs["delay"] == spec.each_channel.beliefs["delay"]
    assert set(spec.stated("tv")) == {"roi"}
    assert Spec().channel("tv") == ChannelSpec()


def test_a_prior_is_said_whole():
    spec = Spec(
        each_channel={"prior": {"roi": {"median": 1, "p95": 2}}},
        channels={"tv": {"prior": {"roi": {"mean": 1, "sd": 2}}}},
    )
    assert spec.channel("tv").beliefs["roi"].said == "mean 1, sd 2"


def test_who_says_a_roi_says_no_share():
    each = {"prior": {"share": {"median": 0.1, "p95": 0.2}, "half_life": HALF_LIFE}}
    spec = Spec(each_channel=each, channels={"tv": {"prior": {"roi": HALF_LIFE}}})
    assert set(spec.channel("tv").beliefs) == {"roi", "half_life"}
    own = Spec(preset="pymc_marketing", each_channel={"prior": {"roi": HALF_LIFE}})
    assert "share" not in own.channel("tv").beliefs
    assert again(own) == own


def test_null_takes_the_default_again():
    spec = Spec(preset="meridian", channels={"tv": {"prior": {"roi": None}}})
    assert "roi" not in spec.channel("tv").beliefs
    assert "roi" in spec.channel("search").beliefs
    assert again(spec) == spec


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_holds_where_nothing_is_said_and_is_written_complete(name):
    spec = Spec(preset=name)
    fragment = presets()[name].spec
    assert spec.trend.kind == fragment["trend"]["kind"]
    assert spec.channel("tv").saturation.kind == fragment["each_channel"]["saturation"]["kind"]
    own = Spec(preset=name, trend={"kind": "none"}, channels={"tv": {"saturation": {"kind": "tanh"}}})
    assert own.trend.kind == "none"
    assert own.channel("tv").saturation.kind == "tanh"
    assert own.channel("tv").adstock.kind == spec.channel("tv").adstock.kind
    for one in (spec, own):
        assert again(one) == one
        assert again(one).hash == one.hash
        assert Spec.model_validate_json(one.model_dump_json()) == one
    # Without its name it is the same model.
    bare = parse_spec({key: said for key, said in yaml.safe_load(spec.to_yaml()).items() if key != "preset"})
    assert bare.channel("tv") == spec.channel("tv")
    assert len({spec.hash, own.hash, bare.hash, Spec().hash}) == 4


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'meridian'"):
        Spec(preset="meridien")


def test_what_is_wrong_in_each_channel_is_said_once():
    with pytest.raises(SpecError, match=r"each_channel\.adstok") as error:
        Spec(each_channel={"adstok": {}}, channels={"tv": {}, "search": {}})
    assert "channels.tv" not in str(error.value)


_adstock = st.fixed_dictionaries(
    {}, optional={"kind": st.sampled_from(["geometric", "delayed"]), "max_lag": st.integers(1, 30)}
)
_prior = st.dictionaries(
    st.sampled_from(["roi", "share", "half_life", "slope"]),
    st.none() | st.just({"median": 1.0, "p95": 2.0}) | st.just({"p5": 1.0, "p99": 3.0}),
)
_channel = st.fixed_dictionaries({}, optional={"adstock": _adstock, "prior": _prior})


@given(
    raw=st.fixed_dictionaries(
        {},
        optional={
            "preset": st.sampled_from(NAMES),
            "each_channel": _channel,
            "channels": st.dictionaries(st.sampled_from(["tv", "search"]), _channel),
            "geo": st.none(),
        },
    )
)
def test_writing_and_reading_changes_nothing(raw):
    spec = parse_spec(raw)
    assert again(spec) == spec
    assert again(spec).hash == spec.hash
    assert spec.model_copy(update={"holdout": {"last": 3}}).channels == spec.channels
