"""From business words to priors.

Every sampled parameter is a link of a normal variable, so that two statements people can judge
(a median and a 95 % point) define its prior, and the sampler works on standard normals:

    θ = link⁻¹( location + scale · g(u) ),   u ~ N(0, 1)

The link is log for positive parameters, logit for those in (0, 1), and g(u) = u: a log-normal or a
logit-normal prior. What a channel brings has a Weibull prior instead, whose logarithm reaches far
down, so that "next to nothing" has real mass: ``g(u) = log(−log Φ(−u))``, the logarithm of a standard
exponential variable. In all cases

    scale = (link(p95) − link(median)) / (g(1.645) − g(0)),   location = link(median) − scale · g(0)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.registry import suggestion
from mediamix.core.spec import ChannelSpec, Family, PriorSpec
from mediamix.core.types import Every
from mediamix.models.links import log_exponentials
from mediamix.transforms.base import Parameter, Support
from mediamix.transforms.basis import Block

Z95 = 1.6448536269514722
#: Of the logarithm of a standard exponential variable: mean, standard deviation, median, 95 % point.
LOG_EXPONENTIAL_MEAN: Final = -0.5772156649015329
LOG_EXPONENTIAL_SD: Final = float(np.pi / np.sqrt(6.0))
LOG_EXPONENTIAL_MEDIAN: Final = float(np.log(np.log(2.0)))
LOG_EXPONENTIAL_P95: Final = float(np.log(np.log(20.0)))
#: What the native code knows a prior's form by: see `links`.
LOG, LOGIT, WEIBULL = 0, 1, 2
#: Key of a channel's prior on how much its effect differs between geos.
SPREAD = "geo_spread"

#: Of what a channel brings, its ROI or its share: a Weibull prior has real mass near zero.
EFFECT_FAMILY: Family = "weibull"
#: Contribution per unit of spend: half of all channels bring less than they cost, one in twenty more
#: than 5, one in twelve less than 0.1.
ROI = PriorSpec(median=1.0, p95=5.0)
#: What all paid channels together bring where a ROI can't be stated (counts without a value):
#: split by spend, with the same relative width as the ROI.
PAID_SHARE = 0.25
#: Share of the outcome of one organic channel.
ORGANIC_SHARE = PriorSpec(median=0.03, p95=0.15)
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


@dataclass(frozen=True)
class Prior:
    """A prior on the link scale: see the module.

    Args:
        name: Of the parameter.
        support: ``positive`` or ``unit``.
        location: On the link scale; of a normal variable its mean.
        scale: Of a normal variable its standard deviation; of a Weibull prior one over its shape.
        family: ``lognormal`` (for ``unit``: logit-normal) or ``weibull``.
    """

    name: str
    support: Support
    location: float
    scale: float
    family: Family = "lognormal"

    @classmethod
    def of(cls, name: str, support: Support, belief: PriorSpec, family: Family = "lognormal") -> Prior:
        """From a median and a 95 % point.

        Args:
            name: Of the parameter.
            support: ``positive`` or ``unit``.
            belief: The two points; its own family, if it has one, counts.
            family: Unless the belief has one.

        Raises:
            SpecError: A belief about a share of one that reaches one, or of a family for positive
                parameters.
        """
        family = belief.family or family
        if support == "unit" and (belief.p95 >= 1 or belief.family is not None):
            given = f", family {belief.family}" if belief.family else ""
            raise SpecError(
                f"prior.{name}: the parameter lies between 0 and 1",
                expected="median < p95 < 1, and no family",
                got=f"median {belief.median}, p95 {belief.p95}{given}",
                next_step="leave the family out" if belief.p95 < 1 else "give a p95 below 1",
            )
        low, high = (float(_link(np.array(v), support)) for v in (belief.median, belief.p95))
        if family == "weibull":
            scale = (high - low) / (LOG_EXPONENTIAL_P95 - LOG_EXPONENTIAL_MEDIAN)
            return cls(name, support, low - scale * LOG_EXPONENTIAL_MEDIAN, scale, family)
        return cls(name, support, low, (high - low) / Z95, family)

    @property
    def link(self) -> int:
        """`LOG`, `LOGIT` or `WEIBULL`, for the native code."""
        if self.support == "unit":
            return LOGIT
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


def _link(theta: Float[np.ndarray, "..."], support: Support) -> Float[np.ndarray, "..."]:
    return np.asarray(np.log(theta) if support == "positive" else np.log(theta) - np.log1p(-theta))


def parameter_prior(parameter: Parameter, spec: ChannelSpec, every: Every) -> Prior:
    """Prior of one transform parameter; defaults given in days become periods."""
    belief = spec.prior.get(parameter.name)
    if belief is None:
        per = every.days if parameter.scale == "days" else 1.0
        belief = PriorSpec(median=parameter.median / per, p95=parameter.p95 / per)
    return Prior.of(parameter.name, parameter.support, belief)


def effect_prior(spec: ChannelSpec, *, has_roi: bool, spend_fraction: float) -> Prior:
    """Prior of a channel's effect: its ROI, or its share of the outcome.

    Args:
        spec: The channel's overrides.
        has_roi: Spend and the outcome's money value are known.
        spend_fraction: The channel's part of all spend; 0 for an organic channel.

    Raises:
        SpecError: A ROI prior where no ROI exists, or the reverse.
    """
    wanted, other = ("roi", "share") if has_roi else ("share", "roi")
    if other in spec.prior and wanted not in spec.prior and other == "roi":
        raise SpecError(
            "a prior on 'roi' needs spend and an outcome in money",
            expected="prior: {share: {median: …, p95: …}} for organic channels and counts",
            got="prior: {roi: …}",
            next_step="use 'share', or give outcome.value_per_unit",
        )
    if "share" in spec.prior:
        return Prior.of("share", "positive", spec.prior["share"], EFFECT_FAMILY)
    if has_roi:
        return Prior.of("roi", "positive", spec.prior.get("roi", ROI), EFFECT_FAMILY)
    belief = ORGANIC_SHARE
    if spend_fraction > 0:
        median = PAID_SHARE * spend_fraction
        belief = PriorSpec(median=median, p95=median * ROI.p95 / ROI.median)
    return Prior.of("share", "positive", belief, EFFECT_FAMILY)


def refuse_unknown_priors(
    channel: str, spec: ChannelSpec, parameters: tuple[Parameter, ...], *, panel: bool
) -> None:
    """SpecError for a prior on something the channel doesn't have."""
    known = ["roi", "share", *(p.name for p in parameters), *([SPREAD] if panel else [])]
    wrong = [name for name in spec.prior if name not in known]
    if wrong:
        raise SpecError(
            f"channels.{channel}.prior names unknown parameters: {', '.join(wrong)}",
            expected=f"one of {', '.join(known)}",
            got=wrong[0],
            next_step=suggestion(wrong[0], known) or "see `mediamix list adstock`",
        )


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
        return np.full(n, TREND_SD_PER_ROOT_YEAR * np.sqrt(years / n))
    if block.component == "seasonality":
        # Pair k is k times smaller: smooth seasons before wiggly ones.
        return np.asarray(SEASON_SD / np.repeat(np.arange(1, n // 2 + 1), 2))
    if block.component == "controls":
        # Per standard deviation of the control; a constant one explains nothing.
        sd = block.matrix_gtp.std(axis=(0, 1))
        return np.asarray(CONTROL_SD / np.where(sd > 0, sd, 1.0))
    flat = {"intercept": INTERCEPT_SD, "weekday": WEEKDAY_SD, "events": EVENT_SD}
    return np.full(n, flat[block.component])
