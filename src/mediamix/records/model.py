"""A fit as a model of MLflow's: a folder that `mlflow.pyfunc` loads, without a pickle in it."""

from __future__ import annotations

from pathlib import Path
from warnings import catch_warnings, simplefilter

from mediamix import __version__


def save_model(path: Path, fit: Path) -> None:
    """Write it to `path`, which is new: the fit's own files, and who reads them (`mediamix.records.served`).

    Args:
        path: The folder to make.
        fit: The fit's folder.
    """
    import mlflow.pyfunc
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

    from mediamix.records.served import ANSWER, NUMBERS, TEXTS

    taken = [ColSpec(DataType.string, name, required=name != "geo") for name in TEXTS]
    taken += [ColSpec(DataType.double, name, required=name == "spend") for name in NUMBERS]
    answered = [
        ColSpec(DataType.string if one in ("date", "verdict") else DataType.double, one) for one in ANSWER
    ]
    asked = [ParamSpec("periods", DataType.long, 0), ParamSpec("anyway", DataType.boolean, False)]
    with catch_warnings():
        simplefilter(
            "ignore", UserWarning
        )  # it would like an example of the input, and make a forecast of it
        mlflow.pyfunc.save_model(
            str(path),
            loader_module="mediamix.records.served",
            data_path=str(fit),
            signature=ModelSignature(Schema(taken), Schema(answered), ParamSchema(asked)),
            pip_requirements=[f"mediamix[bayes,track]=={__version__}"],
        )
