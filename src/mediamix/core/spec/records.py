"""``records``: every run of the project in MLflow, and the promoted one in its model registry."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from mediamix.core.spec.section import Section

#: What an address may begin with.
_SERVERS, _FOLDERS = ("http", "https"), ("s3", "gs", "file", "")


class Records(Section):
    """Runs recorded in MLflow; ``{}``: in a store of the project's own, ``records/mlflow.db``."""

    uri: str | None = Field(
        None,
        description="a tracking server (https://…), or the environment variable that holds its address; "
        "absent: the project's own store. MLflow reads user, password or token from the environment",
    )
    experiment: str | None = Field(None, description="where runs are listed; absent: the project's name")
    model: str | None = Field(
        None, description="the registered model whose versions are the runs; absent: the project's name"
    )
    artifacts: str | None = Field(
        None,
        description="where files of runs go when the experiment is made: s3://…, gs://… or a folder; "
        "absent: the server's own place, or records/artifacts",
    )

    @model_validator(mode="after")
    def _addresses(self) -> Self:
        if self.uri is not None and not self.uri.isidentifier():
            parts = urlsplit(self.uri)
            if parts.scheme not in _SERVERS or not parts.hostname:
                raise ValueError(
                    "'uri' is the address of a server (https://mlflow.example.com) or the name of an "
                    "environment variable that holds it"
                )
            _without_secret("uri", parts.username or parts.password)
        if self.artifacts is not None:
            parts = urlsplit(self.artifacts)
            if parts.scheme not in _FOLDERS:
                raise ValueError("'artifacts' is a folder, s3://BUCKET/… or gs://BUCKET/…")
            _without_secret("artifacts", parts.username or parts.password)
        for key, name in (("experiment", self.experiment), ("model", self.model)):
            if name is not None and (not name.strip() or set(name) & set("/:")):
                raise ValueError(f"{key!r} is a name without '/' and ':'")
        return self


def _without_secret(key: str, secret: str | None) -> None:
    if secret:
        raise ValueError(
            f"{key!r} holds a user or a password, which have no place in a file: MLflow reads them from "
            "MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD or MLFLOW_TRACKING_TOKEN"
        )
