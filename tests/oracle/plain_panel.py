"""The panel model written plainly from its definition, for NumPy and for JAX.

Shares no code with the engine: sizes, presence, columns, scales and priors are stated a second
time. Model units: outcome per unit of a geo's size / mean − 1, exposure per unit of size / mean
while active. For SciPy all linear coefficients are in the covariance of one large normal; for
NumPyro every one of them is a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import Covariance, multivariate_normal

from oracle.plain import (
    ADSTOCK,
    CONTROL_SD,
    DAYS,
    DAYS_SCALED,
    EVENT_SD,
    PRIORS,
    SATURATION,
    event_column,
    lag_matrix,
    longest,
    mean_frequency,
    prior_of,
    quantile,
    response,
    shared_columns,
)

#: Parameter → (median, 95 % point) of what only panels have.
SPREADS = {
    "geo_spread": (0.15, 0.6),
    "intercept_spread": (0.2, 0.8),
    "controls_spread": (0.02, 0.1),
    "seasonality_spread": (0.02, 0.1),
}
NOISE_FACTOR = (1.0, 2.5)
SHOCK_SPREAD = (0.02, 0.1)


@dataclass(frozen=True)
class PanelChannel:
    """One channel: components, belief about its effect, what an effect of 1 sums to, lagged exposure."""

    name: str
    adstock: str
    saturation: str
    max_lag: int
    effect: str
    belief: tuple[float, float]
    scale: float
    lagged: np.ndarray  # geo × time × lag
    order: str = "adstock_first"
    often: np.ndarray | None = None


@dataclass(frozen=True)
class Term:
    """A column of the baseline in every geo; `spread` is the parameter of its deviations by geo."""

    name: str
    column_gt: np.ndarray
    sd: float
    spread: str | None = None
    unit: float = 1.0


@dataclass(frozen=True)
class PlainPanel:
    """The model of one panel: data, columns, prior scales."""

    channels: list[PanelChannel]
    outcome_gt: np.ndarray
    trained_gt: np.ndarray
    size_g: np.ndarray
    terms: list[Term]
    geos: tuple[str, ...]
    mean: float
    days: float
    unequal: bool
    lasting: bool = False
    shared_shock: bool = False

    def beliefs(self) -> dict[str, tuple[float, float]]:
        """Sampled parameters in the documented order → (median, 95 % point) in model units."""
        found: dict[str, tuple[float, float]] = {}
        for c in self.channels:
            found[f"{c.effect}[{c.name}]"] = c.belief
            for kind in ADSTOCK[c.adstock] + SATURATION[c.saturation]:
                per = self.days if kind in DAYS_SCALED else 1.0
                median, p95 = prior_of(c.adstock, kind)
                found[f"{kind}[{c.name}]"] = (median / per, p95 / per)
        for c in self.channels:
            found[f"geo_spread[{c.name}]"] = SPREADS["geo_spread"]
        for term in self.local():
            median, p95 = SPREADS[str(term.spread).partition("[")[0]]
            found[str(term.spread)] = (median / term.unit, p95 / term.unit)
        found["sigma"] = PRIORS["sigma"]
        if self.lasting:
            found["rho"] = PRIORS["rho"]
        if self.shared_shock:
            found["shock_spread"] = SHOCK_SPREAD
        if self.unequal:
            found |= {f"noise_factor[{geo}]": NOISE_FACTOR for geo in self.geos}
        return found

    def names(self) -> list[str]:
        """Sampled parameters."""
        return list(self.beliefs())

    def local(self) -> list[Term]:
        """Terms whose coefficients differ between geos."""
        return [term for term in self.terms if term.spread]

    def natural(self, xp: Any, u: Any) -> dict[str, Any]:
        """Parameters from standard normals, in model units."""
        return {
            name: quantile(xp, name.partition("[")[0], median, p95, u[i])
            for i, (name, (median, p95)) in enumerate(self.beliefs().items())
        }

    def media(self, xp: Any, theta: dict[str, Any]) -> list[Any]:
        """``β_c h_gc`` of an average geo per channel [geo, time], all periods."""
        found = []
        for c in self.channels:
            at = {p: theta[f"{p}[{c.name}]"] for p in ADSTOCK[c.adstock] + SATURATION[c.saturation]}
            h = response(xp, c, at)
            total = (self.size_g[:, None] * h).sum()
            window = h[:, -self.trained_gt.shape[1] :]
            found.append(theta[f"{c.effect}[{c.name}]"] * c.scale / total * window)
        return found

    def noise_g(self, xp: Any, theta: dict[str, Any]) -> Any:
        """Standard deviation of the noise per geo, per unit of size."""
        factors = [theta[f"noise_factor[{geo}]"] if self.unequal else 1.0 for geo in self.geos]
        return theta["sigma"] * xp.stack([xp.asarray(f) for f in factors])

    def covariance(self, theta: dict[str, Any]) -> np.ndarray:
        """Of the noise of all trained outcomes: within a geo ρ to the power of the distance."""
        rows = self.trained_gt
        sd = np.broadcast_to(self.noise_g(np, theta)[:, None], rows.shape)[rows]
        if not self.lasting:
            return np.diag(sd**2)
        geo, period = np.nonzero(rows)
        correlation = theta["rho"] ** np.abs(period[:, None] - period) * (geo[:, None] == geo)
        return np.asarray(sd[:, None] * sd * correlation)

    def expected(self, theta: dict[str, Any], media: list[Any], v_p: Any, z_gl: Any, z_gc: Any) -> Any:
        """Mean of every cell given `media(θ)` and all coefficients, which are standard normal."""
        total = 0.0
        for j, term in enumerate(self.terms):
            total = total + term.sd * v_p[j] * term.column_gt
        for k, term in enumerate(self.local()):
            total = total + theta[str(term.spread)] * z_gl[:, k, None] * term.column_gt
        for i, (c, part) in enumerate(zip(self.channels, media, strict=True)):
            total = total + part * (1.0 + theta[f"geo_spread[{c.name}]"] * z_gc[:, i, None])
        return total

    def log_posterior(self, u: np.ndarray) -> float:
        """Standard normals, and one multivariate normal of all outcomes."""
        theta = self.natural(np, u)
        jacobian, offset = self.linear(theta)
        covariance = self.covariance(theta) + jacobian @ jacobian.T
        if self.shared_shock:
            (_, period) = np.nonzero(self.trained_gt)
            covariance += theta["shock_spread"] ** 2 * (period[:, None] == period)
        y = self.outcome_gt[self.trained_gt]
        full = Covariance.from_cholesky(np.linalg.cholesky(covariance))
        return float(multivariate_normal.logpdf(y, offset, full) - 0.5 * u @ u)

    def linear(self, theta: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Trained outcomes as ``offset + J (v, z_g …)``: by trying every coefficient in turn.

        The order is v in the order of `terms`, then per geo its local terms and channels.
        """
        g, p, own, c = len(self.geos), len(self.terms), len(self.local()), len(self.channels)
        media = self.media(np, theta)

        def at(x: np.ndarray) -> np.ndarray:
            z = x[p:].reshape(g, own + c)
            return np.asarray(self.expected(theta, media, x[:p], z[:, :own], z[:, own:]))[self.trained_gt]

        zero = np.zeros(p + g * (own + c))
        offset = at(zero)
        return np.column_stack([at(e) - offset for e in np.eye(len(zero))]), offset

    def conditional(self, u: np.ndarray, shock_t: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of (v, z) given θ, the outcomes and shared shocks, by one dense solve."""
        theta = self.natural(np, u)
        jacobian, offset = self.linear(theta)
        scaled = np.linalg.solve(self.covariance(theta), jacobian)
        covariance = np.linalg.inv(np.eye(jacobian.shape[1]) + jacobian.T @ scaled)
        left_gt = self.outcome_gt if shock_t is None else self.outcome_gt - shock_t
        return covariance @ (scaled.T @ (left_gt[self.trained_gt] - offset)), covariance


Choice = dict[str, tuple[Any, ...]]


def state(
    dataset: Any,
    choice: Choice | None = None,
    holdout: int = 0,
    unequal: bool = False,
    own_season: bool = False,
    lasting: bool = False,
    shared_shock: bool = False,
) -> PlainPanel:
    """Set the model up from a dataset; `choice` is channel → (adstock, saturation, max_lag)."""
    days = DAYS[str(dataset.every)]
    y = dataset.outcome_gt
    geos, n = y.shape
    trained = ~np.isnan(y) & (np.arange(n) < n - holdout)
    people = dataset.population_g
    if people is None:
        people = np.array([np.nanmean(row) for row in y])
    size = people / (people.sum() / geos)
    here = presence(dataset)
    mean = float(y[trained].sum() / (size[:, None] * trained).sum())
    channels = []
    for c, channel in enumerate(dataset.channels):
        adstock, saturation, max_lag, *order = (choice or {}).get(channel.name, ("geometric", "hill", None))
        if max_lag is None:
            max_lag = longest(adstock, days)
        x = dataset.exposure_gtc[:, :, c] / size[:, None]
        if dataset.before_exposure_gtc is not None:
            x = np.concatenate([dataset.before_exposure_gtc[:, :, c] / size[:, None], x], axis=1)
        cells = float((size[:, None] * here).sum() + size.sum() * (x.shape[1] - n))
        effect, belief, scale = effect_of(dataset, c, mean, cells)
        lagged = np.stack([lag_matrix(row / x[x > 0].mean(), max_lag or x.shape[1]) for row in x])
        often = None
        if str(channel.kind) == "reach_frequency":
            f = dataset.frequency_gtc[:, :, c] / mean_frequency(dataset, c)
            often = np.stack([lag_matrix(row, max_lag or x.shape[1]) for row in f])
        parts = (channel.name, adstock, saturation, max_lag, effect, belief, scale, lagged, *order)
        channels.append(PanelChannel(*parts, often=often))
    scaled = y / size[:, None] / mean - 1.0
    terms = baseline(dataset, days, here, own_season)
    parts = channels, scaled, trained, size, terms, dataset.geos, mean, days, unequal
    return PlainPanel(*parts, lasting=lasting, shared_shock=shared_shock)


def effect_of(dataset: Any, c: int, mean: float, size: float) -> tuple[str, tuple[float, float], float]:
    """Name, belief and scale of a channel's effect: ROI where money is known, else a share."""
    spend = float(dataset.spend_gtc[:, :, c].sum())
    if dataset.before_spend_gtc is not None:
        spend += float(dataset.before_spend_gtc[:, :, c].sum())
    value = 1.0 if dataset.unit == "revenue" else dataset.value_per_unit
    if str(dataset.channels[c].kind) == "organic":
        return "share", PRIORS["share"], size
    if value is None:
        median = 0.25 * spend / float(dataset.spend_gtc.sum())
        return "share", (median, median * PRIORS["roi"][1] / PRIORS["roi"][0]), size
    return "roi", PRIORS["roi"], spend / value / mean


def presence(dataset: Any) -> np.ndarray:
    """From a geo's first to its last period with an outcome, spend or exposure."""
    here = np.zeros(dataset.outcome_gt.shape, dtype=bool)
    for g in range(len(here)):
        alive = [
            t
            for t in range(here.shape[1])
            if not np.isnan(dataset.outcome_gt[g, t])
            or dataset.spend_gtc[g, t].any()
            or dataset.exposure_gtc[g, t].any()
        ]
        if alive:
            here[g, alive[0] : alive[-1] + 1] = True
    return here


def baseline(dataset: Any, days: float, here: np.ndarray, own_season: bool) -> list[Term]:
    """All terms; controls are deviations from their geo's mean while it is present, 0 outside."""
    everywhere = np.ones(here.shape)
    terms = []
    for name, column, sd in shared_columns(dataset, days):
        spread, unit = ("intercept_spread" if name == "intercept" else None), 1.0
        if own_season and name.startswith("seasonality"):
            spread, unit = name.replace("seasonality", "seasonality_spread"), float(np.std(column))
        terms.append(Term(name, column * everywhere, sd, spread, unit))
    for name in dict.fromkeys(event.name for event in dataset.events):
        rows = np.stack([event_column(dataset, name, days, geo) for geo in dataset.geos])
        if rows.any():
            terms.append(Term(f"events[{name}]", rows, EVENT_SD))
    for k, name in enumerate(dataset.control_names):
        values = dataset.controls_gtk[:, :, k]
        rows = np.stack([np.where(on, v - v[on].mean(), 0.0) for v, on in zip(values, here, strict=True)])
        unit = float(np.sqrt((rows**2).mean() - rows.mean() ** 2))
        unit = unit if unit > 0 else 1.0
        spread = f"controls_spread[{name}]"
        terms.append(Term(f"controls[{name}]", rows, CONTROL_SD / unit, spread, unit))
    return terms
