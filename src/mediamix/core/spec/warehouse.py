"""``warehouse``: where landed rows and the mart are."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from mediamix.core.spec.section import Section


class BigQuery(Section):
    """A BigQuery dataset; credentials are those of the environment (application default)."""

    project: str = Field(description="the Google Cloud project")
    dataset: str = Field(
        "mediamix", description="what the names of the datasets begin with: mediamix_landing, mediamix_mart"
    )
    location: str = Field("EU", description="where the datasets are made")


class WarehouseSpec(Section):
    """One of three engines; absent: ``warehouse.duckdb`` beside the spec."""

    duckdb: str | None = Field(None, description="a DuckDB file, relative to the spec")
    postgres: str | None = Field(
        None,
        description="name of the environment variable with the address of a PostgreSQL database "
        "(postgresql://user:password@host/database)",
    )
    bigquery: BigQuery | None = Field(None, description="a BigQuery project")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.duckdb, self.postgres, self.bigquery)) != 1:
            raise ValueError("give one of 'duckdb', 'postgres' and 'bigquery'")
        if self.postgres is not None and not self.postgres.isidentifier():
            raise ValueError(
                "'postgres' is the name of an environment variable, such as MEDIAMIX_POSTGRES: an address "
                "with its password has no place in a file"
            )
        return self
