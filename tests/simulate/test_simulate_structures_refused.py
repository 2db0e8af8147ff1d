"""Structures that can't be, or that don't fit the market."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediamix.core.errors import SpecError
from mediamix.simulate import ChannelTruth, Scenario, Structure, simulate

WEEKLY = Scenario.weekly(1)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"adstock": "weibull"}, r"structure\.adstock: must be one of"),
        ({"saturation": "cubic"}, r"structure\.saturation: must be one of"),
        ({"noise_ar1": 1.0}, r"structure\.noise_ar1: must be a number from -0\.95 to 0\.95"),
        ({"noise_df": 0.5}, r"structure\.noise_df: must be a number from 1"),
        ({"noise_df": 3.0, "noise_ar1": 0.2}, r"structure\.noise_df: not together with noise_ar1"),
        ({"effect_drift": -1}, r"structure\.effect_drift: "),
        ({"event_lead": 1.5}, r"structure\.event_lead: must be a whole number"),
        ({"synergy": (("tv", "tv", 0.1),)}, r"structure\.synergy: a channel has none with itself"),
        ({"synergy": (("tv", "a", 0.1), ("a", "tv", 0.1))}, r"a pair is given once"),
        ({"synergy": (("tv", "search", 2.0),)}, r"a size must be from 0 to 0\.8"),
        ({"synergy": (("tv", "search"),)}, r"must be \(channel, channel, size\)"),
        ({"synergy": "all"}, r"must be a tuple of"),
        ({"reach_frequency": "tv"}, r"structure\.reach_frequency: must be a tuple"),
    ],
)
def test_a_wrong_structure_is_named(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        replace(WEEKLY, structure=Structure(**knobs))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("structure", "message"),
    [
        (Structure(synergy=(("tv", "podcast", 0.1),)), "synergy of channels that aren't there: podcast"),
        (Structure(reach_frequency=("podcast",)), "reach and frequency that aren't there: podcast"),
        (
            Structure(synergy=tuple(("tv", other, 0.8) for other in ("search", "social", "display"))),
            "synergies leave nothing of its own to",
        ),
    ],
)
def test_a_structure_that_does_not_fit_the_channels_is_refused(structure: Structure, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        simulate(replace(WEEKLY, structure=structure))


def test_a_structure_of_built_in_channels_is_not_for_stated_ones() -> None:
    with pytest.raises(SpecError, match=r"structure\.adstock: is for built-in channels"):
        replace(WEEKLY, channels=(ChannelTruth("tv"),), structure=Structure(adstock="delayed"))
    with pytest.raises(SpecError, match=r"channels\[0\]\.slope: of a power it must be under 1"):
        replace(WEEKLY, channels=(ChannelTruth("tv", saturation="power", slope=1.2),))
    with pytest.raises(SpecError, match="structure: must be a Structure or None"):
        replace(WEEKLY, structure="synergy")  # type: ignore[arg-type]
