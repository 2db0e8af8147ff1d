"""What is said of a service's health."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Alive(BaseModel):
    """The service is there."""

    status: str = Field(description="Always `ok`.", examples=["ok"])
    service: str = Field(description="Its name.", examples=["mediamix"])
    version: str


class Ready(BaseModel):
    """Whether the service can serve."""

    ready: bool
    checks: dict[str, str] = Field(description="Part → `ok`, or what it lacks: store, queue, promoted run.")
