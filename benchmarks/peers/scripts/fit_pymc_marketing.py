"""PyMC-Marketing with nutpie."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from contract import SEED, Job, Market, run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

CURVE = ("adstock_alpha", "saturation_lam", "saturation_kappa", "saturation_slope")


def linear_columns(market: Market, job: Job) -> dict[str, np.ndarray]:
    """Columns [geo, time] that enter linearly; PyMC-Marketing adds its own yearly season to the first."""
    import numpy as np

    if job.matched:
        return {name: x for name, x in market.baseline.items() if name != "intercept"}
    columns = dict(market.controls)
    # Its priors want columns of about unit size.
    columns = {name: (x - x.mean()) / x.std() for name, x in columns.items()}
    trend_t = np.linspace(0.0, 1.0, len(market.dates))
    for name, column_t in {"t": trend_t, **market.events, **market.weekdays}.items():
        columns[name] = market.to_all_geos(column_t)
    return columns


def frame(market: Market, columns: dict[str, np.ndarray], outcome_gt: np.ndarray) -> pd.DataFrame:
    """The wide table that it reads; per head where geos are matched, so that curves compare."""
    import numpy as np
    import pandas as pd

    g, t = outcome_gt.shape
    table: dict[str, Any] = {"date": np.tile(pd.DatetimeIndex(market.dates), g), "y": outcome_gt.ravel()}
    if not market.national:
        table["geo"] = np.repeat(list(market.geos), t)
    for name, x in columns.items():
        table[name] = np.asarray(x).ravel()
    return pd.DataFrame(table)


def matched_config(market: Market, spend_gtc: np.ndarray, outcome_gt: np.ndarray) -> dict[str, Any]:
    """Our priors on its scales: outcome and spend divided by their maxima.

    A prior on the ROI isn't possible: it becomes a prior on β, at the prior medians of the curve.
    """
    import numpy as np
    from pymc_extras.prior import Prior

    priors = market.priors
    unit = float(outcome_gt.mean() / outcome_gt.max())
    retention = 2.0 ** (-1.0 / np.exp(priors["half_life"][0]))
    weights = retention ** np.arange(market.max_lag)
    location_beta, location_kappa = [], []
    for c in range(len(market.channels)):
        spend_gt = spend_gtc[..., c]
        active = spend_gt[spend_gt > 0].mean()
        carried = sum(
            w * np.pad(spend_gt, ((0, 0), (lag, 0)))[:, : spend_gt.shape[1]]
            for lag, w in enumerate(weights / weights.sum())
        )
        odds = (carried / active) ** np.exp(priors["slope"][0])
        reach = (odds / (1 + odds)).sum()
        location_beta.append(priors["roi"][0] + np.log(spend_gt.sum() / reach / outcome_gt.max()))
        location_kappa.append(priors["half_effect"][0] + np.log(active / spend_gt.max()))
    beta = Prior("LogNormal", mu=np.array(location_beta), sigma=priors["roi"][1], dims="channel")
    intercept = Prior("Normal", mu=unit, sigma=unit)
    if not market.national:
        spread, base = priors["geo_spread"], priors["intercept_spread"]
        beta = Prior(
            "LogNormal",
            mu=Prior("Normal", mu=np.array(location_beta), sigma=priors["roi"][1], dims="channel"),
            sigma=Prior("LogNormal", mu=spread[0], sigma=spread[1], dims="channel"),
            dims=("geo", "channel"),
        )
        intercept = Prior(
            "Normal",
            mu=Prior("Normal", mu=unit, sigma=unit),
            sigma=Prior("LogNormal", mu=base[0] + np.log(unit), sigma=base[1]),
            dims="geo",
        )
    log_sigma = priors["sigma"][0] + np.log(unit)
    dims = ("date",) if market.national else ("date", "geo")
    return {
        "intercept": intercept,
        "saturation_beta": beta,
        "saturation_kappa": Prior(
            "LogNormal", mu=np.array(location_kappa), sigma=priors["half_effect"][1], dims="channel"
        ),
        "saturation_slope": Prior(
            "LogNormal", mu=priors["slope"][0], sigma=priors["slope"][1], dims="channel"
        ),
        "adstock_alpha": Prior(
            "Beta", alpha=priors["retention_beta"][0], beta=priors["retention_beta"][1], dims="channel"
        ),
        "gamma_control": Prior("Normal", mu=0, sigma=unit, dims="control"),
        "likelihood": Prior(
            "Normal", sigma=Prior("LogNormal", mu=log_sigma, sigma=priors["sigma"][1]), dims=dims
        ),
    }


def documented_config(market: Market) -> dict[str, Any]:
    """The priors of its own introductory example: β by the share of spend, weak informative others."""
    from pymc_extras.prior import Prior

    share_c = market.spend_gtc.sum(axis=(0, 1))
    dims = () if market.national else ("geo",)
    return {
        "intercept": Prior("Normal", mu=0.5, sigma=0.2, dims=dims),
        "saturation_beta": Prior(
            "HalfNormal", sigma=len(share_c) * share_c / share_c.sum(), dims=(*dims, "channel")
        ),
        "gamma_control": Prior("Normal", mu=0, sigma=0.5, dims=(*dims, "control")),
        "gamma_fourier": Prior("Laplace", mu=0, b=0.2, dims=(*dims, "fourier_mode")),
        "likelihood": Prior("Normal", sigma=Prior("HalfNormal", sigma=6, dims=dims), dims=("date", *dims)),
    }


def timed(function: Callable[..., Any], job: Job) -> Callable[..., Any]:
    """The same function, its seconds counted as sampling."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            job.seconds["sample_s"] = time.perf_counter() - began

    return wrapped


