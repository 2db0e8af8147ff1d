"""What a check of a fit is, what it may look at, and how all of them are run.

A check is one file in `trust/`: its threshold, how often it is wrong, its test and its advice. It looks at
an `Evidence` record that is made once per fit, and yields nothing where what it needs is not there. What a
check says is a `Finding`: the verdict follows from those alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from mediamix.core.registry import discover
from mediamix.core.spec import Spec
from mediamix.core.types import Every, Finding, Severity
from mediamix.data.dataset import Dataset
from mediamix.measure.interval import Interval
from mediamix.measure.preceded import Preceded
from mediamix.measure.quality import Quality
from mediamix.models.refits import Refits

_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Belief:
    """A parameter before and after the data.

    Args:
        name: Of the parameter: ``roi``, ``half_life``, ``slope`` …
        prior_p50: Prior median, natural units.
        prior_p95: Half of the 90 % prior interval ends here.
        median: Posterior median.
        rank: Where the posterior median lies in the prior: the prior's probability below it.
        outside: Share of the posterior outside of the prior's central 95 %.
        prior: What was believed, natural units; its mean stands for its median.
        posterior: What is believed now.
        overlap: Of both, 0 to 1; 1: the data said nothing.
    """

    name: str
    prior_p50: float
    prior_p95: float
    median: float
    rank: float
    outside: float
    prior: Interval | None = None
    posterior: Interval | None = None
    overlap: float = 0.0


@dataclass(frozen=True)
class ChannelEvidence:
    """What a fit knows about a channel.

    Args:
        name: Channel.
        spend_share: Of the spend of all channels; 0 without.
        share: Of the outcome, posterior mean.
        overlap: Of prior and posterior of its return, 0 to 1; 1: the data said nothing.
        effect: Its ``roi``, or ``share`` of the outcome; None where the model has no priors.
        shape: Its other parameters.
        calendar_r2: How much of its exposure trend and season explain.
        free: Its effect as a multiple of the fitted one's size where the sign is free, and the standard
            error; None for panels.
        halving: How much of outcome and channel an unseen cause has to explain to halve its return
            (`measure.sensitivity`); None for panels, and where the data say nothing of it.
        drift: How many standard errors its effect grows (or falls) over the window; None for panels.
    """

    name: str
    spend_share: float
    share: float
    overlap: float
    effect: Belief | None = None
    shape: tuple[Belief, ...] = ()
    calendar_r2: float = 0.0
    free: tuple[float, float] | None = None
    drift: float | None = None
    halving: float | None = None


@dataclass(frozen=True)
class Evidence:
    """What a check may look at; made by `measure.gather`, or by hand in a test.

    Args:
        every: Length of a period.
        outcome: Over the window.
        media_d: Contribution of all channels over the window.
        baseline_d: Outcome over the window with all media at zero.
        residual_gt: Observed less posterior mean, in standard deviations of the noise; NaN where the
            outcome wasn't trained on. Of noise that remembers or has heavy tails: what would be independent
            standard normals if the model were right (`models.noise`).
        total_t: The same of the sum over geos.
        quality: Scores of the trained and held-out periods.
        naive: Root of the mean squared error of a naive forecast of the held-out periods over the
            model's; None where nothing is held out, or too little is known before.
        channels: In the dataset's order.
        columns: Controls and events in the model.
        spend_ratio: All spend over the outcome in money; None for counts without a value.
        refits: What cheap refits have shown; None: there were none.
        preceded: Controls and the channel whose past says most of them.
        shock_t: Where the model has shocks that geos share: their means, in standard deviations of them.
    """

    every: Every
    outcome: float
    media_d: Float[np.ndarray, " draw"]
    baseline_d: Float[np.ndarray, " draw"]
    residual_gt: Float[np.ndarray, "geo time"]
    total_t: Float[np.ndarray, " time"]
    quality: Quality
    naive: float | None = None
    channels: tuple[ChannelEvidence, ...] = ()
    columns: int = 0
    spend_ratio: float | None = None
    refits: Refits | None = None
    preceded: tuple[Preceded, ...] = ()
    shock_t: Float[np.ndarray, " time"] | None = None

    @property
    def common_t(self) -> Float[np.ndarray, " time"]:
        """What the residuals of all geos have in common, scaled to standard deviations: of a national fit its
        residuals; where the model has shared shocks, those. NaN where no geo was trained on.

        Geos count alike, as in the likelihood: in the sum large ones would, around which no trend is fitted.
        """
        known_gt = np.isfinite(self.residual_gt)
        if self.shock_t is not None:
            return np.where(known_gt.any(axis=0), self.shock_t, np.nan)
        count_t = np.maximum(known_gt.sum(axis=0), 1)
        total_t = np.where(known_gt, self.residual_gt, 0.0).sum(axis=0) / np.sqrt(count_t)
        return np.where(known_gt.any(axis=0), total_t, np.nan)

    @property
    def panel(self) -> bool:
        """Whether geos are side by side."""
        return len(self.residual_gt) > 1


#: Other data or another spec, and the change in words; None where it doesn't apply.
Variant = tuple[Dataset, Spec, str]


@dataclass(frozen=True)
class Check:
    """A question asked of every fit.

    Args:
        name: Of its findings.
        title: What it looks for, in a few words.
        threshold: When it speaks, in words with its numbers.
        false_alarms: How often it speaks of a fit that is sound; see docs: findings, counted.
        why: Why it matters for the answer.
        advice: What to do about it.
        find: Yields findings; the two texts above are filled in where a finding has none.
        variant: What a cheap refit should try; None: nothing.
        called_for: Whether a fit's residuals, in standard deviations, call for that refit; None: always.
    """

    name: str
    title: str
    threshold: str
    false_alarms: str
    why: str
    advice: str
    find: Callable[[Evidence], Iterator[Finding]]
    variant: Callable[[Dataset, Spec], Variant | None] | None = None
    called_for: Callable[[Float[np.ndarray, " row"]], bool] | None = None


def all_checks() -> tuple[Check, ...]:
    """Every check of the folder `trust`, by name."""
    return tuple(discover("mediamix.measure.trust", Check).values())


def run_checks(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings of all checks, errors first, then by check."""
    seen = [
        replace(f, check=check.name, why=f.why or check.why, advice=f.advice or check.advice)
        for check in all_checks()
        for f in check.find(evidence)
    ]
    return tuple(sorted(seen, key=lambda finding: _ORDER[finding.severity]))


def found(severity: Severity, where: str, message: str, *, why: str = "", advice: str = "") -> Finding:
    """A finding whose check is filled in by `run_checks`."""
    return Finding("", severity, where, message, why, advice)


def trained(series_t: Float[np.ndarray, " time"]) -> Float[np.ndarray, " row"]:
    """A series without its holes."""
    return np.asarray(series_t[np.isfinite(series_t)])
