"""The national model written plainly from its documentation, for NumPy and for JAX.

Nothing of the engine is imported: formulas, priors and the baseline's columns are stated a second
time. Everything is in model units: outcome / mean − 1, exposure / mean while active.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

Z95 = 1.6448536269514722
#: Parameter → (median, 95 % point); carry-over in days, half effect in mean active exposure.
PRIORS = {
    "roi": (1.0, 5.0),
    "share": (0.03, 0.15),
    "half_life": (5.0, 30.0),
    "delay": (7.0, 28.0),
    "spread": (10.5, 28.0),
    "half_effect": (1.0, 4.0),
    "slope": (1.5, 2.5),
    "sigma": (0.06, 0.30),
}
#: What a channel brings has a Weibull prior, everything else a log-normal one.
EFFECTS = {"roi", "share"}
DAYS_SCALED = {"half_life", "delay", "spread"}
DAYS = {"day": 1.0, "week": 7.0}
ADSTOCK = {"geometric": ["half_life"], "delayed": ["delay", "spread"]}
SATURATION = {"hill": ["half_effect", "slope"], "logistic": ["half_effect"]}
DELAYED_DAYS = 91
EVENT_SD, CONTROL_SD = 0.3, 0.15


@dataclass(frozen=True)
class PlainChannel:
    """One channel: names of its parameters, lag matrix, and what an effect of 1 sums to."""

    name: str
    adstock: str
    saturation: str
    max_lag: int
    effect: str
    scale: float
    lagged: np.ndarray


@dataclass(frozen=True)
class Plain:
    """The model of one dataset: data, columns, prior scales."""

    channels: list[PlainChannel]
    outcome: np.ndarray
    trained: np.ndarray
    design: np.ndarray
    sd: np.ndarray
    terms: list[str]
    mean: float
    days: float

    def names(self) -> list[str]:
        """Sampled parameters in the documented order: effect, adstock, saturation; last sigma."""
        result = []
        for c in self.channels:
            own = [c.effect, *ADSTOCK[c.adstock], *SATURATION[c.saturation]]
            result += [f"{parameter}[{c.name}]" for parameter in own]
        return [*result, "sigma"]

    def natural(self, xp: Any, u: Any) -> dict[str, Any]:
        """Parameters from standard normals, in model units."""
        result = {}
        for i, name in enumerate(self.names()):
            kind = name.partition("[")[0]
            median, p95 = PRIORS[kind]
            per = self.days if kind in DAYS_SCALED else 1.0
            result[name] = quantile(xp, kind, median / per, p95 / per, u[i])
        return result

    def responses(self, xp: Any, theta: dict[str, Any]) -> list[Any]:
        """``h_c`` over all periods, those before the window first."""
        result = []
        for c in self.channels:
            at = {p: theta[f"{p}[{c.name}]"] for p in ADSTOCK[c.adstock] + SATURATION[c.saturation]}
            carried = c.lagged @ weights(xp, c, at)
            result.append(curve(xp, c.saturation, carried, at))
        return result

    def media(self, xp: Any, theta: dict[str, Any]) -> Any:
        """``Σ β_c h_c`` over the window, ``β_c = effect · scale / Σ_t h_ct``, t from before it on."""
        total = 0.0
        for c, h in zip(self.channels, self.responses(xp, theta), strict=True):
            total = total + theta[f"{c.effect}[{c.name}]"] * c.scale / h.sum() * h[-len(self.trained) :]
        return total


def quantile(xp: Any, kind: str, median: float, p95: float, u: Any) -> Any:
    """A prior's quantile at Φ(u): log-normal, or of ``P(below θ) = 1 − 2^(−(θ / median)^shape)``."""
    if kind not in EFFECTS:
        return xp.exp(np.log(median) + np.log(p95 / median) / Z95 * u)
    if xp is np:
        from scipy.stats import norm
    else:
        from jax.scipy.stats import norm
    shape = np.log(np.log(20.0) / np.log(2.0)) / np.log(p95 / median)
    return median * (-norm.logsf(u) / np.log(2.0)) ** (1.0 / shape)


def weights(xp: Any, channel: PlainChannel, at: dict[str, Any]) -> Any:
    """Carry-over weights over the lags, summing to one over all lags that exist."""
    lag = np.arange(channel.lagged.shape[-1])
    if channel.adstock == "geometric":
        raw = 0.5 ** (lag / at["half_life"])
        total = raw.sum() if channel.max_lag else 1.0 / (1.0 - 0.5 ** (1.0 / at["half_life"]))
        return raw / total
    exponent = -0.5 * ((lag - at["delay"]) / at["spread"]) ** 2
    raw = xp.exp(exponent - exponent.max())
    return raw / raw.sum()


def curve(xp: Any, name: str, x: Any, at: dict[str, Any]) -> Any:
    """Saturation by its formula; the inner `where` keeps 0^slope differentiable."""
    if name == "hill":
        safe = xp.where(x > 0, x, 1.0)
        power = (safe / at["half_effect"]) ** at["slope"]
        return xp.where(x > 0, power / (1.0 + power), 0.0)
    grown = xp.exp(-np.log(3.0) / at["half_effect"] * x)
    return (1.0 - grown) / (1.0 + grown)


