"""A fit as a folder: `posterior.nc`, `spec.yml`, `data.parquet`, `run.json`. No pickle.

A large panel's has `survey.npz`, too: sums over its draws that take seconds, for whoever reads the fit.

`run.json` holds the hash of every other file, and of its own content: what isn't as it was written is
never taken for a fit.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import FolderError, MediamixError, UserError
from mediamix.core.files import sha256, write_json, write_text
from mediamix.core.folders import refuse_no_folder
from mediamix.core.provenance import host, versions
from mediamix.core.registry import pick
from mediamix.core.spec import load_spec
from mediamix.data.store import load_dataset, save_dataset
from mediamix.inference.draws import Draws, load_group, save_groups
from mediamix.inference.laplace import Importance
from mediamix.inference.record import Healing
from mediamix.models.base import Fit, RunInfo, Stacked
from mediamix.models.choices import Choice
from mediamix.models.family import PACKAGE, Family, Stored, family_of
from mediamix.models.refits import Refits

FILES = ("posterior.nc", "spec.yml", "data.parquet", "run.json", "summary.json")
#: Those whose hashes `run.json` holds, and what may be beside them.
HASHED = tuple(name for name in FILES if name != "run.json")
SURVEY = "survey.npz"
#: Predictive draws beyond this size are thinned evenly, so that the file stays small.
PREDICTIVE_VALUES = 8_000_000


def save_fit(
    fit: Fit, folder: Path, summary: dict[str, Any], predictive_dt: Float[np.ndarray, "draw time"]
) -> None:
    """Write a fit's files into an existing folder.

    Args:
        fit: The fit.
        folder: Where; see `core.files.whole_folder` for all-or-nothing. What lies there as `SURVEY`
            becomes part of the fit.
        summary: The contract's summary.
        predictive_dt: Draws of the outcome with noise, for `posterior_predictive`.
    """
    save_groups(folder / "posterior.nc", _groups(fit, predictive_dt))
    write_text(folder / "spec.yml", fit.spec.to_yaml())
    save_dataset(fit.dataset, folder / "data.parquet")
    write_json(folder / "summary.json", summary)
    run = {
        "family": fit.family,
        **_record_of(fit.run),
        **({"mediators": [_record_of(one.run) for one in fit.mediators]} if fit.mediators else {}),
        **({} if fit.stacked is None else {"members": _members(fit.stacked)}),
        "versions": versions(),
        "host": host(),
    }
    seal_fit(folder, run)


def _members(stacked: Stacked) -> list[dict[str, Any]]:
    """What `run.json` holds of a stack's members."""
    return [
        {
            "name": name,
            "family": one.family,
            "spec": one.spec.model_dump(mode="json", exclude=one.spec.unsaid()),
            **_record_of(one.run),
        }
        for name, one in zip(stacked.names, stacked.members, strict=True)
    ]


def _record_of(run: RunInfo) -> dict[str, Any]:
    """What `run.json` holds of the making of a fit, or of a mediator's model."""
    return {
        "data_hash": run.data_hash,
        "spec_hash": run.spec_hash,
        "seed": run.seed,
        "quick": None if run.quick is None else run.quick.to_dict(),
        "thinned": run.thinned,
        "healing": None if run.healing is None else run.healing.to_dict(),
        "refits": None if run.refits is None else run.refits.to_dict(),
        "choices": [choice.to_dict() for choice in run.choices],
        "seconds": run.seconds,
        **({"method": run.method} if run.method else {}),
    }


def run_of(record: dict[str, Any]) -> RunInfo:
    """The way back."""
    quick = None if record.get("quick") is None else Importance.of(record["quick"])
    healing = None if record.get("healing") is None else Healing.from_dict(record["healing"])
    refits = None if record.get("refits") is None else Refits.of(record["refits"])
    seconds, thinned = dict(record["seconds"]), int(record.get("thinned", 1))
    seed = int(record["seed"])
    choices = tuple(Choice.of(one) for one in record.get("choices", ()))
    made = RunInfo(
        record["data_hash"], record["spec_hash"], seed, seconds, quick, thinned, healing, refits, choices
    )
    return replace(made, method=str(record.get("method", "")))


