"""MLflow's model registry: a version per run, and the alias of the promoted one."""

from __future__ import annotations

from collections.abc import Mapping

from mediamix.records.store import Store, reached
from mediamix.records.tracking import MODEL, RUN

#: The alias of the promoted run: ``models:/NAME@current``.
CURRENT = "current"


def versions(store: Store) -> dict[str, str]:
    """Run id → version of the registered model, which is made if it is absent."""
    from mlflow.exceptions import MlflowException

    with reached(store.uri):
        try:
            store.client.get_registered_model(store.model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            store.client.create_registered_model(
                store.model,
                description="Fits of mediamix: a version per run, alias 'current' is the promoted one.",
            )
        known: dict[str, str] = {}
        token: str | None = None
        while True:
            page = store.client.search_model_versions(
                f"name = '{_quoted(store.model)}'", max_results=1000, page_token=token
            )
            known |= {one.tags[RUN]: str(one.version) for one in page if RUN in one.tags}
            token = page.token
            if not token:
                return known


def register(store: Store, run: str, tracked: str, tags: Mapping[str, str]) -> str:
    """A version of the registered model for the run that MLflow calls `tracked`."""
    with reached(store.uri):
        made = store.client.create_model_version(
            store.model, f"runs:/{tracked}/{MODEL}", tracked, tags={RUN: run, **tags}
        )
    return str(made.version)


def point(store: Store, version: str | None) -> bool:
    """Set the alias to a version, or take it away; whether that changed anything."""
    with reached(store.uri):
        now = store.client.get_registered_model(store.model).aliases.get(CURRENT)
        if version is None:
            if now is not None:
                store.client.delete_registered_model_alias(store.model, CURRENT)
        elif str(now) != version:
            store.client.set_registered_model_alias(store.model, CURRENT, version)
        return (None if now is None else str(now)) != version


def _quoted(name: str) -> str:
    return name.replace("'", "\\'")
