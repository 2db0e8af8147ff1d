"""What spend does in a market with structures: any path of spend, not just multiples of one.

Per channel c, geo g of weight w (its share of the people) and period t, with spend x:

    contribution = β_gc f_tc h_gtc + ½ Σ_d γ_cd w_g h_gtc h_gtd,   h = saturation(adstock(x b_tc / w_g))

or ``h = adstock(saturation(x / w_g))``. The factor f moves the effect in time and is one without; b is what
a unit of spend reaches, one but for reach and frequency, where it is ``saturation(frequency) / frequency``
and h is adstock alone. Half of a synergy is given to each of its two channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.types import Every
from mediamix.simulate.curves import adstock, saturate
from mediamix.simulate.media import Geos
from mediamix.simulate.modulation import factors
from mediamix.simulate.parts import ChannelTruth
from mediamix.simulate.scenario import Scenario
from mediamix.simulate.structure import Structure

#: Relative step of the derivative by differences: its error is of the order of its square.
_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Effects:
    """How spend becomes outcome.

    Args:
        channels: As they truly are.
        weight_g: Share of each geo in the people.
        spend_gtc: What was spent, in money.
        half_effect_c: Money per period, at the same rate per head in all geos.
        beta_gc: Outcome units per unit of h, in each geo.
        factor_tc: What effects are multiplied with.
        reached_tc: What a unit of spend reaches.
        pairs: Two channels' indices and γ of their synergy.
        contacts: Channel bought as reach and frequency → contacts per person at half of the largest
            effect on a person.
    """

    channels: tuple[ChannelTruth, ...]
    weight_g: Float[np.ndarray, " geo"]
    spend_gtc: Float[np.ndarray, "geo time channel"]
    half_effect_c: Float[np.ndarray, " channel"]
    beta_gc: Float[np.ndarray, "geo channel"]
    factor_tc: Float[np.ndarray, "time channel"]
    reached_tc: Float[np.ndarray, "time channel"]
    pairs: tuple[tuple[int, int, float], ...] = ()
    contacts: Mapping[str, float] = field(default_factory=dict)

    def responses(
        self, spend_gtc: Float[np.ndarray, "geo time channel"]
    ) -> Float[np.ndarray, "geo time channel"]:
        """``h_gtc`` of any spend."""
        h_gtc = np.empty(spend_gtc.shape)
        for c, channel in enumerate(self.channels):
            rate_gt = spend_gtc[:, :, c] * self.reached_tc[:, c] / self.weight_g[:, None]
            h_gtc[:, :, c] = _response(rate_gt, channel, float(self.half_effect_c[c]))
        return h_gtc

    def contribution(
        self, spend_gtc: Float[np.ndarray, "geo time channel"]
    ) -> Float[np.ndarray, "geo time channel"]:
        """Outcome units that each channel causes at any spend, its halves of synergies included."""
        h_gtc = self.responses(spend_gtc)
        result = self.beta_gc[:, None] * self.factor_tc * h_gtc
        for first, second, gamma in self.pairs:
            half_gt = 0.5 * gamma * self.weight_g[:, None] * h_gtc[:, :, first] * h_gtc[:, :, second]
            result[:, :, first] += half_gt
            result[:, :, second] += half_gt
        return np.asarray(result)

    def response(
        self, multiple_c: Float[np.ndarray, " channel"]
    ) -> tuple[Float[np.ndarray, " channel"], Float[np.ndarray, " channel"]]:
        """Contributions with spend scaled, and what all media gain per unit of each multiple."""
        value_c = self.contribution(self.spend_gtc * multiple_c).sum(axis=(0, 1))
        slope_c = np.zeros(len(multiple_c))
        for c in np.flatnonzero(multiple_c > 0):
            ends = []
            for sign in (1.0, -1.0):
                moved_c = np.array(multiple_c, dtype=float)
                moved_c[c] *= 1 + sign * _STEP
                ends.append(self.contribution(self.spend_gtc * moved_c).sum())
            slope_c[c] = (ends[0] - ends[1]) / (2 * _STEP * multiple_c[c])
        return value_c, slope_c

    def to_dict(self) -> dict[str, Any]:
        """Synergies in outcome units over the window, factors by period, contacts, where there are any."""
        names, h_gtc = [channel.name for channel in self.channels], self.responses(self.spend_gtc)
        found: dict[str, Any] = {}
        if self.pairs:
            found["synergy"] = [
                {
                    "channels": [names[c], names[d]],
                    "contribution": float(
                        gamma * (self.weight_g[:, None] * h_gtc[:, :, c] * h_gtc[:, :, d]).sum()
                    ),
                }
                for c, d, gamma in self.pairs
            ]
        if self.contacts:
            found["contacts_at_half_effect"] = dict(self.contacts)
        if np.ptp(self.factor_tc) > 0:
            found["factor"] = {name: self.factor_tc[:, c].tolist() for c, name in enumerate(names)}
        return found


def _response(rate_gt: np.ndarray, channel: ChannelTruth, half_effect: float) -> np.ndarray:
    if channel.order == "saturation_first":
        return adstock(saturate(rate_gt, channel, half_effect), channel)
    return saturate(adstock(rate_gt, channel), channel, half_effect)


def make_effects(
    scenario: Scenario,
    channels: tuple[ChannelTruth, ...],
    geos: Geos,
    spend_gtc: Float[np.ndarray, "geo time channel"],
    season_t: Float[np.ndarray, " time"],
    frequency_tc: Float[np.ndarray, "time channel"],
    rng: dict[str, np.random.Generator],
) -> Effects:
    """Scale effects so that each channel's contribution over the window is its ROI times its spend.

    Args:
        scenario: All knobs.
        channels: As they truly are; of one with a frequency half effect and slope are the frequency's.
        geos: Weights.
        spend_gtc: Money.
        season_t: Of mean 0 and standard deviation 1.
        frequency_tc: Contacts per person reached; NaN of channels that aren't bought so.
        rng: Streams: ``geos`` as without structures, ``structure``.

    Raises:
        SpecError: A pair of channels with synergy isn't there, or leaves a channel nothing of its own.
    """
    structure = scenario.structure or Structure()
    weeks = Every(scenario.every).days / 7.0
    factor_tc = factors(structure, len(channels), season_t, weeks, rng["structure"])
    reached_tc = np.ones(frequency_tc.shape)
    own, contacts = list(channels), {}
    for c in map(int, np.flatnonzero(np.isfinite(frequency_tc).any(axis=0))):
        frequency_t = frequency_tc[:, c]
        half = channels[c].half_effect * float(frequency_t.mean())
        contacts[channels[c].name] = half
        reached_tc[:, c] = saturate(frequency_t, channels[c], half) / frequency_t
        own[c] = replace(channels[c], saturation="none")
    shape = (scenario.geos, len(channels))
    made = Effects(
        channels=tuple(own),
        weight_g=geos.weight_g,
        spend_gtc=spend_gtc,
        half_effect_c=np.ones(len(channels)),
        beta_gc=np.empty(shape),
        factor_tc=factor_tc,
        reached_tc=reached_tc,
        contacts=contacts,
    )
    half_effect_c, beta_gc = np.empty(len(channels)), np.empty(shape)
    for c, channel in enumerate(made.channels):
        spend_gt = spend_gtc[:, :, c]
        rate_gt = spend_gt * reached_tc[:, c] / geos.weight_g[:, None]
        seen_gt = rate_gt if channel.order == "saturation_first" else adstock(rate_gt, channel)
        half_effect_c[c] = channel.half_effect * seen_gt[spend_gt > 0].mean()
        strength_g = geos.weight_g.copy()
        if scenario.geos > 1:
            strength_g *= np.exp(scenario.geo_spread * rng["geos"].standard_normal(scenario.geos))
        beta_gc[:, c] = strength_g
    made = replace(made, half_effect_c=half_effect_c, beta_gc=beta_gc)
    roi_c = np.array([channel.roi for channel in channels])
    wanted_c = roi_c * spend_gtc.sum(axis=(0, 1)) / scenario.money_per_unit
    pairs, left_c = _synergies(made, structure.synergy, wanted_c)
    scale_c = left_c / made.contribution(spend_gtc).sum(axis=(0, 1))
    return replace(made, beta_gc=beta_gc * scale_c, pairs=pairs)


def _synergies(
    made: Effects, wanted: Sequence[tuple[str, str, float]], wanted_c: np.ndarray
) -> tuple[tuple[tuple[int, int, float], ...], np.ndarray]:
    """The pairs with their γ, and what of each channel's contribution is its own."""
    names = [channel.name for channel in made.channels]
    strangers = sorted({name for *pair, _ in wanted for name in pair} - set(names))
    if strangers:
        raise SpecError(
            f"synergy of channels that aren't there: {', '.join(map(str, strangers))}",
            expected=f"two of {', '.join(names)}",
            next_step="correct structure.synergy",
        )
    h_gtc, left_c, pairs = made.responses(made.spend_gtc), wanted_c.copy(), []
    for first, second, size in wanted:
        c, d = names.index(first), names.index(second)
        total = size * (wanted_c[c] + wanted_c[d])
        pairs.append((c, d, float(total / (made.weight_g[:, None] * h_gtc[:, :, c] * h_gtc[:, :, d]).sum())))
        left_c[[c, d]] -= total / 2
    poor = [names[c] for c in np.flatnonzero(left_c <= 0)]
    if poor:
        raise SpecError(
            f"synergies leave nothing of its own to {', '.join(poor)}",
            expected="sizes whose halves stay below each channel's contribution",
            next_step="lower the sizes in structure.synergy, or pair channels of like size",
        )
    return tuple(pairs), left_c