def seal_fit(folder: Path, run: dict[str, Any]) -> None:
    """Write `run.json` with the hashes of the files that are there."""
    there = [*HASHED, *([SURVEY] if (folder / SURVEY).is_file() else [])]
    sealed = {**run, "files": {name: sha256(folder / name) for name in there}}
    write_json(folder / "run.json", {**sealed, "record": _record_hash(sealed)})


def load_fit(folder: Path) -> Fit:
    """Read a fit back.

    Raises:
        FolderError: The folder isn't a fit, a file is missing or corrupted, or the files don't
            belong together; all findings at once.
    """
    refuse_no_folder(folder)
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise FolderError(
            f"{folder} is not a complete fit",
            expected=", ".join(FILES),
            got=f"missing: {', '.join(missing)}",
            next_step="fit again into a new folder",
        )
    run = _read_run(folder)
    _refuse_changed(folder, run)
    try:
        spec = load_spec(folder / "spec.yml")
        info = run_of(run)
        dataset = load_dataset(folder / "data.parquet")
        if dataset.hash != info.data_hash:
            raise FolderError(f"data.parquet is not the data of run.json ({dataset.hash})")
        posterior = load_group(folder / "posterior.nc", "posterior")
        family = pick(PACKAGE, Family, run["family"])
        return family.restore(
            Stored(dataset, spec, posterior, info, run, partial(load_group, folder / "posterior.nc"))
        )
    except (UserError, KeyError, TypeError, ValueError, OSError) as error:
        if isinstance(error, MediamixError):
            got = str(error).splitlines()[0]
        else:
            got = f"{type(error).__name__}: {error}"
        raise _corrupted(folder, got) from error


def load_summary(folder: Path) -> dict[str, Any]:
    """What a fit's folder says of it, `summary.json`; its hash is checked by `load_fit`."""
    raw: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return raw


def survey_file(folder: Path) -> Path | None:
    """Sums over the draws of a fit that `load_fit` accepts, if they are there and of this version."""
    made_by = _read_run(folder).get("versions", {}).get("mediamix")
    there = (folder / SURVEY).is_file() and made_by == versions().get("mediamix")
    return folder / SURVEY if there else None


def _corrupted(folder: Path, got: str) -> FolderError:
    return FolderError(
        f"the fit in {folder} is corrupted",
        expected="the files as `mediamix fit` wrote them",
        got=got,
        next_step="fit again into a new folder, or take the folder from a backup",
    )


def _read_run(folder: Path) -> dict[str, Any]:
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _corrupted(folder, f"run.json: {error}") from error
    if not isinstance(run, dict):
        raise _corrupted(folder, f"run.json holds a {type(run).__name__}")
    return run


def _record_hash(run: dict[str, Any]) -> str:
    kept = {key: value for key, value in run.items() if key != "record"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _refuse_changed(folder: Path, run: dict[str, Any]) -> None:
    """FolderError where a file has another hash than the one that was written, all of them at once."""
    written = run.get("files")
    if not isinstance(written, dict):
        raise FolderError(
            f"the fit in {folder} is corrupted, or an older mediamix wrote it",
            expected=f"a run.json with the hashes of {', '.join(HASHED)}",
            got="none, so that a changed file wouldn't be noticed",
            next_step="fit again into a new folder: mediamix fit mediamix.yml --out fit",
        )
    there = [*HASHED, *([SURVEY] if (folder / SURVEY).is_file() else [])]
    changed = [name for name in there if sha256(folder / name) != written.get(name)]
    if run.get("record") != _record_hash(run):
        changed.append("run.json")
    if changed:
        raise FolderError(
            f"the fit in {folder} is corrupted: {', '.join(changed)} changed since it was written",
            expected="the files as `mediamix fit` wrote them, as the hashes in run.json say",
            next_step="fit again into a new folder, or take the folder from a backup",
        )


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
    groups |= family_of(fit).groups(fit)
    return groups
