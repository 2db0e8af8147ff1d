"""BigQuery as dlt has it, but for what dlt would do otherwise than landing needs."""

from __future__ import annotations

from typing import Any


def destination(project: str, location: str, *, anonymous: bool) -> Any:
    """Dlt's destination.

    Args:
        project: Its id.
        location: Where datasets are made.
        anonymous: Whether the service is a server of this machine, which asks for no credentials; else they
            are those of the environment (application default).
    """
    import dlt
    from dlt.destinations.impl.bigquery.bigquery import BigQueryClient
    from dlt.destinations.impl.bigquery.factory import BigQueryTypeMapper
    from google.auth.credentials import AnonymousCredentials

    class Mapper(BigQueryTypeMapper):  # type: ignore[misc]
        """dlt makes NUMERIC(38, 6) of a decimal of 38 digits, which BigQuery doesn't have."""

        def to_db_decimal_type(self, column: Any) -> str:
            precision, scale = self.decimal_precision(column.get("precision"), column.get("scale"))
            kind = "NUMERIC" if scale <= 9 and precision - scale <= 29 else "BIGNUMERIC"
            return f"{kind}({precision},{scale})"

    class Nobody:
        def to_native_credentials(self) -> Any:
            return AnonymousCredentials()

    class Client(BigQueryClient):  # type: ignore[misc]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            if anonymous:
                self.sql_client.credentials = Nobody()

    class Destination(dlt.destinations.bigquery):  # type: ignore[misc]
        def _raw_capabilities(self) -> Any:
            told = super()._raw_capabilities()
            told.type_mapper = Mapper
            return told

        @property
        def client_class(self) -> Any:
            return Client

    # dlt wants a key, if not the environment's: this one opens nothing.
    key = {"project_id": project, "private_key": "none", "client_email": "none"} if anonymous else None
    return Destination(project_id=project, location=location, credentials=key, destination_name="bigquery")
