"""Google Meridian on JAX in float64."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from contract import SEED, CompileClock, Job, Market, run

if TYPE_CHECKING:
    import numpy as np

PARAMETERS = ("roi_m", "alpha_m", "ec_m", "slope_m")


def controls(market: Market, job: Job) -> dict[str, np.ndarray]:
    """Columns [geo, time] that enter linearly."""
    if job.matched:
        return {name: x for name, x in market.baseline.items() if name != "intercept"}
    columns = dict(market.controls)
    if market.national:
        for name, column_t in {**market.events, **market.weekdays}.items():
            columns[name] = market.to_all_geos(column_t)
        return columns
    # Meridian refuses columns that are the same in all geos beside a knot in every period.
    return {name: x for name, x in columns.items() if (x != x[:1]).any()}


def input_data(market: Market, columns: dict[str, np.ndarray], spend_gtc: np.ndarray) -> Any:
    """Meridian's own image of the data; media are given as spend."""
    import numpy as np
    from meridian.data.nd_array_input_data_builder import NDArrayInputDataBuilder

    builder = NDArrayInputDataBuilder(kpi_type="revenue")
    builder.time_coords = [str(day) for day in market.dates]
    builder.media_time_coords = builder.time_coords
    if market.national:
        builder.geos = ["national_geo"]
    else:
        builder.geos = list(market.geos)
        builder = builder.with_population(market.population_g)
    builder = builder.with_kpi(market.outcome_gt)
    builder = builder.with_controls(np.stack(list(columns.values()), axis=-1), list(columns))
    return builder.with_media(spend_gtc, spend_gtc, list(market.channels)).build()


def matched_prior(market: Market, columns: dict[str, np.ndarray]) -> Any:
    """Our priors on Meridian's scales: outcome per head standardised, media by their median per head."""
    import numpy as np
    from meridian.backend import tfd
    from meridian.model.prior_distribution import PriorDistribution

    per_head = market.outcome_gt / market.population_g[:, None]
    unit = float(per_head.mean() / per_head.std())
    priors = market.priors
    spend = market.spend_gtc / market.population_g[:, None, None]
    half_effect = []
    for c in range(len(market.channels)):
        active = spend[..., c][spend[..., c] > 0]
        # Its unit is the median of what is positive: of all periods, as they are given.
        given = market.positive_spend_gtc[..., c] / market.population_g[:, None]
        half_effect.append(priors["half_effect"][0] + np.log(active.mean() / np.median(given)))
    sd_k = np.array([x.std() for x in columns.values()])
    return PriorDistribution(
        roi_m=tfd.LogNormal(*map(np.float64, priors["roi"]), name="roi_m"),
        alpha_m=tfd.Beta(*map(np.float64, priors["retention_beta"]), name="alpha_m"),
        ec_m=tfd.LogNormal(np.array(half_effect), np.float64(priors["half_effect"][1]), name="ec_m"),
        slope_m=tfd.LogNormal(*map(np.float64, priors["slope"]), name="slope_m"),
        gamma_c=tfd.Normal(np.float64(0.0), sd_k * unit, name="gamma_c"),
        knot_values=tfd.Normal(np.float64(0.0), np.float64(unit), name="knot_values"),
        sigma=tfd.LogNormal(
            np.float64(priors["sigma"][0] + np.log(unit)), np.float64(priors["sigma"][1]), name="sigma"
        ),
        **({} if market.national else geo_priors(market, unit, list(columns))),
    )


def geo_priors(market: Market, unit: float, names: list[str]) -> dict[str, Any]:
    """How far geos differ: Meridian gives every column a spread, ours only the controls."""
    import numpy as np
    from meridian.backend import tfd

    priors = market.priors
    intercept = np.float64(np.exp(priors["intercept_spread"][0]) * unit)
    own = np.array([name in market.controls for name in names])
    location, scale = priors["control_spread"]
    spread_k = np.where(own, location + np.log(unit), np.log(1e-4))
    return {
        "tau_g_excl_baseline": tfd.Normal(np.float64(0.0), intercept, name="tau_g_excl_baseline"),
        "eta_m": tfd.LogNormal(*map(np.float64, priors["geo_spread"]), name="eta_m"),
        "xi_c": tfd.LogNormal(spread_k, np.where(own, scale, 0.1), name="xi_c"),
    }


def fit(job: Job) -> None:
    """Read, fit, contributions."""
    options = job.options
    with job.stage("import_s"):
        import numpy as np
        from meridian.analysis.analyzer import Analyzer
        from meridian.model.model import Meridian
        from meridian.model.spec import ModelSpec
    with job.stage("read_s"):
        from contract import read_market

        market = read_market(job.case)
        columns = controls(market, job)
        data = input_data(market, columns, market.positive_spend_gtc if job.matched else market.spend_gtc)
    clock = CompileClock()
    with job.stage("fit_s"):
        began = time.perf_counter()
        settings: dict[str, Any] = {"max_lag": market.max_lag - 1, "knots": options.get("knots")}
        if job.matched:
            settings["prior"] = matched_prior(market, columns)
        model = Meridian(input_data=data, model_spec=ModelSpec(**settings))
        adapt = max(1, round(0.8 * options["tune"]))
        model.sample_posterior(
            options["chains"], adapt, max(1, options["tune"] - adapt), options["draws"], seed=SEED
        )
    job.seconds["sample_s"] = job.seconds["fit_s"] - clock.seconds(began)
    with job.stage("contributions_s"):
        analyzer = Analyzer(model_context=model.model_context, inference_data=model.inference_data)
        contribution = np.asarray(analyzer.incremental_outcome())
    posterior = model.inference_data.posterior
    parameters = {name: posterior[name].to_numpy() for name in PARAMETERS if name in posterior}
    diverging = int(model.inference_data.sample_stats["diverging"].to_numpy().sum())
    job.write(parameters, contribution.reshape(-1, len(market.channels)), divergences=diverging)


if __name__ == "__main__":
    run(fit)
