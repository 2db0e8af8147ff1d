"""Channels with nothing to learn from: empty, nearly empty or constant; and a single channel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding, Kind
from mediamix.data.checking import Check, Evidence, activity_tc, found, is_panel, usual_outcome_g
from mediamix.data.checks.units import apart
from mediamix.data.dataset import Dataset

MIN_ACTIVE = 8  # periods
MIN_SHARE = 0.01  # of total spend
MIN_VARIATION = 0.02  # standard deviation over mean


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error for an empty channel, warning for a nearly empty or constant one, info for little spend."""
    dataset, trained = evidence.dataset, evidence.trained
    if dataset is None or trained is None:
        return
    active_tc, spend_c = activity_tc(dataset), dataset.spend_c
    learned_tc = active_tc[: trained.n_periods]
    periods = f"{'' if trained is dataset else 'trained '}{dataset.every.label()}"
    too_large, _ = apart(dataset)
    total = float(sum(s for s, c in zip(spend_c, dataset.channel_names, strict=True) if c not in too_large))
    for index, channel in enumerate(dataset.channels):
        series = learned_tc[:, index]
        n = int((series > 0).sum())
        if not active_tc[:, index].any():
            yield found("error", channel.name, "every value of the channel is zero")
            continue
        if not dataset.exposure_gtc[:, :, index].any():
            yield found(
                "error", channel.name, f"there is spend, but every value of {channel.exposure} is zero"
            )
        elif channel.kind is Kind.PAID and spend_c[index] == 0:
            yield found(
                "error",
                channel.name,
                "a paid channel without any spend",
                advice="say `kind: organic` for it, or correct the spend",
            )
        if n == 0:
            continue  # the check `untrained` says so
        if n < min(MIN_ACTIVE, len(series)):
            yield found("warning", channel.name, f"only {n} of {len(series)} {periods} are active")
        share = spend_c[index] / total if total > 0 else 1.0
        if 0 < share < MIN_SHARE:
            yield found(
                "info",
                channel.name,
                f"{share:.2%} of the total spend of {total:,.0f}",
                advice="keep it: little money can bring much; where its return stays vague, merge it "
                "with its nearest relative",
            )
        moves = _per_head(trained, index) if is_panel(dataset, evidence.spec) else series
        variation = float(np.std(moves) / np.mean(moves))
        if variation < MIN_VARIATION:
            yield found(
                "warning",
                channel.name,
                f"nearly constant: the standard deviation is {variation:.1%} of the mean",
                advice="vary the spend (a test in some weeks or regions), or give the channel a prior",
            )
    if len(dataset.channels) == 1:
        yield found(
            "warning",
            dataset.channels[0].name,
            "there is one channel only: it gets the credit of all other media",
            advice="add the other channels, organic ones too",
        )


def _per_head(dataset: Dataset, index: int) -> np.ndarray:
    """A channel's activity in every geo and period, relative to the geo's size: geos differ, too."""
    size_g = usual_outcome_g(dataset) if dataset.population_g is None else dataset.population_g
    spend_gt, exposure_gt = dataset.spend_gtc[:, :, index], dataset.exposure_gtc[:, :, index]
    activity_gt = spend_gt if spend_gt.any() else exposure_gt
    known = dataset.present_gt & (size_g > 0)[:, None]
    per_head: np.ndarray = (activity_gt / np.where(size_g > 0, size_g, 1.0)[:, None])[known]
    return per_head if per_head.any() else activity_gt


CHECK = Check(
    name="sparse",
    title="Empty, nearly empty and constant channels",
    why="an effect shows only where a channel moves; without it the answer is the prior",
    advice="correct the channel, or merge it with its nearest relative; what was never on can be left out",
    find=find,
)
