"""Evidence made by hand: of a fit with which nothing is wrong, to be changed in one place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mediamix.core.types import Every, Finding
from mediamix.measure.checking import Belief, ChannelEvidence, Evidence, run_checks
from mediamix.measure.quality import Quality, Score

PERIODS = 156


def belief(name: str = "roi", *, rank: float = 0.6, median: float = 1.5) -> Belief:
    return Belief(name, prior_p50=1.2, prior_p95=5.0, median=median, rank=rank, outside=0.0)


def channel(name: str = "tv", **changes: Any) -> ChannelEvidence:
    usual = ChannelEvidence(
        name=name,
        spend_share=0.5,
        share=0.05,
        overlap=0.3,
        effect=belief(),
        shape=(belief("half_life", median=1.0), belief("slope", median=1.2)),
        calendar_r2=0.2,
        free=(1.0, 0.2),
        drift=0.5,
    )
    return replace(usual, **changes)


def score(r2: float = 0.9, coverage: float = 0.92, periods: int = PERIODS) -> Score:
    return Score(r2, 0.05, 0.05, coverage, periods)


def evidence(**changes: Any) -> Evidence:
    """Residuals without memory: see `calm`."""
    residual = calm(PERIODS)
    usual = Evidence(
        every=Every.WEEK,
        outcome=100.0,
        media_d=np.full(50, 20.0),
        baseline_d=np.full(50, 80.0),
        residual_gt=residual[None],
        total_t=residual,
        quality=Quality(score(), None),
        channels=(channel("tv"), channel("search")),
        columns=2,
        spend_ratio=0.12,
    )
    return replace(usual, **changes)


def calm(n: int) -> np.ndarray:
    """Normal quantiles in an arrangement that was looked at: no memory, no rhythm, no trend."""
    from scipy.special import ndtri

    return np.asarray(ndtri((np.arange(n) + 0.5) / n)[np.random.RandomState(272).permutation(n)])


def said(found: Evidence, check: str) -> list[Finding]:
    return [finding for finding in run_checks(found) if finding.check == check]