def fit(job: Job) -> None:
    """Read, fit, contributions."""
    options = job.options
    with job.stage("import_s"):
        import nutpie
        from pymc_marketing.mmm import GeometricAdstock, HillSaturation, LogisticSaturation
        from pymc_marketing.mmm.multidimensional import MMM
    with job.stage("read_s"):
        from contract import read_market

        market = read_market(job.case)
        # Curves are the same in all geos per head, so the matched model sees money per head.
        heads_g = market.population_g / market.population_g.mean()
        if not job.matched:
            heads_g = heads_g**0
        outcome_gt = market.outcome_gt / heads_g[:, None]
        spend_gtc = market.spend_gtc / heads_g[:, None, None]
        columns = linear_columns(market, job)
        given_gtc = (market.positive_spend_gtc if job.matched else market.spend_gtc) / heads_g[:, None, None]
        media = {name: given_gtc[..., c] for c, name in enumerate(market.channels)}
        table = frame(market, {**media, **columns}, outcome_gt)
    config = matched_config(market, spend_gtc, outcome_gt) if job.matched else documented_config(market)
    nutpie.sample = timed(nutpie.sample, job)
    with job.stage("fit_s"):
        whole = {"method": "max", "dims": () if market.national else ("geo",)}
        mmm = MMM(
            date_column="date",
            target_column="y",
            channel_columns=list(market.channels),
            control_columns=list(columns),
            dims=None if market.national else ("geo",),
            adstock=GeometricAdstock(l_max=market.max_lag),
            saturation=HillSaturation() if job.matched else LogisticSaturation(),
            yearly_seasonality=None if job.matched else 2,
            model_config=config,
            **({"scaling": {"channel": whole, "target": whole}} if job.matched else {}),
        )
        mmm.fit(
            table.drop(columns="y"),
            table["y"],
            nuts_sampler="nutpie",
            progressbar=False,
            random_seed=SEED,
            **{name: options[name] for name in ("chains", "draws", "tune")},
            cores=2,
        )
    with job.stage("contributions_s"):
        posterior = mmm.idata.posterior
        scale = mmm.get_scales_as_xarray()["target_scale"]
        contribution = (posterior["channel_contribution"] * scale).sum("date")
        if not market.national:
            heads = contribution["geo"].copy(data=heads_g)
            contribution = (contribution * heads).sum("geo")
        contribution_dc = contribution.transpose("chain", "draw", "channel").to_numpy()
    names = [name for name in CURVE if name in posterior]
    names.append("saturation_beta" if market.national or not job.matched else "saturation_beta_mu")
    parameters = {name: posterior[name].to_numpy() for name in names}
    diverging = int(mmm.idata.sample_stats["diverging"].to_numpy().sum())
    job.write(parameters, contribution_dc.reshape(-1, len(market.channels)), divergences=diverging)


if __name__ == "__main__":
    run(fit)
