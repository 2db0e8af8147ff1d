"""What the priors say before any data, beside what was observed: `mediamix check SPEC --prior`.

Outcomes are drawn from the whole prior: media, baseline and noise. Where the observed one lies outside of all
but 1 % of them, the priors rule out what happened. What they say of media's share of the outcome, of returns
and of half-lives is said as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.core.blas import alone
from mediamix.core.card import Shown
from mediamix.core.extras import extras_of
from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.contribution import ChannelMeasure, measure_channels
from mediamix.measure.interval import Interval, bands
from mediamix.measure.survey import survey
from mediamix.models.base import Fit
from mediamix.models.before import prior_of

#: Seeds the noise of outcomes from the prior.
STREAM = 19
#: Part of the outcomes from the prior that an observed one has to lie among.
AMONG = 0.99
#: A share of media above 1 with more than this probability is said.
TOO_MUCH = 0.15


@dataclass(frozen=True)
class Statistic:
    """A number about the outcome: as observed, and before the data.

    Args:
        name: ``mean``, ``sd``, ``lowest``, ``highest`` of a period; ``half_change`` of the means of both
            halves.
        observed: In the outcome's unit.
        prior: Of the outcomes from the prior.
        low: 0.5 % of those lie below.
        high: 0.5 % of those lie above.
    """

    name: str
    observed: float
    prior: Interval
    low: float
    high: float

    @property
    def ruled_out(self) -> bool:
        """Whether the observed one lies outside of 99 % of those from the prior.

        A smoother outcome than the prior's is none: priors that leave room for more rule nothing out.
        """
        low = -np.inf if self.name == "sd" else self.low
        return not low <= self.observed <= self.high


@dataclass(frozen=True, repr=False)
class PriorCheck(Shown):
    """What the priors imply.

    Args:
        outcome: Statistics of the outcome per period, summed over geos.
        media_share: Of all channels together, of the observed outcome.
        above_one: Probability that media bring more than the outcome.
        channels: As of a fit, from draws of the prior.
        bands: Of the outcome over time: see `interval.bands`.
        observed_t: Outcome, NaN where there is none.
        fit: The draws.
        findings: What the priors rule out.
    """

    outcome: tuple[Statistic, ...]
    media_share: Interval
    above_one: float
    channels: tuple[ChannelMeasure, ...]
    bands: Mapping[str, Float[np.ndarray, " time"]]
    observed_t: Float[np.ndarray, " time"]
    fit: Fit
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        data = self.fit.dataset
        return {
            "unit": data.outcome_unit,
            "draws": self.fit.n_draws,
            "outcome": {
                s.name: {"observed": s.observed, **s.prior.to_dict(), "p0.5": s.low, "p99.5": s.high}
                for s in self.outcome
            },
            "media_share": {**self.media_share.to_dict(), "above_one": self.above_one},
            "channels": {
                m.name: {
                    name: value.to_dict()
                    for name in ("roi", "mroi", "share", "half_life")
                    if (value := getattr(m, name)) is not None
                }
                for m in self.channels
            },
            "findings": [finding.to_dict() for finding in self.findings],
        }


@extras_of("mediamix.prior_check")
@alone()
def prior_check(dataset: Dataset, spec: Spec) -> PriorCheck:
    """What the priors of a spec imply for a dataset, before its outcome has said anything.

    Raises:
        SpecError: What `fit` would refuse.
        DataError: The same.
    """
    fit = prior_of(dataset, spec)
    data, found = fit.dataset, survey(fit)
    observed_gt = np.where(data.observed_gt, data.outcome_gt, np.nan)
    whole_t = data.observed_gt.all(axis=0) | (len(data.geos) > 1)
    observed_t = np.where(whole_t, np.nansum(observed_gt, axis=0), np.nan)
    known = np.isfinite(observed_t)
    outcome_dt = found.media_dt + sum(term.contribution() for term in fit.baseline)
    rng = seeds.generator(spec.sampler.seed, STREAM)
    sigma_d = np.sqrt((fit.sigma_dg**2).sum(axis=1))
    outcome_dt = outcome_dt + sigma_d[:, None] * rng.standard_normal(outcome_dt.shape)
    total = float(np.nansum(observed_t))
    share_d = found.media_dt[:, known].sum(axis=1) / total
    statistics = tuple(_statistics(observed_t[known], outcome_dt[:, known]))
    above = float(np.mean(share_d > 1.0))
    return PriorCheck(
        outcome=statistics,
        media_share=Interval.of(share_d),
        above_one=above,
        channels=tuple(measure_channels(fit, total)),
        bands=bands(outcome_dt),
        observed_t=observed_t,
        fit=fit,
        findings=tuple(_findings(statistics, above)),
    )


def _statistics(
    observed_n: Float[np.ndarray, " row"], outcome_dn: Float[np.ndarray, "draw row"]
) -> list[Statistic]:
    before, now = _numbers(outcome_dn), _numbers(observed_n[None])
    found = []
    for name, prior_d in before.items():
        low, high = np.quantile(prior_d, [(1 - AMONG) / 2, (1 + AMONG) / 2])
        found.append(Statistic(name, float(now[name][0]), Interval.of(prior_d), float(low), float(high)))
    return found


def _numbers(outcome_dn: Float[np.ndarray, "draw row"]) -> dict[str, Float[np.ndarray, " draw"]]:
    """By the names of `Statistic`."""
    half = outcome_dn.shape[1] // 2
    return {
        "mean": outcome_dn.mean(axis=1),
        "sd": outcome_dn.std(axis=1),
        "lowest": outcome_dn.min(axis=1),
        "highest": outcome_dn.max(axis=1),
        "half_change": outcome_dn[:, half:].mean(axis=1) - outcome_dn[:, :half].mean(axis=1),
    }


WORDS = {
    "mean": "mean of a period",
    "sd": "standard deviation over time",
    "lowest": "lowest period",
    "highest": "highest period",
    "half_change": "change from the first to the second half",
}


def _findings(statistics: tuple[Statistic, ...], above: float) -> list[Finding]:
    found = [
        Finding(
            "prior",
            "warning",
            "outcome",
            f"the priors rule out what was observed: {WORDS[s.name]} {s.observed:,.4g}, of the prior 99 % "
            f"lie from {s.low:,.4g} to {s.high:,.4g}",
            "a prior that rules out the data pulls the posterior to where the data aren't",
            "widen the priors that this follows from: those on roi or share for the mean, trend and "
            "seasonality for the rest; or look for an outcome in another unit than the spend",
        )
        for s in statistics
        if s.ruled_out
    ]
    if above > TOO_MUCH:
        found.append(
            Finding(
                "prior",
                "warning",
                "media",
                f"by the priors media bring more than the whole outcome with a probability of {above:.0%}",
                "effects then compensate a baseline below zero, and few data undo that",
                "say less of each channel (roi, share), or say what all of them bring together: "
                "`media: {prior: {share: {median: 0.2, p95: 0.5}}}`",
            )
        )
    return found
