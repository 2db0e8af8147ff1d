"""``sources``: the platforms that rows are fetched from."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from mediamix.core.spec.section import Section


class SourceSpec(Section):
    """One platform; secrets are read from the environment and have no place here."""

    accounts: list[str] = Field([], description="accounts, properties; absent: all that the credentials see")
    since: date | None = Field(
        None, description="the first day to fetch; absent: two years back, or as far as the platform keeps"
    )
    restated: Annotated[int, Field(ge=1, le=400)] | None = Field(
        None,
        description="days back that are fetched again each time; absent: as long as the platform changes "
        "what it said",
    )
    options: dict[str, str] = Field({}, description="settings of its own")
    endpoint: str | None = Field(
        None, description="another address of its API: a server on this machine, for a try"
    )
