"""How the promoted run and a new one forecast periods that neither of them was trained on.

The promoted run was made before the new periods were known: its forecast of them, given what was spent, is
made in earnest. The new run was trained on them unless its spec holds them out; so its spec is fitted again
without them. Where neither spec nor history changed, that fit is the promoted run's own, and isn't made.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mediamix.core.errors import UserError
from mediamix.data.dataset import Dataset

if TYPE_CHECKING:
    from mediamix.models.base import Fit
    from mediamix.training.case import Side


@dataclass(frozen=True)
class Ahead:
    """Two forecasts of the same periods, held against the outcome as it is known now.

    Args:
        periods: How many.
        first: First day of the first.
        last: First day of the last.
        old_error: Of the promoted run: sum of absolute errors of its mean, as a share of the outcome.
        new_error: Of the new one.
        spread: Standard deviation of the promoted run's forecast of a period, as the same share.
        off: Sum of the outcome over that run's forecast of it, less one.
        surprise: The same difference in standard deviations of the forecast of the sum.
        note: What else is to be known, for the end of a sentence.
    """

    periods: int
    first: str
    last: str
    old_error: float
    new_error: float
    spread: float
    off: float
    surprise: float
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Forecast:
    """Draws of the outcome with noise, and its mean, of some dates."""

    mean_t: np.ndarray
    predictive_dt: np.ndarray


def look_ahead(new: Side, old: Side) -> Ahead | str:
    """Compare them; text: why that can't be done.

    Raises:
        FolderError: A run can't be read.
    """
    was, now = old.fit, new.fit
    if was.dataset.every is not now.dataset.every or was.dataset.geos != now.dataset.geos:
        return "periods or geos are others than in the promoted run"
    try:
        return _compared(was, now, same_engine=new.engine == old.engine)
    except UserError as error:  # of a future that doesn't continue the history, or a refit that can't be
        return error.what


def _compared(was: Fit, now: Fit, *, same_engine: bool) -> Ahead | str:
    from mediamix.measure.quality import fitted, seen

    known, before = seen(now), seen(was)
    dates = now.dataset.dates
    if not before.trained_t.any():
        return "the promoted run was trained on nothing"
    fresh_t = np.isfinite(known.outcome_t) & (dates > was.dataset.dates[np.flatnonzero(before.trained_t)[-1]])
    if not fresh_t.any():
        return "both know the same periods"
    unseen_t = fresh_t & ~known.trained_t
    note = ""
    if unseen_t.any():
        fresh_t, mean_t = unseen_t, fitted(now).mean_t
    elif same_engine and _same_history(was, now, int(np.flatnonzero(fresh_t)[0])):
        mean_t, note = None, "; history and spec are the promoted run's"
    else:
        mean_t, note = _without(now, int(np.flatnonzero(fresh_t)[0])), "; fitted again without these periods"
    outcome_t = known.outcome_t[fresh_t]
    total = float(np.abs(outcome_t).sum())
    if not total:
        return "the outcome of the new periods is zero"
    forecast = _forecast(was, now.dataset, dates[fresh_t])
    sums_d = forecast.predictive_dt.sum(axis=1)
    sd = max(float(sums_d.std()), 1e-12 * total)
    expected = float(forecast.mean_t.sum())
    old_error = float(np.abs(outcome_t - forecast.mean_t).sum()) / total
    return Ahead(
        periods=int(fresh_t.sum()),
        first=str(dates[fresh_t][0]),
        last=str(dates[fresh_t][-1]),
        old_error=old_error,
        new_error=old_error if mean_t is None else float(np.abs(outcome_t - mean_t[fresh_t]).sum()) / total,
        spread=float(forecast.predictive_dt.std(axis=0).sum()) / total,
        off=float(outcome_t.sum()) / expected - 1.0 if expected else 0.0,
        surprise=(float(outcome_t.sum()) - expected) / sd,
        note=note,
    )


def _same_history(was: Fit, now: Fit, n: int) -> bool:
    """Whether the new fit without its new periods would be the old one: spec and first `n` periods."""
    a, b = was.dataset, now.dataset
    same = was.spec == now.spec and a.channels == b.channels
    if not same or a.control_names != b.control_names or a.n_periods < n:
        return False
    pairs = [
        (getattr(a, name)[:, :n], getattr(b, name)[:, :n])
        for name in ("outcome_gt", "spend_gtc", "exposure_gtc", "controls_gtk")
    ]
    return np.array_equal(a.dates[:n], b.dates[:n]) and all(
        np.array_equal(x, y, equal_nan=True) for x, y in pairs
    )


def _without(now: Fit, n: int) -> np.ndarray:
    """The mean forecast of the new spec, fitted to its first `n` periods alone."""
    from mediamix import pipeline
    from mediamix.measure.quality import fitted

    held = {"last": now.dataset.n_periods - n}
    spec = now.spec.model_copy(update={"holdout": held})
    return np.asarray(fitted(pipeline.fit_model(now.dataset, spec, checks=False)).mean_t)


def _forecast(was: Fit, data: Dataset, dates: np.ndarray) -> _Forecast:
    """The old fit's forecast of some dates: those that it held out itself, and those after its data."""
    from mediamix.measure.forecast import look_ahead as forecast_ahead
    from mediamix.measure.quality import fitted
    from mediamix.measure.thinning import thinned_rows

    most = 1000
    inside_t = np.isin(was.dataset.dates, dates)
    parts = []
    if inside_t.any():
        own = fitted(was)
        rows = thinned_rows(was.n_draws, most)
        parts.append((own.mean_t[inside_t], own.predictive_dt[rows][:, inside_t]))
    after_t = data.dates > was.dataset.dates[-1]
    if after_t.any():
        made = forecast_ahead(was, _future(was, data, after_t), max_draws=most)
        there_t = np.isin(data.dates[after_t], dates)
        expected_dt = made.part("baseline") + made.part("media")
        parts.append((expected_dt.mean(axis=0)[there_t], made.predictive_dt[:, there_t]))
    return _Forecast(
        np.concatenate([mean for mean, _ in parts]), np.concatenate([dt for _, dt in parts], axis=1)
    )


def _future(was: Fit, data: Dataset, after_t: np.ndarray) -> Dataset:
    """The periods after the old fit's data as that fit knows the world: its channels, in their order."""
    from mediamix.data.mediators import known_ahead

    known, old = known_ahead(was.dataset, was.spec), was.dataset
    names = list(data.channel_names)

    def of_old(array_gtc: np.ndarray) -> np.ndarray:
        found = np.zeros((*array_gtc.shape[:1], int(after_t.sum()), len(old.channels)))
        for c, name in enumerate(old.channel_names):
            if name in names:  # one that is gone isn't spent on any more
                found[:, :, c] = array_gtc[:, after_t, names.index(name)]
        return found

    controls = [data.control_names.index(name) for name in known.control_names if name in data.control_names]
    return replace(
        data,
        dates=data.dates[after_t].copy(),
        channels=old.channels,
        outcome_gt=data.outcome_gt[:, after_t].copy(),
        spend_gtc=of_old(data.spend_gtc),
        exposure_gtc=of_old(data.exposure_gtc),
        frequency_gtc=None if data.frequency_gtc is None else of_old(data.frequency_gtc),
        controls_gtk=data.controls_gtk[:, after_t][:, :, controls].copy(),
        control_names=tuple(data.control_names[k] for k in controls),
        before_exposure_gtc=None,
        before_spend_gtc=None,
        before_frequency_gtc=None,
        experiments=(),
        findings=(),
    )