def lag_matrix(x: np.ndarray, lags: int) -> np.ndarray:
    """Entry (t, l) is the exposure l periods before t, zero before the window."""
    result = np.zeros((len(x), lags))
    for lag in range(min(lags, len(x))):
        result[lag:, lag] = x[: len(x) - lag]
    return result


def state(dataset: Any, choice: dict[str, tuple[str, str, int | None]], holdout: int = 0) -> Plain:
    """Set the model up from a dataset; `choice` is channel → (adstock, saturation, max_lag)."""
    n, days = len(dataset.dates), DAYS[str(dataset.every)]
    outcome = dataset.outcome_gt[0]
    trained = ~np.isnan(outcome) & (np.arange(n) < n - holdout)
    mean = float(outcome[trained].sum() / trained.sum())
    channels = []
    for c, channel in enumerate(dataset.channels):
        adstock, saturation, max_lag = choice.get(channel.name, ("geometric", "hill", None))
        if max_lag is None:
            max_lag = round(DELAYED_DAYS / days) if adstock == "delayed" else 0
        x, spend = dataset.exposure_gtc[0, :, c], float(dataset.spend_gtc[0, :, c].sum())
        if dataset.before_exposure_gtc is not None:
            x = np.concatenate([dataset.before_exposure_gtc[0, :, c], x])
            spend += float(dataset.before_spend_gtc[0, :, c].sum())
        paid = str(channel.kind) == "paid"
        scale = spend / mean if paid else float(len(x))
        lagged = lag_matrix(x / x[x > 0].mean(), max_lag or len(x))
        effect = "roi" if paid else "share"
        channels.append(PlainChannel(channel.name, adstock, saturation, max_lag, effect, scale, lagged))
    terms, design, sd = columns(dataset, days)
    return Plain(channels, outcome[trained] / mean - 1, trained, design, sd, terms, mean, days)


def columns(dataset: Any, days: float) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Baseline: names, columns over all periods, prior sds (shares of the mean outcome)."""
    rows = shared_columns(dataset, days)
    for name in dict.fromkeys(event.name for event in dataset.events):
        rows.append((f"events[{name}]", event_column(dataset, name, days), EVENT_SD))
    for k, name in enumerate(dataset.control_names):
        values = dataset.controls_gtk[0, :, k]
        rows.append((f"controls[{name}]", values - values.mean(), CONTROL_SD / np.sqrt(values.var())))
    names, matrix, sd = zip(*rows, strict=True)
    return list(names), np.column_stack(matrix), np.array(sd)


def shared_columns(dataset: Any, days: float) -> list[tuple[str, np.ndarray, float]]:
    """Intercept, trend (knots), two yearly waves and, in daily data, weekdays: name, column, sd."""
    n = len(dataset.dates)
    first_days: list[date] = dataset.dates.astype("datetime64[D]").tolist()
    years = n * days / 365.25
    rows: list[tuple[str, np.ndarray, float]] = [("intercept", np.ones(n), 1.0)]
    pieces = max(1, round((n - 1) / (26 * 7 / days)))
    for k in range(pieces):
        low, high = k * (n - 1) / pieces, (k + 1) * (n - 1) / pieces
        ramp = np.interp(np.arange(n), [low, high], [0.0, 1.0])
        rows.append((f"trend[step {k + 1}]", ramp, 0.14 * np.sqrt(years / pieces)))
    since = np.array([(d - date(1970, 1, 1)).days for d in first_days])
    for k in (1, 2):
        angle = 2 * np.pi * k * since / 365.25
        rows += [(f"seasonality[sin {k}]", np.sin(angle), 0.2 / k)]
        rows += [(f"seasonality[cos {k}]", np.cos(angle), 0.2 / k)]
    if days == 1.0:
        sunday = np.array([d.isoweekday() == 7 for d in first_days])
        for k, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat"), start=1):
            on = np.array([d.isoweekday() == k for d in first_days])
            rows.append((f"weekday[{name}]", on.astype(float) - sunday, 0.2))
    return rows


def event_column(dataset: Any, name: str, days: float, geo: str | None = None) -> np.ndarray:
    """Share of each period that a named event covers; with `geo`, only what happens there."""
    first_days: list[date] = dataset.dates.astype("datetime64[D]").tolist()
    here = [e for e in dataset.events if e.name == name and (geo is None or e.geo in (None, geo))]
    spans = [(e.start.item(), e.end.item()) for e in here]
    return np.array([covered(d, int(days), spans) for d in first_days])


def covered(first: date, length: int, spans: list[tuple[date, date]]) -> float:
    """Share of a period's days that lie in one of the spans."""
    period = [first + timedelta(k) for k in range(length)]
    return sum(any(low <= d <= high for low, high in spans) for d in period) / length
