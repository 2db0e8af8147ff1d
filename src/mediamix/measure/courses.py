r"""How a channel's effect varies: what its exposure brings in each period, against the window as a whole.

With the response h as it would be at an effect that stays the same, and its factor f, per draw

.. math:: \text{relative}_t = f_t \Big/ \frac{\sum_s f_s h_s}{\sum_s h_s},
          \qquad \text{ROI}_t = \text{ROI} \cdot \text{relative}_t,

so that the mean of the relative effect, weighted by the response, is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.measure.interval import bands
from mediamix.measure.survey import media_over_time, survey
from mediamix.models.base import Fit


@dataclass(frozen=True)
class EffectCourse:
    """One channel's.

    Args:
        channel: Position.
        relative_dt: Effect against the window as a whole.
        roi_d: Of the window; None without spend or without a value.
    """

    channel: int
    relative_dt: Float[np.ndarray, "draw time"]
    roi_d: Float[np.ndarray, " draw"] | None


def courses(fit: Fit) -> Iterator[EffectCourse]:
    """Of the channels whose effect isn't the same all the time."""
    data, n = fit.dataset, fit.dataset.n_before
    found = survey(fit)
    for c, effect in enumerate(fit.channels):
        if not effect.varies:
            continue
        factor_dt = effect.factor(n + data.n_periods)[:, n:]
        if (factor_dt == 1.0).all():
            continue
        media_dt = media_over_time(fit, c)
        plain_d = (media_dt / factor_dt).sum(axis=1)
        relative_dt = factor_dt * (plain_d / media_dt.sum(axis=1))[:, None]
        worth, spend = data.worth, data.spend_c[c]
        own_d = found.of(c).own_d
        roi_d = own_d * worth / spend if worth is not None and spend > 0 else None
        yield EffectCourse(c, relative_dt, roi_d)


def effects_over_time(fit: Fit) -> pd.DataFrame:
    """What the effect of each channel was in every period (`mediamix.effects_over_time`).

    Args:
        fit: A fit.

    Returns:
        ``date, channel, mean, p5, p95`` of the effect against that of the window as a whole (1: the same),
        and ``roi_mean, roi_p5, roi_p95``, the ROI at that effect (NaN where there is none). No rows for
        channels whose effect is the same all the time.
    """
    tables = []
    for course in courses(fit):
        parts = {"": bands(course.relative_dt)}
        if course.roi_d is not None:
            parts["roi_"] = bands(course.relative_dt * course.roi_d[:, None])
        columns = {
            f"{prefix}{name}": parts[prefix][name] if prefix in parts else np.nan
            for prefix in ("", "roi_")
            for name in ("mean", "p5", "p95")
        }
        name = fit.dataset.channel_names[course.channel]
        tables.append(pd.DataFrame({"date": fit.dataset.dates, "channel": name, **columns}))
    labels = ["date", "channel", "mean", "p5", "p95", "roi_mean", "roi_p5", "roi_p95"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=labels)
