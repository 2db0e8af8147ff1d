"""Channels that bring more, or less, together than one by one: how much, and how sure that is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.measure.interval import Interval
from mediamix.measure.pairs import half_of_pairs
from mediamix.measure.survey import survey
from mediamix.models.base import Fit
from mediamix.models.synergy import unit_response


def synergies(fit: Fit) -> pd.DataFrame:
    """What each pair of channels brings beyond their own responses (`mediamix.synergies`).

    Args:
        fit: A fit whose spec declares `synergy`.

    Returns:
        ``channel, other, contribution_mean, contribution_p5, contribution_p95`` in outcome units over the
        window, ``share_mean …`` of all that media bring, and ``above_zero``, the probability that they bring
        more together than one by one. No rows without `synergy`.
    """
    rows = []
    names = fit.dataset.channel_names
    if fit.together is not None:
        media_d = survey(fit).total_dc.sum(axis=1)
        for (one, other), total_d in zip(fit.together.pairs, _totals(fit), strict=True):
            row: dict[str, object] = {"channel": names[one], "other": names[other]}
            for name, draws_d in (("contribution", total_d), ("share", total_d / media_d)):
                seen = Interval.of(draws_d)
                row |= {f"{name}_{part}": getattr(seen, part) for part in ("mean", "p5", "p95")}
            rows.append({**row, "above_zero": float((total_d > 0).mean())})
    parts = [f"{name}_{part}" for name in ("contribution", "share") for part in ("mean", "p5", "p95")]
    return pd.DataFrame(rows, columns=["channel", "other", *parts, "above_zero"])


def _totals(fit: Fit) -> list[Float[np.ndarray, " draw"]]:
    """Of each pair over the window."""
    assert fit.together is not None
    data, made = fit.dataset, {}
    for c in {c for pair in fit.together.pairs for c in pair}:
        made[c] = unit_response(fit.channels[c], data.delivered_gtc[:, :, c])[:, data.n_before :]
    return [
        fit.together.contribution(p, made[one], made[other]).sum(axis=1)
        for p, (one, other) in enumerate(fit.together.pairs)
    ]


def removal_effects(fit: Fit) -> Float[np.ndarray, "draw channel"]:
    """What the outcome of the window would lack without each channel: its own part and all of its pairs'."""
    data = fit.dataset
    total_dc = survey(fit).total_dc.copy()
    for c in range(len(fit.channels)):
        half_dt = half_of_pairs(fit, c, data.delivered_gtc, fit.channels)[:, data.n_before :]
        total_dc[:, c] += half_dt.sum(axis=1)
    return total_dc
