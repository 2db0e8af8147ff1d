"""LightweightMMM with its Hill and adstock model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from contract import SEED, CompileClock, Job, Market, run

if TYPE_CHECKING:
    import numpy as np

PARAMETERS = ("lag_weight", "half_max_effective_concentration", "slope")
# Multiple of the mean below which a period had no spend.
NOTHING = 1e-5
# What its own trend and season stand for in the matched model.
OWN = ("intercept", "step_", "sin_", "cos_")


def features(market: Market, job: Job) -> np.ndarray:
    """Columns that enter linearly: [time, column], or [time, column, geo] for a panel."""
    import numpy as np

    if job.matched:
        columns = [x for name, x in market.baseline.items() if not name.startswith(OWN)]
    else:
        columns = [(x - x.mean()) / x.std() for x in market.controls.values()]
        columns += [market.to_all_geos(x) for x in market.events.values()]
    stacked = np.stack(columns, axis=-1).transpose(1, 2, 0)
    return stacked[:, :, 0] if market.national else stacked


def matched_priors(market: Market, media: np.ndarray) -> dict[str, Any]:
    """Our priors on its scales: outcome, and each channel's spend, divided by their means."""
    import numpy as np
    from numpyro import distributions as dist

    priors = market.priors
    active_c = np.array([x[x > NOTHING].mean() for x in np.moveaxis(media, 1, 0)])
    slope_per_period = 0.28 / len(market.dates)
    return {
        "intercept": dist.Normal(1.0, 1.0),
        "sigma": dist.LogNormal(*priors["sigma"]),
        "lag_weight": dist.Beta(*priors["retention_beta"]),
        "half_max_effective_concentration": dist.LogNormal(
            priors["half_effect"][0] + np.log(active_c), priors["half_effect"][1]
        ),
        "slope": dist.LogNormal(*priors["slope"]),
        "coef_extra_features": dist.Normal(0.0, 1.0),
        "gamma_seasonality": dist.Normal(0.0, np.array([[0.2], [0.1]])),
        "coef_trend": dist.Normal(0.0, slope_per_period),
    }


def matched_scale(market: Market, media: np.ndarray, outcome_mean: np.ndarray) -> np.ndarray:
    """Scale of the half-normal prior on each channel's β with the median that our ROI prior implies."""
    import numpy as np

    priors = market.priors
    retention = 2.0 ** (-1.0 / np.exp(priors["half_life"][0]))
    weights = (1 - retention) * retention ** np.arange(len(market.dates))
    scale = []
    for c in range(len(market.channels)):
        x = media[:, c] if media.ndim == 3 else media[:, c, None]
        carried = np.stack([np.convolve(column, weights)[: len(column)] for column in x.T], axis=-1)
        odds = (carried / x[x > NOTHING].mean()) ** np.exp(priors["slope"][0])
        reach = (odds / (1 + odds) * outcome_mean).sum()
        median = np.exp(priors["roi"][0]) * market.spend_gtc[..., c].sum() / reach
        scale.append(median / 0.6745)
    return np.array(scale)


def fit(job: Job) -> None:
    """Read, fit, contributions."""
    options = job.options
    with job.stage("import_s"):
        import numpy as np
        import numpyro

        # One device per chain, or the chains run one after the other.
        numpyro.set_host_device_count(options["chains"])
        import jax.numpy as jnp
        from lightweight_mmm.lightweight_mmm import LightweightMMM
        from lightweight_mmm.preprocessing import CustomScaler
    with job.stage("read_s"):
        from contract import read_market

        market = read_market(job.case)
        given = market.positive_spend_gtc if job.matched else market.spend_gtc
        spend = given.transpose(1, 2, 0)
        outcome = market.outcome_gt.T
        if market.national:
            spend, outcome = spend[:, :, 0], outcome[:, 0]
        target_scaler = CustomScaler(divide_operation=jnp.mean)
        target = np.asarray(target_scaler.fit_transform(jnp.asarray(outcome)))
        media = np.asarray(CustomScaler(divide_operation=jnp.mean).fit_transform(jnp.asarray(spend)))
        outcome_mean = outcome.mean(axis=0)
        extra = features(market, job)
        cost = spend.sum(axis=0) if market.national else spend.sum(axis=(0, 2))
        media_prior = cost / cost.mean()
        if job.matched:
            media_prior = matched_scale(market, media, outcome_mean)
    clock = CompileClock()
    daily = market.every == "day"
    with job.stage("fit_s"):
        began = time.perf_counter()
        mmm = LightweightMMM(model_name="hill_adstock")
        mmm.fit(
            media=jnp.asarray(media),
            media_prior=jnp.asarray(media_prior),
            target=jnp.asarray(target),
            extra_features=jnp.asarray(extra),
            degrees_seasonality=2,
            seasonality_frequency=365 if daily else 52,
            weekday_seasonality=daily and not job.matched,
            number_warmup=options["tune"],
            number_samples=options["draws"],
            number_chains=options["chains"],
            custom_priors=matched_priors(market, media) if job.matched else None,
            seed=SEED,
        )
        drawn = mmm._mcmc.get_samples(group_by_chain=True)
        samples = {name: np.asarray(x) for name, x in drawn.items() if name != "mu"}
    job.seconds["sample_s"] = job.seconds["fit_s"] - clock.seconds(began)
    with job.stage("contributions_s"):
        formula = "mdtc,mdc->mdc" if market.national else "mdtcg,mdcg,g->mdc"
        operands = [samples["media_transformed"], samples["coef_media"]]
        if not market.national:
            operands.append(outcome_mean)
        contribution = np.einsum(formula, *operands)
        if market.national:
            contribution = contribution * outcome_mean
    effect = "coef_media" if market.national else "channel_coef_media"
    diverging = int(np.asarray(mmm._mcmc.get_extra_fields()["diverging"]).sum())
    job.write(
        {name: samples[name] for name in (*PARAMETERS, effect)},
        contribution.reshape(-1, len(market.channels)),
        divergences=diverging,
    )


if __name__ == "__main__":
    run(fit)
