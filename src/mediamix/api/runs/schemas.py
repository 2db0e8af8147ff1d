"""Runs and jobs, as they are asked for and shown."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

#: Names of variants, as files in the project.
Variant = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class RunAsked(BaseModel):
    """What is to be run."""

    model_config = ConfigDict(extra="forbid")
    variant: Variant | None = Field(default=None, description="Of the spec; absent: the project's spec.")


class Promotion(BaseModel):
    """How a run is promoted."""

    model_config = ConfigDict(extra="forbid")
    force: bool = Field(default=False, description="Although its fit's verdict is failed.")


class RunView(BaseModel):
    """A run, or the job that makes one."""

    id: str
    kind: str = Field(description="`run`, or of a job without a run yet what it does: `run`, `train`.")
    state: str = Field(description="queued, running, done, failed or cancelled.")
    who: str
    asked: str | None = None
    started: str | None = None
    ended: str | None = None
    job: str | None = Field(default=None, description="The id of the job that makes it, where one is known.")
    run: str | None = Field(default=None, description="The id of the run, once there is one.")
    promoted: bool = False
    verdict: str | None = None
    variant: str | None = None
    message: str = Field(default="", description="Why it failed, or waits.")
    seconds: dict[str, float] = Field(default_factory=dict)
    hashes: dict[str, str] = Field(default_factory=dict, description="Of data, spec and seed.")
    attempt: int | None = None
    result: dict[str, Any] | None = None


class RunPage(BaseModel):
    """Runs, the newest first."""

    items: list[RunView]
    next: str | None = Field(description="Cursor of the next page; null: this is the last.")
    current: str | None = Field(description="The id of the promoted run.")
