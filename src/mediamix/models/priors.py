"""From business words to priors.

Every sampled parameter is a link of a normal variable, so that two statements people can judge
(a median and a 95 % point, say) define its prior, and the sampler works on standard normals:

    θ = link⁻¹( location + scale · g(u) ),   u ~ N(0, 1)

The link is log for positive parameters, logit for those in (0, 1), and g(u) = u: a log-normal or a
logit-normal prior; a weight around zero has no link and is normal. What a channel brings has a Weibull
prior instead, whose logarithm reaches far down, so that "next to nothing" has real mass:
``g(u) = log(−log Φ(−u))``, the logarithm of a standard exponential variable. How location and scale follow
from what is said: `models.solving`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.spec import ChannelSpec, Family, PriorSpec
from mediamix.core.types import Every
from mediamix.models.links import log_exponentials
from mediamix.models.solving import Form, solve
from mediamix.transforms.base import Parameter, Support
from mediamix.transforms.basis import Block

#: Of the logarithm of a standard exponential variable: mean and standard deviation.
LOG_EXPONENTIAL_MEAN: Final = -0.5772156649015329
LOG_EXPONENTIAL_SD: Final = float(np.pi / np.sqrt(6.0))
#: What the native code knows a prior's form by: see `links`.
LOG, LOGIT, WEIBULL, NONE = 0, 1, 2, 3
#: Key of a channel's prior on how much its effect differs between geos.
SPREAD = "geo_spread"

#: Of what a channel brings, its ROI or its share: a Weibull prior has real mass near zero.
EFFECT_FAMILY: Family = "weibull"
#: Contribution per unit of spend: half of all channels bring less than they cost, one in twenty more
#: than 5, one in twelve less than 0.1.
ROI = PriorSpec(median=1.0, p95=5.0)
#: Its 95 % point over its median.
WIDTH = 5.0
#: What all paid channels together bring where a ROI can't be stated (counts without a value):
#: split by spend, with the same relative width as the ROI.
PAID_SHARE = 0.25
#: Share of the outcome of one organic channel.
ORGANIC_MEDIAN = 0.03
ORGANIC_SHARE = PriorSpec(median=ORGANIC_MEDIAN, p95=0.15)
#: Noise, as a share of the mean outcome.
NOISE = PriorSpec(median=0.06, p95=0.30)

#: How much a channel's effect differs between geos, relative to its mean: standard deviation.
EFFECT_SPREAD = PriorSpec(median=0.15, p95=0.6)
#: The same of the baseline per head, as a share of the mean outcome.
INTERCEPT_SPREAD = PriorSpec(median=0.2, p95=0.8)
#: The same of a control's coefficient, per standard deviation of the control.
CONTROL_SPREAD = PriorSpec(median=0.02, p95=0.1)
#: The same of a wave of the yearly season, where geos may differ in it.
SEASON_SPREAD = PriorSpec(median=0.02, p95=0.1)
#: Block of the baseline → name and prior of how much geos differ in its columns, per standard deviation.
COLUMN_SPREADS = {
    "controls": ("control_spread", CONTROL_SPREAD),
    "mediators": ("mediator_spread", CONTROL_SPREAD),
    "seasonality": ("season_spread", SEASON_SPREAD),
}
#: Shock of a period that all geos of a panel share, as a share of the mean outcome: standard deviation.
SHOCK_SPREAD = PriorSpec(median=0.02, p95=0.1)
#: A geo's noise over the common noise, where geos may differ in it.
NOISE_FACTOR = PriorSpec(median=1.0, p95=2.5)

#: Standard deviations of the linear terms, as shares of the mean outcome.
INTERCEPT_SD = 1.0
TREND_SD_PER_ROOT_YEAR = 0.14
SLOPE_SD = 0.5
SEASON_SD = 0.20
WEEKDAY_SD = 0.20
EVENT_SD = 0.30
CONTROL_SD = 0.15
#: A mediator was declared because it matters.
MEDIATOR_SD = 0.30
#: Of a standard deviation of a treatment: a price that moves by 5 % with an elasticity of 2 to 4.
TREATMENT_SD = 0.20
#: Of the blocks whose columns have units of their own.
COLUMNS_SD = {"controls": CONTROL_SD, "treatments": TREATMENT_SD, "mediators": MEDIATOR_SD}


@dataclass(frozen=True)
class Prior:
    """A prior on the link scale: see the module.

    Args:
        name: Of the parameter.
        support: ``positive`` or ``unit``; of a weight that may be either side of zero ``real``.
        location: On the link scale; of a normal variable its mean.
        scale: Of a normal variable its standard deviation; of a Weibull prior one over its shape.
        family: ``lognormal`` (for ``unit``: logit-normal) or ``weibull``.
    """

    name: str
    support: Support | Literal["real"]
    location: float
    scale: float
    family: Family = "lognormal"

    @classmethod
    def of(cls, name: str, support: Support, belief: PriorSpec, family: Family = "lognormal") -> Prior:
        """From two statements.

        Args:
            name: Of the parameter.
            support: ``positive`` or ``unit``.
            belief: Two points, or mean and standard deviation; its own family, if it has one, counts.
            family: Unless the belief has one.

        Raises:
            SpecError: No prior says that, or a family for a parameter between 0 and 1.
        """
        if support == "unit" and belief.family is not None:
            raise SpecError(
                f"prior.{name}: the parameter lies between 0 and 1",
                expected="no family: its prior is logit-normal",
                got=belief.said,
                next_step="leave the family out",
            )
        if belief.unit is not None:
            raise SpecError(
                f"prior.{name}: it has no unit",
                expected="no unit: days, weeks, money and exposure are of carry-over and of the half effect",
                got=belief.said,
                next_step="leave the unit out",
            )
        family = belief.family or family
        form: Form = "logit" if support == "unit" else family
        return cls(name, support, *solve(f"prior.{name}", belief, form), family)

    @classmethod
    def normal(cls, name: str, sd: float = 1.0) -> Prior:
        """Of a weight: ``N(0, sd²)``."""
        return cls(name, "real", 0.0, sd)

    @property
    def link(self) -> int:
        """`LOG`, `LOGIT`, `WEIBULL` or `NONE`, for the native code."""
        if self.support == "unit":
            return LOGIT
        if self.support == "real":
            return NONE
        return WEIBULL if self.family == "weibull" else LOG

    @property
    def log_mean(self) -> float:
        """Prior mean of log θ, for a positive parameter."""
        return self.location + self.scale * (LOG_EXPONENTIAL_MEAN if self.link == WEIBULL else 0.0)

    @property
    def log_sd(self) -> float:
        """Prior standard deviation of log θ, for a positive parameter."""
        return self.scale * (LOG_EXPONENTIAL_SD if self.link == WEIBULL else 1.0)

    def natural(self, u: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """θ from the standard-normal coordinate u."""
        if self.link == WEIBULL:
            values = np.asarray(u, dtype=np.float64)
            logs = np.empty(values.size)
            log_exponentials(values.ravel(), logs)
            u = logs.reshape(values.shape)
        z = self.location + self.scale * u
        if self.support == "real":
            return np.asarray(z)
        return np.asarray(np.exp(z) if self.support == "positive" else 1.0 / (1.0 + np.exp(-z)))

    def standard(self, theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """The way back: u from θ."""
        z = (_link(theta, self.support) - self.location) / self.scale
        if self.link != WEIBULL:
            return np.asarray(z)
        from scipy.special import ndtri

        # Whichever of the two probabilities is small has all its digits.
        hazard = np.exp(z)
        return np.asarray(np.where(z < 0, ndtri(-np.expm1(-hazard)), -ndtri(np.exp(-hazard))))


def _link(theta: Float[np.ndarray, "..."], support: Support | Literal["real"]) -> Float[np.ndarray, "..."]:
    if support == "real":
        return theta
    return np.asarray(np.log(theta) if support == "positive" else np.log(theta) - np.log1p(-theta))


@dataclass(frozen=True)
class Amounts:
    """What units of a belief about exposure are in the model's.

    Args:
        exposure: Exposure per period of all geos together that is one in model units.
        price: Money per unit of exposure; None where the channel has no spend.
    """

    exposure: float
    price: float | None


def parameter_prior(
    parameter: Parameter, spec: ChannelSpec, every: Every, amounts: Amounts | None = None
) -> Prior:
    """Prior of one transform parameter; what is given in days, weeks or money is turned into model units.

    Raises:
        SpecError: No prior says that, or a unit that the parameter hasn't.
    """
    belief = spec.beliefs.get(parameter.name)
    if belief is None:
        per = every.days if parameter.scale == "days" else 1.0
        belief = PriorSpec(median=parameter.median / per, p95=parameter.p95 / per)
    elif belief.unit is not None:
        belief = belief.per(_unit(parameter, belief, every, amounts))
    return Prior.of(parameter.name, parameter.support, belief)


def _unit(parameter: Parameter, belief: PriorSpec, every: Every, amounts: Amounts | None) -> float:
    """So much of a belief's unit is one in model units."""
    units: dict[str, float] = {}
    if parameter.scale == "days":
        units = {"days": every.days, "weeks": every.days / 7.0, "periods": 1.0}
    elif parameter.scale == "exposure" and amounts is not None:
        units = {"exposure": amounts.exposure}
        if amounts.price is not None:
            units["money"] = amounts.exposure * amounts.price
    found = units.get(str(belief.unit))
    if found is None:
        raise SpecError(
            f"prior.{parameter.name}: it can't be given in the unit '{belief.unit}'",
            expected=f"unit: one of {', '.join(units)}; or none" if units else "no unit",
            got=belief.said,
            next_step="leave the unit out, or give one of these" if units else "leave the unit out",
        )
    return found


