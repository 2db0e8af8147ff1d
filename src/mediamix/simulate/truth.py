"""`Truth`: what every channel really caused, and what it would cause at any other spend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core.card import Brief
from mediamix.core.errors import BudgetError
from mediamix.simulate.curves import half_life_of, retention_of
from mediamix.simulate.effects import Effects
from mediamix.simulate.optimum import Optimum, Vector, best_multiples
from mediamix.simulate.parts import ChannelTruth
from mediamix.simulate.scenario import Scenario

OPTIMAL_BOUNDS = (0.5, 1.5)


@dataclass(frozen=True, eq=False, repr=False)
class Truth(Brief):
    """The known answer of a simulation; contributions in outcome units, spend in money.

    The contribution of channel c in geo g is ``β_gc · h`` with the Hill curve
    ``h = o/(1+o), o = (a_gt / k_gc)^s_c`` of the adstocked spend a. Geos work alike per head:
    ``k_gc = k_c · w_g`` and ``β_gc ∝ β_c · w_g`` with w the geo's share of the population. In a market
    with structures it is what `effects` say.

    Args:
        scenario: The knobs it came from.
        geos: Names.
        channels: As they truly are, half-lives in periods.
        spend_c: Money over the window.
        contribution_gtc: Outcome caused by each channel.
        baseline_gtp: Parts of the outcome with all media at zero.
        baseline_names: In the order of the last axis of `baseline_gtp`.
        noise_gt: What is left: ``outcome = Σ baseline + Σ contribution + noise``.
        odds_gtc: Odds of the Hill curve, o above; None in a market with structures.
        beta_gc: Largest effect per period, in outcome units.
        half_effect_c: Money per period, spent at the same rate per head in all geos, for half of
            the largest effect.
        control_effects: Control → outcome units of all geos per unit of the control and period.
        event_effects: Event → outcome units of all geos per period.
        effects: What any path of spend does.
    """

    scenario: Scenario
    geos: tuple[str, ...]
    channels: tuple[ChannelTruth, ...]
    spend_c: Vector
    contribution_gtc: Float[np.ndarray, "geo time channel"]
    baseline_gtp: Float[np.ndarray, "geo time part"]
    baseline_names: tuple[str, ...]
    noise_gt: Float[np.ndarray, "geo time"]
    odds_gtc: Float[np.ndarray, "geo time channel"] | None
    beta_gc: Float[np.ndarray, "geo channel"]
    half_effect_c: Vector
    control_effects: dict[str, float]
    event_effects: dict[str, float]
    effects: Effects

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names in array order."""
        return tuple(channel.name for channel in self.channels)

    @property
    def baseline_gt(self) -> Float[np.ndarray, "geo time"]:
        """Outcome with all media at zero."""
        total: np.ndarray = self.baseline_gtp.sum(axis=2)
        return total

    @property
    def outcome_gt(self) -> Float[np.ndarray, "geo time"]:
        """What really happened, missing outcomes included; 0 where a geo isn't present."""
        total: np.ndarray = self.baseline_gt + self.contribution_gtc.sum(axis=2) + self.noise_gt
        return total

    @property
    def contribution(self) -> dict[str, float]:
        """Channel → outcome units over the window."""
        return self._named(self.contribution_gtc.sum(axis=(0, 1)))

    @property
    def spend(self) -> dict[str, float]:
        """Channel → money over the window."""
        return self._named(self.spend_c)

    @property
    def roi(self) -> dict[str, float]:
        """Channel → outcome units per unit of spend."""
        return self._named(self.contribution_gtc.sum(axis=(0, 1)) / self.spend_c)

    @property
    def mroi(self) -> dict[str, float]:
        """Channel → outcome units for the next unit of spend, the spending pattern scaled."""
        return self._named(self.response(1.0)[1] / self.spend_c)

    @property
    def share(self) -> float:
        """Share of the outcome that media caused."""
        media = self.contribution_gtc.sum()
        return float(media / (media + self.baseline_gtp.sum() + self.noise_gt.sum()))

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Channel → adstock and saturation in natural units (money, periods)."""
        result = {}
        for c, channel in enumerate(self.channels):
            adstock: dict[str, Any] = {"adstock": channel.adstock, "half_life": half_life_of(channel)}
            if channel.adstock == "delayed":
                adstock |= {"alpha": channel.retention, "peak": channel.peak, "max_lag": channel.max_lag}
            elif channel.adstock == "geometric":
                adstock["alpha"] = retention_of(channel.half_life)
            else:
                adstock |= {"max_lag": channel.max_lag, "shape": channel.shape}
            result[channel.name] = {
                **adstock,
                "saturation": channel.saturation,
                "half_effect": float(self.half_effect_c[c]),
                "slope": float(channel.slope),
                "beta": float(self.beta_gc[:, c].sum()),
            }
        return result

    def response(self, multiple: float | Vector) -> tuple[Vector, Vector]:
        """Contribution of each channel, spend scaled by `multiple`, and what all media gain by it."""
        multiple_c = np.broadcast_to(np.asarray(multiple, dtype=float), self.spend_c.shape)
        if self.odds_gtc is None:
            return self.effects.response(multiple_c)
        slope_c = np.array([channel.slope for channel in self.channels])
        odds_gtc = self.odds_gtc * multiple_c**slope_c
        effect_gtc = odds_gtc / (1 + odds_gtc)
        value_c = np.einsum("gc,gtc->c", self.beta_gc, effect_gtc)
        # m · dh/dm = s · h · (1 − h); at zero spend the derivative is not needed and set to 0.
        bent_c = slope_c * np.einsum("gc,gtc->c", self.beta_gc, effect_gtc / (1 + odds_gtc))
        return value_c, bent_c / np.where(multiple_c > 0, multiple_c, np.inf)

    def media_outcome(self, multipliers: Mapping[str, float] | Vector | float = 1.0) -> float:
        """Media contribution in outcome units if each channel's spend were multiplied.

        Args:
            multipliers: Channel → multiple (absent: 1), or all of them in array order.

        Raises:
            BudgetError: An unknown channel, a wrong number of them, or a negative multiple.
        """
        return float(self.response(self._multiples(multipliers))[0].sum())

    def best(self, budget: float | None = None, bounds: tuple[float, float] = OPTIMAL_BOUNDS) -> Optimum:
        """Split `budget` (default: all that was spent) as well as the true curves allow.

        Args:
            budget: Money over the window; each channel's pattern in time is scaled.
            bounds: Lowest and highest multiple of each channel's spend.

        Raises:
            BudgetError: The bounds are out of order or don't allow the budget; or channels work better
                together, for which the best split isn't known.
        """
        if self.effects.pairs:
            raise BudgetError(
                "the best split of a market with synergy isn't known",
                expected="channels whose effects add up",
                got="pairs of channels in structure.synergy",
                next_step="ask what a split brings: truth.media_outcome({channel: multiple})",
            )
        total = float(self.spend_c.sum())
        money = total if budget is None else float(budget)
        low, high = bounds
        slack = 1e-9 * total
        if not (0 <= low < high and low * total - slack <= money <= high * total + slack):
            raise BudgetError(
                "the budget can't be spent within the bounds",
                expected=f"0 <= low < high and a budget from {low * total:,.2f} to {high * total:,.2f}",
                got=f"budget {money:,.2f}, bounds {low:g} to {high:g} times the spend",
                next_step="widen the bounds or change the budget",
            )
        multiples_c = best_multiples(self.spend_c, self.response, money, bounds)
        return Optimum(
            budget=money,
            allocation=self._named(multiples_c * self.spend_c),
            outcome=self.media_outcome(multiples_c),
            historical_outcome=self.media_outcome(),
            relative_bounds=(float(low), float(high)),
            bounds={name: (low * spend, high * spend) for name, spend in self.spend.items()},
        )

    @cached_property
    def optimal(self) -> Optimum:
        """The best split of the money spent, within 50 to 150 % of each channel's spend."""
        return self.best()

    def to_dict(self) -> dict[str, Any]:
        """Everything that ``truth.json`` holds."""
        return {
            "seed": int(self.scenario.seed),
            "outcome": {
                "name": self.scenario.outcome_name,
                "unit": self.scenario.outcome_unit,
                "total": float(self.contribution_gtc.sum() + self.baseline_gtp.sum() + self.noise_gt.sum()),
            },
            "contribution": self.contribution,
            "spend": self.spend,
            "roi": self.roi,
            "mroi": self.mroi,
            "share": self.share,
            "baseline": float(self.baseline_gtp.sum()),
            "noise_sd": float(self.noise_gt.std()),
            "parameters": self.parameters,
            "control_effects": self.control_effects,
            "event_effects": self.event_effects,
            "optimal": None if self.effects.pairs else self.optimal.to_dict(),
            **({"structures": said} if (said := self.effects.to_dict()) else {}),
            "scenario": self.scenario.to_dict(),
        }

    def _named(self, values_c: np.ndarray) -> dict[str, float]:
        return {name: float(value) for name, value in zip(self.channel_names, values_c, strict=True)}

    def _multiples(self, multipliers: Mapping[str, float] | Vector | float) -> Vector:
        names = self.channel_names
        wrong = []
        if isinstance(multipliers, Mapping):
            wrong = [f"unknown channel {name!r}" for name in multipliers if name not in names]
            values = np.array([float(multipliers.get(name, 1.0)) for name in names])
        else:
            values = np.asarray(multipliers, dtype=float)
            if values.shape not in ((), (len(names),)):
                wrong = [f"{values.shape} values for {len(names)} channels"]
        if not (np.isfinite(values) & (values >= 0)).all():
            wrong.append("a multiple must be a finite number, 0 or more")
        if wrong:
            raise BudgetError(
                "the multiples of spend don't fit the channels",
                details=wrong,
                expected=f"a number for some or all of {', '.join(names)}",
            )
        return values if values.ndim else np.full(len(names), float(values))
