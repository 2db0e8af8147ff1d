"""PyMC-Marketing's own optimizer, on curves that are known or on its own fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import SEED, Job, Market, run
from fit_pymc_marketing import documented_config, frame, linear_columns
from planned import CHAINS, DRAWS, POINTS, Asked, Planned, asked_of, timed_twice, write_curves, write_plan

if TYPE_CHECKING:
    import numpy as np


def model_of(job: Job, market: Market, asked: Asked) -> Any:
    """The model with a posterior: curves that are known are Hill curves, its own are logistic."""
    from pymc_marketing.mmm import GeometricAdstock, HillSaturation, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM

    options = job.options
    columns = linear_columns(market, job) if asked.known is None else {}
    media = {name: market.spend_gtc[..., c] for c, name in enumerate(market.channels)}
    table = frame(market, {**media, **columns}, market.outcome_gt)
    mmm = MMM(
        date_column="date",
        target_column="y",
        channel_columns=list(market.channels),
        control_columns=list(columns) or None,
        adstock=GeometricAdstock(l_max=market.max_lag),
        saturation=HillSaturation() if asked.known is not None else LogisticSaturation(),
        yearly_seasonality=None if asked.known is not None else 2,
        model_config=documented_config(market) if asked.known is None else None,
    )
    inputs, outcome = table.drop(columns="y"), table["y"]
    if asked.known is not None:
        mmm.build_model(inputs, outcome)
        with_known(mmm, market, asked.known)
        return mmm
    lengths = {name: options[name] for name in ("chains", "draws", "tune")}
    mmm.fit(inputs, outcome, nuts_sampler="nutpie", progressbar=False, random_seed=SEED, cores=2, **lengths)
    return mmm


def with_known(mmm: Any, market: Market, known: dict[str, np.ndarray]) -> None:
    """Give a model a posterior: its prior's draws, the media parameters replaced by what is known."""
    import arviz as az
    import numpy as np
    import pymc as pm

    with mmm.model:
        prior = pm.sample_prior_predictive(CHAINS * DRAWS, random_seed=SEED).prior
    most_c = market.spend_gtc[0].max(axis=0)
    given = {
        "adstock_alpha": known["retention"],
        "saturation_kappa": known["half_effect"] / most_c,
        "saturation_slope": known["slope"],
        "saturation_beta": known["height"] / market.outcome_gt.max(),
    }
    free = [rv.name for rv in mmm.model.free_RVs]
    posterior = {}
    for name in free:
        x = prior[name].to_numpy()[0]
        x = x.reshape(CHAINS, DRAWS, *x.shape[1:])
        posterior[name] = np.broadcast_to(given[name], x.shape).copy() if name in given else x
    dims = {name: list(prior[name].dims[2:]) for name in free}
    mmm.idata = az.from_dict(posterior=posterior, dims=dims, coords={"channel": list(market.channels)})


def carried(spend_t: np.ndarray, retention_d: np.ndarray, lags: int) -> np.ndarray:
    """[draw, period], weights that sum to one."""
    import numpy as np

    weight_dl = retention_d[:, None] ** np.arange(lags)
    weight_dl = weight_dl / weight_dl.sum(axis=1, keepdims=True)
    out = np.zeros((len(retention_d), len(spend_t)))
    for lag in range(lags):
        out[:, lag:] += weight_dl[:, [lag]] * spend_t[: len(spend_t) - lag]
    return out


def curves(mmm: Any, market: Market, multiple_k: np.ndarray) -> np.ndarray:
    """Contributions [draw, channel, multiple] of logistic curves, checked at 1 against the model's own."""
    import numpy as np

    posterior = mmm.idata.posterior
    flat = {
        name: posterior[name]
        .transpose("chain", "draw", "channel")
        .to_numpy()
        .reshape(-1, len(market.channels))
        for name in ("adstock_alpha", "saturation_lam", "saturation_beta")
    }
    most_c, unit = market.spend_gtc[0].max(axis=0), market.outcome_gt.max()

    def at(multiple: float) -> np.ndarray:
        found = []
        for c in range(len(market.channels)):
            level = carried(
                market.spend_gtc[0, :, c] / most_c[c], flat["adstock_alpha"][:, c], market.max_lag
            )
            reach = np.tanh(0.5 * flat["saturation_lam"][:, [c]] * multiple * level).sum(axis=1)
            found.append(unit * flat["saturation_beta"][:, c] * reach)
        return np.stack(found, axis=-1)

    own = (
        (posterior["channel_contribution"].sum("date") * unit)
        .transpose("chain", "draw", "channel")
        .to_numpy()
    )
    np.testing.assert_allclose(at(1.0), own.reshape(at(1.0).shape), rtol=1e-4)
    return np.stack([at(float(k)) for k in multiple_k], axis=-1)


def plan(job: Job) -> None:
    """Read, give or fit a model, plan twice, leave plan and curves."""
    with job.stage("import_s"):
        import numpy as np
        import pandas as pd
        import xarray as xr
        from pymc_marketing.mmm.multidimensional import MultiDimensionalBudgetOptimizerWrapper
    from contract import read_market

    market, asked = read_market(job.case), asked_of(job)
    with job.stage("model_s"):
        mmm = model_of(job, market, asked)
    spend_tc = market.spend_gtc[0]
    today_c = spend_tc.sum(axis=0)
    channels = list(market.channels)
    periods, step = len(market.dates), market.dates[1] - market.dates[0]
    start = pd.Timestamp(market.dates[-1] + step)
    end = pd.Timestamp(market.dates[-1] + periods * step)
    # Its budgets are per period; the pattern in time is today's, as everybody's.
    pattern = xr.DataArray(
        spend_tc / today_c,
        dims=("date", "channel"),
        coords={"date": np.arange(periods), "channel": channels},
    )
    bounds = xr.DataArray(
        np.stack([asked.lower_c * today_c, asked.upper_c * today_c], axis=1) / periods,
        dims=("channel", "bound"),
        coords={"channel": channels, "bound": ["lower", "upper"]},
    )

    def solve() -> Planned:
        wrapper = MultiDimensionalBudgetOptimizerWrapper(
            mmm, start_date=str(start.date()), end_date=str(end.date())
        )
        assert wrapper.num_periods == periods, (wrapper.num_periods, periods)
        budgets, result = wrapper.optimize_budget(
            budget=float(today_c.sum() / periods),
            budget_bounds=bounds,
            budget_distribution_over_period=pattern,
            return_if_fail=True,
        )
        spend_c = budgets.sel(channel=channels).to_numpy().astype(float) * periods
        return Planned(spend_c, -float(result.fun), "" if result.success else str(result.message))

    write_plan(job, timed_twice(solve))
    if asked.known is None:
        multiple_k = np.linspace(asked.lower_c.min(), asked.upper_c.max(), POINTS)
        write_curves(job, multiple_k, curves(mmm, market, multiple_k))


if __name__ == "__main__":
    run(plan)