def effect_prior(spec: ChannelSpec, *, has_roi: bool, spend_fraction: float) -> Prior:
    """Prior of a channel's effect: its ROI, or its share of the outcome.

    Args:
        spec: The channel's overrides.
        has_roi: Spend and the outcome's money value are known.
        spend_fraction: The channel's part of all spend; 0 for an organic channel.

    Raises:
        SpecError: A ROI prior where no ROI exists, or the reverse.
    """
    about_money = [name for name in ("roi", "mroi") if name in spec.beliefs]
    if not has_roi and about_money:
        raise SpecError(
            f"a prior on '{about_money[0]}' needs spend and an outcome in money",
            expected="prior: {share: {median: …, p95: …}} for organic channels and counts",
            got=f"prior: {{{about_money[0]}: …}}",
            next_step="use 'share', or give outcome.value_per_unit",
        )
    if "share" in spec.beliefs:
        return Prior.of("share", "positive", spec.beliefs["share"], EFFECT_FAMILY)
    if has_roi:
        # With a belief about its marginal return that takes this one's place: see `beliefs.mroi`.
        return Prior.of("roi", "positive", spec.beliefs.get("roi", ROI), EFFECT_FAMILY)
    belief = ORGANIC_SHARE
    if spend_fraction > 0:
        median = PAID_SHARE * spend_fraction
        belief = PriorSpec(median=median, p95=median * WIDTH)
    return Prior.of("share", "positive", belief, EFFECT_FAMILY)


