"""Google Meridian's own optimizer, on curves that are known or on its own fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import SEED, Job, Market, run
from fit_meridian import controls, input_data
from planned import CHAINS, DRAWS, POINTS, Asked, Planned, asked_of, timed_twice, write_curves, write_plan

if TYPE_CHECKING:
    import numpy as np


def with_known(model: Any, market: Market, known: dict[str, np.ndarray]) -> None:
    """Give a model a posterior: its prior's draws, the media parameters replaced by what is known."""
    import numpy as np

    model.sample_prior(CHAINS * DRAWS, seed=SEED)
    prior = model.inference_data.prior
    spend_tc = market.spend_gtc[0]
    unit_c = np.array([np.median(x[x > 0]) for x in spend_tc.T])
    height_c = known["height"] / market.outcome_gt.std()
    given = {
        "alpha_m": known["retention"],
        "ec_m": known["half_effect"] / unit_c,
        "slope_m": known["slope"],
        "beta_m": height_c,
        "beta_gm": height_c,
    }
    chains = {
        name: values.isel(chain=0).to_numpy().reshape(CHAINS, DRAWS, *values.shape[2:])
        for name, values in prior.data_vars.items()
    }
    replaced = {
        name: np.broadcast_to(given[name], x.shape).copy() if name in given else x
        for name, x in chains.items()
    }
    dims = {name: list(prior[name].dims[2:]) for name in replaced}
    coords = {name: prior.coords[name].to_numpy() for name in prior.coords if name not in ("chain", "draw")}
    import arviz as az

    model.inference_data.extend(az.from_dict(posterior=replaced, dims=dims, coords=coords), join="right")


def model_of(job: Job, market: Market, asked: Asked) -> Any:
    """The model with a posterior."""
    from meridian.model.model import Meridian
    from meridian.model.spec import ModelSpec

    options = job.options
    columns = controls(market, job)
    data = input_data(market, columns, market.spend_gtc)
    spec = ModelSpec(max_lag=market.max_lag - 1, knots=options["knots"])
    model = Meridian(input_data=data, model_spec=spec)
    if asked.known is not None:
        with_known(model, market, asked.known)
        return model
    adapt = max(1, round(0.8 * options["tune"]))
    model.sample_posterior(options["chains"], adapt, options["tune"] - adapt, options["draws"], seed=SEED)
    return model


def curves(model: Any, market: Market, multiple_k: np.ndarray) -> np.ndarray:
    """Contributions [draw, channel, multiple] by Meridian itself."""
    import numpy as np
    from meridian.analysis.analyzer import Analyzer

    analyzer = Analyzer(model_context=model.model_context, inference_data=model.inference_data)
    found = [
        np.asarray(analyzer.incremental_outcome(scaling_factor1=float(k))).reshape(-1, len(market.channels))
        for k in multiple_k
    ]
    return np.stack(found, axis=-1)


def plan(job: Job) -> None:
    """Read, give or fit a model, plan twice, leave plan and curves."""
    with job.stage("import_s"):
        import numpy as np
        from meridian.analysis.optimizer import BudgetOptimizer
    from contract import read_market

    market, asked = read_market(job.case), asked_of(job)
    with job.stage("model_s"):
        model = model_of(job, market, asked)

    def solve() -> Planned:
        found = BudgetOptimizer(model).optimize(
            spend_constraint_lower=list(1.0 - asked.lower_c), spend_constraint_upper=list(asked.upper_c - 1.0)
        )
        best = found.optimized_data
        expects = float(best["incremental_outcome"].sel(metric="mean").sum())
        return Planned(best["spend"].to_numpy().astype(float), expects)

    write_plan(job, timed_twice(solve))
    if asked.known is None:
        multiple_k = np.linspace(asked.lower_c.min(), asked.upper_c.max(), POINTS)
        write_curves(job, multiple_k, curves(model, market, multiple_k))


if __name__ == "__main__":
    run(plan)
