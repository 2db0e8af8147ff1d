"""The national model written plainly from its documentation, for NumPy and for JAX.

Nothing of the engine is imported: formulas, priors and the baseline's columns are stated a second
time. Everything is in model units: outcome / mean − 1, exposure / mean while active.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    "alpha": (0.1, 0.6),
    "weibull_pdf weibull_shape": (1.5, 4.0),
    "weibull_cdf weibull_shape": (0.5, 2.0),
    "weibull_scale": (10.0, 42.0),
    "fade": (10.0, 45.0),
    "exponent": (0.6, 0.9),
    "half_return": (1.0, 4.0),
    "sigma": (0.06, 0.30),
    "rho": (0.2, 0.7),
    "nu": (8.0, 30.0),
}
#: Priors are of what lies above it.
ABOVE = {"nu": 2.0}
#: What the noise has besides sigma.
NOISE = {"normal": [], "ar1": ["rho"], "student": ["nu"]}
#: What a channel brings has a Weibull prior, everything else a log-normal one.
EFFECTS = {"roi", "share"}
#: Between 0 and 1: a logit-normal prior.
SHARES = {"alpha", "exponent", "rho"}
DAYS_SCALED = {"half_life", "delay", "spread", "weibull_scale", "fade"}
DAYS = {"day": 1.0, "week": 7.0}
ADSTOCK = {
    "geometric": ["half_life"],
    "delayed": ["delay", "spread"],
    "binomial": ["alpha"],
    "weibull_pdf": ["weibull_shape", "weibull_scale"],
    "weibull_cdf": ["weibull_shape", "fade"],
    "none": [],
}
SATURATION = {
    "hill": ["half_effect", "slope"],
    "logistic": ["half_effect"],
    "michaelis_menten": ["half_effect"],
    "tanh": ["half_effect"],
    "power": ["exponent"],
    "log": ["half_return"],
    "none": [],
}
#: Length of the effect in days, where it isn't unbounded.
LONGEST_DAYS = {"delayed": 91, "binomial": 91, "weibull_pdf": 91, "weibull_cdf": 91, "none": 1}
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
    order: str = "adstock_first"
    often: np.ndarray | None = None  # of reach & frequency: the frequency over its mean, lagged


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
    noise: str = "normal"

    def names(self) -> list[str]:
        """Sampled parameters in the documented order: effect, adstock, saturation; last the noise's."""
        result = []
        for c in self.channels:
            own = [c.effect, *ADSTOCK[c.adstock], *SATURATION[c.saturation]]
            result += [f"{parameter}[{c.name}]" for parameter in own]
        return [*result, "sigma", *NOISE[self.noise]]

    def natural(self, xp: Any, u: Any) -> dict[str, Any]:
        """Parameters from standard normals, in model units."""
        result = {}
        adstock = {c.name: c.adstock for c in self.channels}
        for i, name in enumerate(self.names()):
            kind, _, channel = name.removesuffix("]").partition("[")
            median, p95 = prior_of(adstock.get(channel), kind)
            per = self.days if kind in DAYS_SCALED else 1.0
            least = ABOVE.get(kind, 0.0)
            result[name] = least + quantile(xp, kind, (median - least) / per, (p95 - least) / per, u[i])
        return result

    def responses(self, xp: Any, theta: dict[str, Any]) -> list[Any]:
        """``h_c`` over all periods, those before the window first."""
        result = []
        for c in self.channels:
            at = {p: theta[f"{p}[{c.name}]"] for p in ADSTOCK[c.adstock] + SATURATION[c.saturation]}
            result.append(response(xp, c, at))
        return result

    def media(self, xp: Any, theta: dict[str, Any]) -> Any:
        """``Σ β_c h_c`` over the window, ``β_c = effect · scale / Σ_t h_ct``, t from before it on."""
        total = 0.0
        for c, h in zip(self.channels, self.responses(xp, theta), strict=True):
            total = total + theta[f"{c.effect}[{c.name}]"] * c.scale / h.sum() * h[-len(self.trained) :]
        return total


def prior_of(adstock: str | None, kind: str) -> tuple[float, float]:
    """Median and 95 % point of a parameter, which may depend on the adstock that it is of."""
    return PRIORS.get(f"{adstock} {kind}") or PRIORS[kind]


def longest(adstock: str, days: float) -> int:
    """An adstock's own length in periods; 0: unbounded."""
    return max(1, round(LONGEST_DAYS[adstock] / days)) if adstock in LONGEST_DAYS else 0


def quantile(xp: Any, kind: str, median: float, p95: float, u: Any) -> Any:
    """A prior's quantile at Φ(u): log-normal, or of ``P(below θ) = 1 − 2^(−(θ / median)^shape)``."""
    if kind in SHARES:
        low, high = (np.log(v) - np.log1p(-v) for v in (median, p95))
        return 1.0 / (1.0 + xp.exp(-(low + (high - low) / Z95 * u)))
    if kind not in EFFECTS:
        return xp.exp(np.log(median) + np.log(p95 / median) / Z95 * u)
    if xp is np:
        from scipy.stats import norm
    else:
        from jax.scipy.stats import norm
    shape = np.log(np.log(20.0) / np.log(2.0)) / np.log(p95 / median)
    return median * (-norm.logsf(u) / np.log(2.0)) ** (1.0 / shape)


