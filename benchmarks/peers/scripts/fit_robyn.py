"""Meta's Robyn in Python: ridge regression under an evolutionary search. Needs R with glmnet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import Job, Market, run

if TYPE_CHECKING:
    import pandas as pd

# Ranges of its documentation: carry-over per week by the kind of medium.
THETAS = {"tv": [0.3, 0.8], "print_ooh": [0.1, 0.4]}
DIGITAL = [0.0, 0.3]


def frame(market: Market) -> pd.DataFrame:
    """The wide table that it reads."""
    import pandas as pd

    table: dict[str, Any] = {"DATE": pd.DatetimeIndex(market.dates), "revenue": market.outcome_gt[0]}
    for c, name in enumerate(market.channels):
        table[name] = market.spend_gtc[0, :, c]
    for name, x in {**market.controls, **market.events}.items():
        table[name] = x[0] if x.ndim == 2 else x
    return pd.DataFrame(table)


def thetas(market: Market, name: str) -> list[float]:
    """Its documented range, per period."""
    weekly = THETAS.get(name, DIGITAL)
    return weekly if market.every == "week" else [x ** (1 / 7) for x in weekly]


def mmm_data(market: Market, table: pd.DataFrame) -> Any:
    """Its image of the data."""
    from robyn.data.entities.enums import ContextSigns, DependentVarType, PaidMediaSigns
    from robyn.data.entities.mmmdata import MMMData

    names, context = list(market.channels), [*market.controls, *market.events]
    daily = market.every == "day"
    return MMMData(
        data=table,
        mmmdata_spec=MMMData.MMMDataSpec(
            dep_var="revenue",
            dep_var_type=DependentVarType.REVENUE,
            date_var="DATE",
            window_start=table["DATE"].iloc[0].to_pydatetime(),
            window_end=table["DATE"].iloc[-1].to_pydatetime(),
            paid_media_spends=names,
            paid_media_vars=names,
            paid_media_signs=[PaidMediaSigns.POSITIVE] * len(names),
            organic_vars=[],
            organic_signs=[],
            context_vars=context,
            context_signs=[ContextSigns.DEFAULT] * len(context),
            factor_vars=[],
            day_interval=1 if daily else 7,
            interval_type="day" if daily else "week",
        ),
    )


def holidays(market: Market) -> Any:
    """Prophet's part: trend, season, weekdays, and the holidays of the file that comes with it."""
    from pathlib import Path

    import pandas as pd
    import robyn
    from robyn.data.entities.enums import ProphetSigns, ProphetVariableType
    from robyn.data.entities.holidays_data import HolidaysData

    kinds = [ProphetVariableType.TREND, ProphetVariableType.SEASON, ProphetVariableType.HOLIDAY]
    if market.every == "day":
        kinds.append(ProphetVariableType.WEEKDAY)
    file = Path(robyn.__file__).parent / "tutorials" / "resources" / "dt_prophet_holidays.csv"
    return HolidaysData(
        dt_holidays=pd.read_csv(file, parse_dates=["ds"]),
        prophet_vars=kinds,
        prophet_signs=[ProphetSigns.DEFAULT] * len(kinds),
        prophet_country="DE",
    )


def fit(job: Job) -> None:
    """Read, search, decompose."""
    options = job.options
    with job.stage("import_s"):
        import numpy as np
        from robyn.data.entities.enums import AdstockType
        from robyn.data.entities.hyperparameters import ChannelHyperparameters, Hyperparameters
        from robyn.modeling.entities.modelrun_trials_config import TrialsConfig
        from robyn.robyn import Robyn
    with job.stage("read_s"):
        from contract import read_market

        market = read_market(job.case)
        channels = {
            name: ChannelHyperparameters(thetas=thetas(market, name), alphas=[0.5, 3.0], gammas=[0.3, 1.0])
            for name in market.channels
        }
        ranges = Hyperparameters(
            hyperparameters=channels, adstock=AdstockType.GEOMETRIC, lambda_=[0, 1], train_size=[0.5, 0.8]
        )
        model = Robyn(working_dir=str(job.out / "robyn"), console_log_level="WARNING")
        model.initialize(mmm_data(market, frame(market)), holidays(market), ranges)
    with job.stage("fit_s"):
        model.feature_engineering(display_plots=False)
        model.train_models(
            TrialsConfig(trials=options["chains"], iterations=options["draws"]), cores=2, display_plots=False
        )
    with job.stage("contributions_s"):
        model.evaluate_models(display_plots=False)
        result = model.pareto_result
        chosen = next(solution for solution in result.pareto_solutions if solution)
        parts = result.x_decomp_agg
        parts = parts[parts["sol_id"] == chosen].set_index("rn")["xDecompAgg"]
        contribution = np.array([[float(parts.get(name, 0.0)) for name in market.channels]])
    checks = model.model_outputs.convergence.get("conv_msg", [])
    job.write({}, contribution, notes=[str(line) for line in checks])


if __name__ == "__main__":
    run(fit)
