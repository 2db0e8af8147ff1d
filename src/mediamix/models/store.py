"""A fit as a folder: `posterior.nc`, `spec.yml`, `data.parquet`, `run.json`. No pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import FolderError, MediamixError, UserError
from mediamix.core.files import write_json, write_text
from mediamix.core.provenance import host, versions
from mediamix.core.spec import load_spec
from mediamix.data.store import load_dataset, save_dataset
from mediamix.inference.draws import Draws, load_group, save_groups
from mediamix.inference.laplace import Importance
from mediamix.models import bayes
from mediamix.models.base import Fit, RunInfo

FILES = ("posterior.nc", "spec.yml", "data.parquet", "run.json", "summary.json")
#: Predictive draws beyond this size are thinned evenly, so that the file stays small.
PREDICTIVE_VALUES = 8_000_000


def save_fit(
    fit: Fit, folder: Path, summary: dict[str, Any], predictive_dt: Float[np.ndarray, "draw time"]
) -> None:
    """Write a fit's files into an existing folder.

    Args:
        fit: The fit.
        folder: Where; see `core.files.whole_folder` for all-or-nothing.
        summary: The contract's summary.
        predictive_dt: Draws of the outcome with noise, for `posterior_predictive`.
    """
    save_groups(folder / "posterior.nc", _groups(fit, predictive_dt))
    write_text(folder / "spec.yml", fit.spec.to_yaml())
    save_dataset(fit.dataset, folder / "data.parquet")
    run = {
        "family": fit.family,
        "data_hash": fit.run.data_hash,
        "spec_hash": fit.run.spec_hash,
        "seed": fit.run.seed,
        "quick": None if fit.run.quick is None else fit.run.quick.to_dict(),
        "thinned": fit.run.thinned,
        "versions": versions(),
        "host": host(),
        "seconds": fit.run.seconds,
    }
    write_json(folder / "run.json", run)
    write_json(folder / "summary.json", summary)


def load_fit(folder: Path) -> Fit:
    """Read a fit back.

    Raises:
        FolderError: The folder isn't a fit, a file is missing or corrupted, or the files don't
            belong together; all findings at once.
    """
    if not folder.is_dir():
        raise FolderError(
            f"{folder} is not a folder",
            expected="a folder written by `mediamix fit`",
            next_step="fit first: mediamix fit mediamix.yml --out fit",
        )
    missing = [name for name in FILES[:4] if not (folder / name).is_file()]
    if missing:
        raise FolderError(
            f"{folder} is not a complete fit",
            expected=", ".join(FILES),
            got=f"missing: {', '.join(missing)}",
            next_step="fit again into a new folder",
        )
    try:
        spec = load_spec(folder / "spec.yml")
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        quick = None if run.get("quick") is None else Importance.of(run["quick"])
        thinned = int(run.get("thinned", 1))
        seconds = dict(run["seconds"])
        info = RunInfo(run["data_hash"], run["spec_hash"], int(run["seed"]), seconds, quick, thinned)
        dataset = load_dataset(folder / "data.parquet")
        if dataset.hash != info.data_hash:
            raise FolderError(f"data.parquet is not the data of run.json ({dataset.hash})")
        posterior = load_group(folder / "posterior.nc", "posterior")
        stats = load_group(folder / "posterior.nc", "sample_stats")
        return bayes.restore(dataset, spec, posterior, stats, info)
    except (UserError, KeyError, TypeError, ValueError, OSError) as error:
        if isinstance(error, MediamixError):
            got = str(error).splitlines()[0]
        else:
            got = f"{type(error).__name__}: {error}"
        raise FolderError(
            f"the fit in {folder} is corrupted",
            expected="the files as `mediamix fit` wrote them",
            got=got,
            next_step="fit again into a new folder",
        ) from error


def _groups(fit: Fit, predictive_dt: Float[np.ndarray, "draw time"]) -> dict[str, Draws]:
    """What is stored. Of a panel the observed outcome is per geo, and beside it and in the predictive
    group stands the total over geos, ``<outcome>_total``.
    """
    data = fit.dataset
    name = data.outcome_name
    total = name if len(data.geos) == 1 else f"{name}_total"
    coords = {"time": data.dates.astype("datetime64[ns]")}
    observed = {total: data.national().outcome_gt[0]}
    dims: dict[str, tuple[str, ...]] = {total: ("time",)}
    if total != name:
        observed[name], dims[name] = data.outcome_gt, ("geo", "time")
    chains, draws = fit.posterior.n_chains, fit.posterior.n_draws
    step = max(1, -(-predictive_dt.size // PREDICTIVE_VALUES))
    predictive = predictive_dt.reshape(chains, draws, -1)[:, ::step].astype(np.float32)
    groups = {
        "posterior": fit.posterior,
        "posterior_predictive": Draws({total: predictive}, {total: ("time",)}, coords),
        "observed_data": Draws(observed, dims, {**coords, "geo": data.geos}),
    }
    if fit.stats is not None:
        groups["sample_stats"] = fit.stats
    return groups
