"""BigQuery's client: queries, loads of Parquet, and a transaction as one script at its end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from mediamix.warehouse.engine import ColumnLike, Rows, refused

if TYPE_CHECKING:
    from pyarrow import Table

_TYPES = {
    "DATE": "DATE",
    "VARCHAR": "STRING",
    "DOUBLE": "FLOAT64",
    "BIGINT": "INT64",
    "BOOLEAN": "BOOL",
    # NUMERIC has 29 digits before the point.
    "DECIMAL(38,6)": "BIGNUMERIC(38, 6)",
    "TIMESTAMP": "TIMESTAMP",
}
#: As the client names them.
_CONTRACT = {
    "DATE": "DATE",
    "STRING": "VARCHAR",
    "FLOAT": "DOUBLE",
    "FLOAT64": "DOUBLE",
    "INTEGER": "BIGINT",
    "INT64": "BIGINT",
    "BOOLEAN": "BOOLEAN",
    "BOOL": "BOOLEAN",
    "BIGNUMERIC": "DECIMAL(38,6)",
    "NUMERIC": "DECIMAL(38,6)",
    "TIMESTAMP": "TIMESTAMP",
}
_PARAMETERS = {bool: "BOOL", int: "INT64", float: "FLOAT64", str: "STRING", Decimal: "BIGNUMERIC"}


class BigQuerySession:
    """A client of a project."""

    def __init__(self, client: Any, project: str, prefix: str, location: str, patience: float) -> None:
        self._client = client
        self._project = project
        self._prefix = prefix
        self._location = location
        self._patience = patience
        self._script: list[tuple[str, Sequence[object]]] | None = None
        self._aside: list[str] = []
        self._held = ""

    def name(self, schema: str, table: str) -> str:
        return f"`{self._project}`.`{self._prefix}_{schema}`.`{table}`"

    def decimal(self, number: str) -> str:
        return f"round(cast({number} as bignumeric), 6)"

    def double(self, number: str) -> str:
        return f"cast({number} as float64)"

    def execute(self, sql: str, values: Sequence[object] = ()) -> Rows:
        """Run a statement; inside of a transaction it is kept for its end, and has no answer."""
        if self._script is not None:
            self._script.append((sql, values))
            return _Answer([], [])
        result = self._run(sql, values).result()
        return _Answer([field.name for field in result.schema or []], [tuple(row.values()) for row in result])

    def arrow(self, sql: str, values: Sequence[object] = ()) -> Table:
        return self._run(sql, values).result().to_arrow(create_bqstorage_client=False)

    def refuse(self, sql: str, values: Sequence[object], what: str) -> None:
        """In a script an answer can't be looked at, but whether there is one."""
        if self._script is not None:
            stop = f"if exists({sql}) then raise using message = {_literal(what)}; end if"
            self._script.append((stop, values))
            return
        rows = self.execute(sql, values).fetchall()
        if rows:
            raise refused(what, rows)

    def insert(self, schema: str, table: str, rows: Table) -> None:
        if not len(rows):
            return
        from google.cloud import bigquery
        from pyarrow import parquet

        target = f"{self._project}.{self._prefix}_{schema}.{table}"
        aside = target if self._script is None else f"{target}__load_{uuid4().hex[:12]}"
        buffer = BytesIO()
        parquet.write_table(rows, buffer)
        buffer.seek(0)
        there = self._client.get_table(target)
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            schema=there.schema,
            write_disposition="WRITE_APPEND" if self._script is None else "WRITE_TRUNCATE",
        )
        # Without a size it is uploaded in pieces.
        self._client.load_table_from_file(buffer, aside, job_config=config, location=self._location).result()
        if self._script is not None:
            names = ", ".join(f"`{name}`" for name in rows.column_names)
            self._script.append((f"insert into `{target}` ({names}) select {names} from `{aside}`", ()))
            self._aside.append(aside)

    def create(self, schema: str, table: str, columns: Iterable[ColumnLike]) -> None:
        """At once, inside of a transaction too: BigQuery has no transaction over what is made."""
        self._dataset(schema)
        inside = ", ".join(f"`{c.name}` {_TYPES[c.type]}{'' if c.nullable else ' not null'}" for c in columns)
        self._run(f"create table if not exists {self.name(schema, table)} ({inside})", ()).result()

    def tables(self, schema: str) -> set[str]:
        from google.cloud.exceptions import NotFound

        try:
            found = self._client.list_tables(f"{self._project}.{self._prefix}_{schema}")
            return {one.table_id for one in found} - {self._held}
        except NotFound:
            return set()

    def columns(self, schema: str, table: str) -> dict[str, str]:
        there = self._client.get_table(f"{self._project}.{self._prefix}_{schema}.{table}")
        return {field.name: _CONTRACT.get(field.field_type, field.field_type) for field in there.schema}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._script is not None:
            yield
            return
        self._script, self._aside = [], []
        try:
            yield
            script, self._script = self._script, None
            self._run_together(script)
        finally:
            self._script = None
            for aside in self._aside:
                self._client.delete_table(aside, not_found_ok=True)

    def hold(self, schema: str, table: str, words: str) -> str | None:
        """Make a table that says `words`, and overlook it; where it is there already, what it says."""
        from google.cloud import bigquery
        from google.cloud.exceptions import Conflict

        self._dataset(schema)
        made = bigquery.Table(
            f"{self._project}.{self._prefix}_{schema}.{table}", [bigquery.SchemaField("since", "STRING")]
        )
        made.description = words
        try:
            self._client.create_table(made)
        except Conflict:
            return str(self._client.get_table(made.reference).description or "some time")
        self._held = table
        return None

    def let_go(self, schema: str, table: str) -> None:
        """Drop it again."""
        self._client.delete_table(f"{self._project}.{self._prefix}_{schema}.{table}", not_found_ok=True)

    def _dataset(self, schema: str) -> None:
        from google.cloud.bigquery import Dataset

        made = Dataset(f"{self._project}.{self._prefix}_{schema}")
        made.location = self._location
        self._client.create_dataset(made, exists_ok=True)

    def _run_together(self, script: Sequence[tuple[str, Sequence[object]]]) -> None:
        """Statements as one transaction. The values are literals: the local server knows no parameters of a
        script.
        """
        texts = []
        for sql, values in script:
            parts = sql.split("?") if values else [sql]
            literals = [_literal(value) for value in values]
            texts.append(parts[0] + "".join(v + part for v, part in zip(literals, parts[1:], strict=True)))
        self._run(
            "\n".join(f"{text};" for text in ["begin transaction", *texts, "commit transaction"]), ()
        ).result()

    def _run(self, sql: str, values: Sequence[object]) -> Any:
        from google.cloud import bigquery

        parameters = [bigquery.ScalarQueryParameter(None, _parameter_type(value), value) for value in values]
        config = bigquery.QueryJobConfig(query_parameters=parameters)
        again = bigquery.DEFAULT_RETRY.with_timeout(self._patience)
        return self._client.query(
            sql, job_config=config, location=self._location, retry=again, job_retry=None
        )


class _Answer:
    """Rows that were fetched."""

    def __init__(self, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        self.description = [(name,) for name in columns]
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)


def _parameter_type(value: object) -> str:
    if isinstance(value, datetime):
        return "TIMESTAMP"
    return "DATE" if isinstance(value, date) else _PARAMETERS[type(value)]


def _literal(value: object) -> str:
    """A value as BigQuery's SQL has it. Its texts escape as JSON's do."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    kind = _parameter_type(value)
    return f"{kind} '{value}'" if kind in ("DATE", "TIMESTAMP", "BIGNUMERIC") else repr(value).lower()
