"""The geos of a panel in numbers: what media did in each, how much they differ, how well each fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.measure.contribution import (
    ChannelMeasure,
    half_lives,
    measured,
)
from mediamix.measure.interval import Interval
from mediamix.measure.panel import outcome_of_geos
from mediamix.measure.quality import Quality, Score, fitted_from, quality
from mediamix.measure.survey import Survey, survey
from mediamix.measure.thinning import for_geos
from mediamix.models.base import Fit
from mediamix.models.priors import SPREAD


@dataclass(frozen=True)
class GeoChannel:
    """A channel in one geo.

    Args:
        measure: Its numbers; shares are of the geo's outcome.
        better: Probability that it does more there than over all geos, per unit of spend, and where
            it costs nothing per unit of the outcome; NaN where it never ran.
    """

    measure: ChannelMeasure
    better: float


@dataclass(frozen=True)
class GeoMeasure:
    """One geo.

    Args:
        name: As in the data.
        outcome: Over the window, observed (fitted where it is missing).
        spend: In currency.
        media: Contribution of all channels together.
        roi: Value of the paid channels' contribution per unit of spend; None without spend or value.
        quality: How well it is described.
        channels: In the dataset's order.
    """

    name: str
    outcome: float
    spend: float
    media: Interval
    roi: Interval | None
    quality: Quality
    channels: tuple[GeoChannel, ...]


@dataclass(frozen=True)
class Geos:
    """All geos of a panel.

    Args:
        geos: In the dataset's order.
        spread: Per channel the standard deviation of its effect over geos, as a share of the effect.
        base_spread: That of the intercept per unit of size, as a share of the mean outcome.
        note: Which draws it rests on, if not on all.
        has_value: Whether the outcome is money or has a value in it: only then there is a ROI.
    """

    geos: tuple[GeoMeasure, ...]
    spread: Mapping[str, Interval]
    base_spread: Interval
    note: str = ""
    has_value: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Name → outcome, R² and channels, for JSON."""
        return {geo.name: _record(geo, value=self.has_value) for geo in self.geos}

    def table(self) -> pd.DataFrame:
        """A row per geo, the worst described first: the largest weighted error.

        Returns:
            ``geo, outcome, share, spend, media_mean …, roi_mean …`` and the scores ``r2, mape, wmape,
            coverage90, periods``, for held-out periods with the prefix ``holdout_``.
        """
        total = sum(geo.outcome for geo in self.geos)
        rows = []
        for geo in self.geos:
            row: dict[str, object] = {
                "geo": geo.name,
                "outcome": geo.outcome,
                "share": geo.outcome / total if total else np.nan,
                "spend": geo.spend,
            }
            returns = (("roi", geo.roi),) if self.has_value else ()
            for name, interval in (("media", geo.media), *returns):
                for part in ("mean", "p5", "p50", "p95"):
                    row[f"{name}_{part}"] = np.nan if interval is None else getattr(interval, part)
            row.update(_scores(geo.quality.trained, ""))
            if geo.quality.holdout is not None:
                row.update(_scores(geo.quality.holdout, "holdout_"))
            rows.append(row)
        return pd.DataFrame(rows).sort_values("wmape", ascending=False, kind="stable", ignore_index=True)


def measure_geos(fit: Fit) -> Geos | None:
    """Measure every geo; None for a national fit. Large panels are measured on thinned draws."""
    data = fit.dataset
    if len(data.geos) == 1:
        return None
    outcome_g, lives = outcome_of_geos(fit), half_lives(fit)
    spread = fit.posterior.stacked(SPREAD)
    base = fit.posterior.stacked("intercept_spread")
    found = survey(fit)
    fit, note = for_geos(fit)
    all_geos = _Together(found, data.spend_c, float(outcome_g.sum()))
    return Geos(
        geos=tuple(
            _measure(fit, g, (float(outcome), lives), all_geos) for g, outcome in enumerate(outcome_g)
        ),
        spread={name: Interval.of(spread[:, c]) for c, name in enumerate(data.channel_names)},
        base_spread=Interval.of(base),
        note=note,
        has_value=data.worth is not None,
    )


def quality_by_geo(fit: Fit) -> pd.DataFrame:
    """R², errors and coverage of every geo, the worst described first; see `Geos.table`."""
    found = survey(fit)
    fit, note = for_geos(fit)
    rows = []
    for g, name in enumerate(fit.dataset.geos):
        scores = quality(fit, fitted_from(fit, found.media_rt(g), g), g)
        row = {"geo": name, **_scores(scores.trained, "")}
        rows.append(row | (_scores(scores.holdout, "holdout_") if scores.holdout else {}))
    table = pd.DataFrame(rows).sort_values("wmape", ascending=False, kind="stable", ignore_index=True)
    if note:
        table.attrs["note"] = note
    return table


@dataclass(frozen=True)
class _Together:
    """All geos in one: what a geo is compared with."""

    found: Survey
    spend_c: Float[np.ndarray, " channel"]
    outcome: float


def _measure(fit: Fit, geo: int, about: tuple[float, list[Interval]], together: _Together) -> GeoMeasure:
    data, (outcome, lives) = fit.dataset, about
    spend_c = data.spend_gtc[geo].sum(axis=0)
    found = together.found
    now_dc = found.total_rgc[:, geo]
    own_dc = now_dc - found.carried_rgc[:, geo]
    all_dc = (found.total_dc - found.carried_dc)[found.rows]
    channels = []
    for c in range(len(fit.channels)):
        measure = measured(fit, c, found.of(c, geo), float(spend_c[c]), (outcome, lives[c]))
        # Cross-multiplied: per unit of spend (or outcome), without dividing.
        here, everywhere = (
            (spend_c[c], together.spend_c[c]) if spend_c[c] > 0 else (outcome, together.outcome)
        )
        ran = bool(data.exposure_gtc[geo, :, c].any())
        more = own_dc[:, c] * everywhere > all_dc[:, c] * here
        channels.append(GeoChannel(measure, float(more.mean()) if ran else float("nan")))
    value = data.worth
    paid = np.array([channel.measure.roi is not None for channel in channels])
    worth = own_dc[:, paid].sum(axis=1)
    return GeoMeasure(
        name=data.geos[geo],
        outcome=outcome,
        spend=float(spend_c.sum()),
        media=Interval.of(now_dc.sum(axis=1)),
        roi=Interval.of(worth * value / spend_c[paid].sum()) if value and paid.any() else None,
        quality=quality(fit, fitted_from(fit, found.media_rt(geo), geo), geo),
        channels=tuple(channels),
    )


def _dict(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else interval.to_dict()


def _scores(score: Score, prefix: str) -> dict[str, float]:
    names = ("r2", "mape", "wmape", "coverage90", "periods")
    return {prefix + name: getattr(score, name) for name in names}


def _record(geo: GeoMeasure, *, value: bool) -> dict[str, Any]:
    return {
        "outcome": geo.outcome,
        "r2": geo.quality.trained.to_dict()["r2"],
        "channels": {
            channel.measure.name: {
                "spend": channel.measure.spend,
                "contribution": channel.measure.contribution.to_dict(),
                **({"roi": _dict(channel.measure.roi)} if value else {}),
            }
            for channel in geo.channels
        },
    }