def response(xp: Any, channel: Any, at: dict[str, Any]) -> Any:
    """Saturation and adstock in the channel's order; without exposure every saturation is zero."""
    if channel.often is not None:
        return (channel.lagged * curve(xp, channel.saturation, channel.often, at)) @ weights(xp, channel, at)
    if channel.order == "saturation_first":
        return curve(xp, channel.saturation, channel.lagged, at) @ weights(xp, channel, at)
    return curve(xp, channel.saturation, channel.lagged @ weights(xp, channel, at), at)


def weights(xp: Any, channel: PlainChannel, at: dict[str, Any]) -> Any:
    """Carry-over weights over the lags, summing to one over all lags that exist."""
    lag = np.arange(channel.lagged.shape[-1])
    if channel.adstock == "geometric":
        raw = 0.5 ** (lag / at["half_life"])
        total = raw.sum() if channel.max_lag else 1.0 / (1.0 - 0.5 ** (1.0 / at["half_life"]))
        return raw / total
    exponent = log_weights(xp, channel.adstock, lag, at)
    raw = xp.exp(exponent - exponent.max())
    return raw / raw.sum()


def log_weights(xp: Any, name: str, lag: np.ndarray, at: dict[str, Any]) -> Any:
    """Logarithms of the weights of an adstock with an end, up to a constant."""
    if name == "none":
        return np.zeros(len(lag))
    if name == "delayed":
        return -0.5 * ((lag - at["delay"]) / at["spread"]) ** 2
    if name == "binomial":
        return (1.0 / at["alpha"] - 1.0) * np.log1p(-lag / len(lag))
    k = at["weibull_shape"]
    if name == "weibull_pdf":
        z = (lag + 1.0) / at["weibull_scale"]
        return (k - 1.0) * xp.log(z) - z**k
    scale = (at["fade"] ** (k + 1.0) / (k + 1.0)) ** (1.0 / k)
    return -xp.concatenate([xp.zeros(1), xp.cumsum((lag[1:] / scale) ** k)])


def curve(xp: Any, name: str, x: Any, at: dict[str, Any]) -> Any:
    """Saturation by its formula; the inner `where` keeps 0^slope differentiable."""
    if name == "none":
        return x
    if name == "michaelis_menten":
        return x / (x + at["half_effect"])
    if name == "tanh":
        return xp.tanh(np.arctanh(0.5) * x / at["half_effect"])
    if name == "log":
        return xp.log1p(x / at["half_return"])
    if name == "power":
        return xp.where(x > 0, xp.where(x > 0, x, 1.0) ** at["exponent"], 0.0)
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


def state(dataset: Any, choice: dict[str, tuple[Any, ...]], holdout: int = 0, noise: str = "normal") -> Plain:
    """Set the model up from a dataset; `choice` is channel → (adstock, saturation, max_lag[, order])."""
    n, days = len(dataset.dates), DAYS[str(dataset.every)]
    outcome = dataset.outcome_gt[0]
    trained = ~np.isnan(outcome) & (np.arange(n) < n - holdout)
    mean = float(outcome[trained].sum() / trained.sum())
    channels = []
    for c, channel in enumerate(dataset.channels):
        adstock, saturation, max_lag, *order = choice.get(channel.name, ("geometric", "hill", None))
        if max_lag is None:
            max_lag = longest(adstock, days)
        x, spend = dataset.exposure_gtc[0, :, c], float(dataset.spend_gtc[0, :, c].sum())
        if dataset.before_exposure_gtc is not None:
            x = np.concatenate([dataset.before_exposure_gtc[0, :, c], x])
            spend += float(dataset.before_spend_gtc[0, :, c].sum())
        paid = str(channel.kind) in ("paid", "reach_frequency")
        scale = spend / mean if paid else float(len(x))
        lagged = lag_matrix(x / x[x > 0].mean(), max_lag or len(x))
        effect = "roi" if paid else "share"
        components = (channel.name, adstock, saturation, max_lag)
        often = None
        if str(channel.kind) == "reach_frequency":
            often = lag_matrix(dataset.frequency_gtc[0, :, c] / mean_frequency(dataset, c), max_lag or len(x))
        channels.append(PlainChannel(*components, effect, scale, lagged, *order, often=often))
    terms, design, sd = columns(dataset, days)
    return Plain(channels, outcome[trained] / mean - 1, trained, design, sd, terms, mean, days, noise)


def mean_frequency(dataset: Any, c: int) -> float:
    """All impressions over all that was reached."""
    reach = dataset.exposure_gtc[:, :, c]
    return float((reach * dataset.frequency_gtc[:, :, c]).sum() / reach.sum())


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


#: Channel, first and last tested period, last measured one, factor of the exposure without the test, and lift
#: and its error as shares of the mean outcome per period.
Trials = tuple[tuple[str, int, int, int, float, float, float], ...]


def lifts(xp: Any, model: Plain, dataset: Any, trials: Trials, theta: dict[str, Any]) -> list[Any]:
    """What the model expects of every lift: its response with the test less that without it."""
    found = []
    for name, first, last, until, factor, _, _ in trials:
        (c,) = (i for i, one in enumerate(model.channels) if one.name == name)
        channel = model.channels[c]
        x = dataset.exposure_gtc[0, :, c]
        without = x / x[x > 0].mean()
        without[first : last + 1] *= factor
        lagged = lag_matrix(without, channel.lagged.shape[1])
        at = {p: theta[f"{p}[{name}]"] for p in ADSTOCK[channel.adstock] + SATURATION[channel.saturation]}
        h, h0 = response(xp, channel, at), response(xp, replace(channel, lagged=lagged), at)
        beta = theta[f"{channel.effect}[{name}]"] * channel.scale / h.sum()
        found.append(beta * (h - h0)[first : until + 1].sum())
    return found
