"""Robyn's Python port on its own weekly set, run by the interpreter of its own environment.

Its demo's settings: five paid channels, one organic, ranges of the demo, TwoPointsDE, validation on. Writes
what it searched with (`data.npz`: its features, Prophet's columns among them) and what it found
(`found.npz`: hyperparameters, objectives, decomposition of every candidate), and its seconds.

    python port.py DATA_FOLDER OUT_FOLDER TRIALS ITERATIONS [SEED]
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

SPENDS = ["tv_S", "ooh_S", "print_S", "facebook_S", "search_S"]
ORGANIC = ["newsletter"]
CONTEXT = ["competitor_sales_B", "events"]
WINDOW = ("2016-01-01", "2018-12-31")
#: Of the R demo; the rest of a channel's ranges is the same for all.
THETAS = {
    "tv_S": [0.3, 0.8],
    "ooh_S": [0.1, 0.4],
    "print_S": [0.1, 0.4],
    "facebook_S": [0.0, 0.3],
    "search_S": [0.0, 0.3],
    "newsletter": [0.1, 0.4],
}
ALPHAS, GAMMAS, TRAIN = [0.5, 3.0], [0.3, 1.0], [0.5, 0.8]


def prepared(folder: Path, out: Path) -> Any:
    """The port with its data and features."""
    import pandas as pd
    from robyn.data.entities.enums import (
        AdstockType,
        ContextSigns,
        DependentVarType,
        OrganicSigns,
        PaidMediaSigns,
        ProphetSigns,
        ProphetVariableType,
    )
    from robyn.data.entities.holidays_data import HolidaysData
    from robyn.data.entities.hyperparameters import ChannelHyperparameters, Hyperparameters
    from robyn.data.entities.mmmdata import MMMData
    from robyn.robyn import Robyn

    table = pd.read_csv(folder / "dt_simulated_weekly.csv", parse_dates=["DATE"], keep_default_na=False)
    data = MMMData(
        data=table,
        mmmdata_spec=MMMData.MMMDataSpec(
            dep_var="revenue",
            dep_var_type=DependentVarType.REVENUE,
            date_var="DATE",
            window_start=pd.Timestamp(WINDOW[0]).to_pydatetime(),
            window_end=pd.Timestamp(WINDOW[1]).to_pydatetime(),
            paid_media_spends=SPENDS,
            paid_media_vars=SPENDS,
            paid_media_signs=[PaidMediaSigns.POSITIVE] * len(SPENDS),
            organic_vars=ORGANIC,
            organic_signs=[OrganicSigns.POSITIVE],
            context_vars=CONTEXT,
            context_signs=[ContextSigns.DEFAULT] * len(CONTEXT),
            factor_vars=["events"],
            day_interval=7,
            interval_type="week",
        ),
    )
    kinds = [ProphetVariableType.TREND, ProphetVariableType.SEASON, ProphetVariableType.HOLIDAY]
    holidays = HolidaysData(
        dt_holidays=pd.read_csv(folder / "dt_prophet_holidays.csv", parse_dates=["ds"]),
        prophet_vars=kinds,
        prophet_signs=[ProphetSigns.DEFAULT] * len(kinds),
        prophet_country="DE",
    )
    ranges = Hyperparameters(
        hyperparameters={
            name: ChannelHyperparameters(thetas=thetas, alphas=ALPHAS, gammas=GAMMAS)
            for name, thetas in THETAS.items()
        },
        adstock=AdstockType.GEOMETRIC,
        lambda_=[0, 1],
        train_size=TRAIN,
    )
    model = Robyn(working_dir=str(out / "robyn"), console_log_level="ERROR")
    model.initialize(data, holidays, ranges)
    model.feature_engineering(display_plots=False)
    return model


def main(folder: Path, out: Path, trials: int, iterations: int, seed: int = 123) -> None:
    """Search and write."""
    import numpy as np

    out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    from robyn.modeling.entities.modelrun_trials_config import TrialsConfig
    from robyn.modeling.model_executor import ModelExecutor

    imported = time.perf_counter() - began
    model = prepared(folder, out)
    logging.disable(logging.INFO)
    features = time.perf_counter() - began - imported
    wall, cpu = time.perf_counter(), time.process_time()
    config = TrialsConfig(trials=trials, iterations=iterations)
    # As its `train_models` does, which takes no seed.
    executor = ModelExecutor(
        mmmdata=model.mmm_data,
        holidays_data=model.holidays_data,
        hyperparameters=model.hyperparameters,
        calibration_input=None,
        featurized_mmm_data=model.featurized_mmm_data,
    )
    found = executor.model_run(trials_config=config, ts_validation=True, seed=[seed], cores=2)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    spec, frame = model.mmm_data.mmmdata_spec, model.featurized_mmm_data.dt_mod
    columns = [name for name in frame.columns if name not in ("ds", "revenue", "dep_var")]
    y = frame["revenue"] if "revenue" in frame else frame["dep_var"]
    np.savez(
        out / "data.npz",
        columns=np.array(columns),
        x=frame[columns].to_numpy(float),
        y=y.to_numpy(float),
        window=np.array([spec.rolling_window_start_which, spec.rolling_window_end_which + 1]),
    )
    table, parts = found.all_result_hyp_param, found.all_x_decomp_agg
    names = [f"{n}_{what}" for n in THETAS for what in ("thetas", "alphas", "gammas")]
    names += ["lambda_hp", "train_size"]
    keys = ["sol_id", "rn", "xDecompAgg"]
    wide = parts[keys].pivot(index="sol_id", columns="rn", values="xDecompAgg").loc[table["sol_id"]]
    np.savez(
        out / "found.npz",
        names=np.array(names),
        values=table[names].to_numpy(float),
        objectives=table[["nrmse", "decomp.rssd"]].to_numpy(float),
        lambdas=table["lambda"].to_numpy(float),
        trial=table["trial"].to_numpy(int),
        parts=np.array(list(wide.columns)),
        decomposition=wide.to_numpy(float),
    )
    seconds = {"import_s": imported, "features_s": features, "search_s": wall, "search_cpu_s": cpu}
    told = {"trials": trials, "iterations": iterations, **seconds}
    told["convergence"] = found.convergence.get("conv_msg", [])
    (out / "port.json").write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