def linear_sd(block: Block, years: float) -> Float[np.ndarray, " column"]:
    """Prior standard deviations of a block's coefficients, as shares of the mean outcome.

    Args:
        block: Columns of the baseline.
        years: Length of the window.
    """
    n = len(block.names)
    if block.component == "trend":
        if block.names == ("slope",):
            return np.full(n, SLOPE_SD)
        if block.names[0].startswith("wave"):
            return np.full(n, TREND_SD_PER_ROOT_YEAR)
        return np.full(n, TREND_SD_PER_ROOT_YEAR * np.sqrt(years / n))
    if block.component == "seasonality":
        # Pair k is k times smaller: smooth seasons before wiggly ones.
        return np.asarray(SEASON_SD / np.repeat(np.arange(1, n // 2 + 1), 2))
    if block.component in COLUMNS_SD:
        # Per standard deviation of the column; a constant one explains nothing.
        sd = block.matrix_gtp.std(axis=(0, 1))
        return np.asarray(COLUMNS_SD[block.component] / np.where(sd > 0, sd, 1.0))
    if block.pooled:
        shared = np.array([name in block.pooled for name in block.names])
        return np.where(shared, block.spread, EVENT_SD)
    flat = {"intercept": INTERCEPT_SD, "weekday": WEEKDAY_SD, "events": EVENT_SD}
    return np.full(n, flat[block.component])
