"""The tracking store that a spec names, opened."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.core.errors import FolderError, SpecError
from mediamix.core.extras import extras_of
from mediamix.core.files import unwritable
from mediamix.core.spec import Records

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: The project's own store, and where its files go.
OWN, DATABASE, ARTIFACTS = "records", "mlflow.db", "artifacts"
#: What holds for MLflow unless the environment says otherwise: alone it would ask a server that is gone seven
#: times, for minutes, and put the lock file of whatever project it is started in beside a model.
_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_UV_AUTO_DETECT": "false",
}


@dataclass(frozen=True)
class Store:
    """An open store.

    Args:
        client: MLflow's.
        uri: Its address, without secrets.
        experiment: The id of the experiment.
        model: The name of the registered model.
    """

    client: MlflowClient
    uri: str
    experiment: str
    model: str


@extras_of("runs in MLflow")
def open_store(section: Records, root: Path) -> Store:
    """The store of the project in `root`; experiment, registered model and own store are made if absent.

    Raises:
        SpecError: The environment variable isn't set, or the experiment was deleted.
        FolderError: The store can't be reached or written.
        ExtraError: MLflow isn't installed.
    """
    uri = address(section, root)
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    # It announces each table it makes and each version it registers: we say ourselves what was done.
    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.ERROR)

    name = section.experiment or root.absolute().name
    with reached(uri):
        client = MlflowClient(uri, uri)
        found = client.get_experiment_by_name(name)
        if found is None:
            experiment = client.create_experiment(name, artifact_location=_artifacts(section, root))
        elif found.lifecycle_stage == "active":
            experiment = found.experiment_id
        else:
            raise SpecError(
                f"the experiment {name!r} of {uri} was deleted",
                expected="an experiment that runs can be listed in",
                next_step=f"restore it (mlflow experiments restore -x {found.experiment_id}), or name "
                "another under records: experiment",
            )
    return Store(client, uri, experiment, section.model or root.absolute().name)


def address(section: Records, root: Path) -> str:
    """Where the store is.

    Raises:
        SpecError: The environment variable that is named isn't set.
        FolderError: The project's own store can't be made.
    """
    if section.uri is None:
        own = root.absolute() / OWN
        try:
            own.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(own, error) from error
        return f"sqlite:///{own / DATABASE}"
    if not section.uri.isidentifier():
        return section.uri
    try:
        return os.environ[section.uri]
    except KeyError:
        raise SpecError(
            f"records: the environment variable {section.uri} isn't set",
            expected="the address of a tracking server in it",
            next_step=f"export {section.uri}=https://…, or leave `uri` out: a store of the project's own",
        ) from None


def _artifacts(section: Records, root: Path) -> str | None:
    if section.artifacts is None:
        return None if section.uri is not None else (root.absolute() / OWN / ARTIFACTS).as_uri()
    if "://" in section.artifacts:
        return section.artifacts
    return (root.absolute() / section.artifacts).as_uri()


@contextmanager
def reached(uri: str) -> Iterator[None]:
    """Inside, what MLflow raises is an error in our words, without secrets.

    Raises:
        FolderError: The store at `uri` refused or couldn't be reached.
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise FolderError(
            f"{_public(uri)} didn't take the record",
            expected="a tracking store that can be reached and written",
            got=_public(str(error).splitlines()[0] if str(error) else type(error).__name__)[:300],
            next_step="see that it runs and that MLFLOW_TRACKING_USERNAME and the like are set; nothing "
            "of the run is lost, and mediamix runs --record records what is missing",
        ) from error
    except OSError as error:  # a folder of artefacts that can't be written, a bucket that isn't there
        raise FolderError(
            f"files of the record can't be written for {_public(uri)}",
            got=_public(str(error))[:300],
            next_step="see that the place of artefacts exists and can be written",
        ) from error


def _public(text: str) -> str:
    """Without the user and password of an address."""
    import re

    return re.sub(r"(?<=://)[^/@\s]+@", "", text)
