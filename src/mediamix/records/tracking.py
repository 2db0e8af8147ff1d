"""One run as MLflow keeps it: parameters, metrics, tags, files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mediamix.core.spec import load_spec
from mediamix.core.spec.whole import BESIDE
from mediamix.records.store import Store, reached

if TYPE_CHECKING:
    from mlflow.entities import Run

#: The tag that says which run of the project it is, and the one that says that all of it was recorded.
RUN, WHOLE = "mediamix.run", "mediamix.whole"
#: What MLflow takes at a time, and the longest value of a parameter.
_BATCH, _LONGEST = 100, 6000
#: Of a run's folder: recorded as the model, or about the process only.
_NOT_FILES = ("fit", "log.txt")
MODEL = "model"


@dataclass(frozen=True)
class Done:
    """A run that is done.

    Args:
        id: Its id.
        folder: Its folder, with ``fit/`` in it.
        who: Who asked for it.
        started: When, ISO 8601.
        ended: When.
        verdict: Of its fit.
        hashes: Of data, spec and seed.
    """

    id: str
    folder: Path
    who: str
    started: str
    ended: str
    verdict: str
    hashes: Mapping[str, str]


def recorded(store: Store) -> dict[str, Run]:
    """The project's runs that are in the store as a whole, by their id."""
    found: dict[str, Run] = {}
    token: str | None = None
    with reached(store.uri):
        while True:
            page = store.client.search_runs(
                [store.experiment], f"tags.`{WHOLE}` = 'yes'", max_results=1000, page_token=token
            )
            found |= {run.data.tags[RUN]: run for run in page if RUN in run.data.tags}
            token = page.token
            if not token:
                return found


def track(store: Store, run: Done) -> str:
    """Record a run, and return MLflow's id of it. What an earlier attempt left half done is removed first.

    Raises:
        FolderError: The store can't be reached or written.
    """
    from mlflow.entities import Metric, Param, RunTag

    from mediamix.records.model import save_model

    summary = json.loads((run.folder / "fit" / "summary.json").read_text(encoding="utf-8"))
    spec = load_spec(run.folder / "spec.yml").model_dump(mode="json", exclude=set(BESIDE))
    ended = _milliseconds(run.ended)
    params = [Param(key, value[:_LONGEST]) for key, value in parameters(spec)]
    metrics = [Metric(key, value, ended, 0) for key, value in measured(summary)]
    tags = {
        RUN: run.id,
        "mediamix.verdict": run.verdict,
        "mediamix.reasons": "; ".join(summary["verdict"]["reasons"])[:_LONGEST],
        **{f"mediamix.{name}_hash": value for name, value in run.hashes.items()},
        "mlflow.user": run.who,
        "mlflow.note.content": summary["verdict"]["sentence"],
    }
    with reached(store.uri):
        for half in store.client.search_runs([store.experiment], f"tags.`{RUN}` = '{run.id}'"):
            store.client.delete_run(half.info.run_id)
        made = store.client.create_run(
            store.experiment, start_time=_milliseconds(run.started), tags=tags, run_name=run.id
        )
        name = made.info.run_id
        for at in range(0, max(len(params), len(metrics)), _BATCH):
            store.client.log_batch(name, metrics[at : at + _BATCH], params[at : at + _BATCH])
        for path in sorted(run.folder.iterdir()):
            if path.name not in _NOT_FILES:
                (store.client.log_artifacts if path.is_dir() else store.client.log_artifact)(
                    name, str(path), *((path.name,) if path.is_dir() else ())
                )
        with TemporaryDirectory() as aside:
            save_model(Path(aside) / MODEL, run.folder / "fit")
            store.client.log_artifacts(name, str(Path(aside) / MODEL), MODEL)
        store.client.set_terminated(name, "FINISHED", ended)
        # Last: who is killed before leaves a record that is made again.
        store.client.log_batch(name, tags=[RunTag(WHOLE, "yes")])
    return str(name)


def parameters(spec: object, under: str = "") -> Iterator[tuple[str, str]]:
    """Each key of a spec that says something, its sections before it: ``channels.tv.adstock.kind``."""
    if isinstance(spec, Mapping):
        for key, value in spec.items():
            yield from parameters(value, f"{under}.{_name(str(key))}" if under else _name(str(key)))
    elif isinstance(spec, Sequence) and not isinstance(spec, str):
        if spec:
            yield under, json.dumps(spec, ensure_ascii=False)
    elif spec is not None:
        yield under, str(spec)


def measured(summary: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Each number of a summary: ``channels/tv/roi/mean``, ``fit/r2``, ``diagnostics/rhat_max``."""
    for section in ("channels", "media", "baseline", "fit", "diagnostics", "timing"):
        yield from _numbers(summary.get(section), section)


def _numbers(value: object, under: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "prior":  # what was believed is in the spec
                yield from _numbers(inner, f"{under}/{_name(str(key))}")
    elif isinstance(value, int | float) and math.isfinite(value):
        yield under, float(value)


def _name(text: str) -> str:
    """As MLflow takes a name: letters, digits, ``_ - . : space``."""
    return "".join(one if one.isalnum() or one in "_-. " else "_" for one in text)


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
