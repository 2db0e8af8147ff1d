"""Rows into the landing tables, by dlt: whole days of an account replace those that were there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from mediamix.ingest.cleaning import Cell
from mediamix.ingest.contracts import Column, Contract

if TYPE_CHECKING:
    from dlt import Pipeline
    from pyarrow import Table

Rows = Sequence[Mapping[str, Cell]]


def arrow_of(contract: Contract, rows: Rows) -> Table:
    """The rows as Arrow columns of exactly the contract's types: nothing is left for a loader to infer."""
    import pyarrow as pa

    types = {
        "DATE": pa.date32(),
        "VARCHAR": pa.string(),
        "DOUBLE": pa.float64(),
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
        "DECIMAL(38,6)": pa.decimal128(38, 6),
        "TIMESTAMP": pa.timestamp("us"),
    }
    schema = pa.schema(
        [pa.field(column.name, types[column.type], column.nullable) for column in contract.all_columns]
    )
    arrays = [
        pa.array([row.get(column.name) for row in rows], type=types[column.type])
        for column in contract.all_columns
    ]
    return pa.table(arrays, schema=schema)


def deliver(pipeline: Pipeline, client: Any, tables: Mapping[Contract, Rows]) -> None:
    """Land the rows of some tables, in one load; a table without rows is left as it is.

    Each table is merged in one transaction of its own: rows that share the values of `Contract.replaces`
    with a delivered row go, the delivered rows come. Done again it leaves the same.

    Args:
        pipeline: Into the landing schema.
        client: Its SQL client, open.
        tables: Rows by table, as cleaned.
    """
    import dlt

    resources = [
        dlt.resource(
            arrow_of(contract, rows),
            name=contract.name,
            write_disposition={"disposition": "merge", "strategy": "delete-insert"},
            merge_key=list(contract.replaces),
            columns=_hints(contract),
            schema_contract={"tables": "evolve", "columns": "freeze", "data_type": "freeze"},
        )
        for contract, rows in tables.items()
        if rows
    ]
    if resources:
        _forget_versions(client, pipeline.pipeline_name)
        pipeline.run(resources)


def _forget_versions(client: Any, name: str) -> None:
    """Have dlt look at the tables that are there, not at its notes of what it has made once: a person may
    have dropped one.
    """
    from dlt.destinations.exceptions import DatabaseUndefinedRelation

    for dataset in (nullcontext(), client.with_staging_dataset()):
        with dataset, suppress(DatabaseUndefinedRelation):
            table = client.make_qualified_table_name("_dlt_version")
            client.execute_sql(f"delete from {table} where schema_name = %s", name)


def _hints(contract: Contract) -> dict[str, Any]:
    return {column.name: _hint(column) for column in contract.all_columns}


def _hint(column: Column) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "DATE": {"data_type": "date"},
        "VARCHAR": {"data_type": "text"},
        "DOUBLE": {"data_type": "double"},
        "BIGINT": {"data_type": "bigint"},
        "BOOLEAN": {"data_type": "bool"},
        "DECIMAL(38,6)": {"data_type": "decimal", "precision": 38, "scale": 6},
        "TIMESTAMP": {"data_type": "timestamp", "timezone": False},
    }
    return {"name": column.name, "nullable": column.nullable, **kinds[column.type]}
