"""The only reader of the mart: long marts back into `Tables`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.data.tables import Tables
from mediamix.warehouse.engine import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MARTS = ("media_day", "outcome_day", "control_day", "event_day")
_TEXTS = ("campaign", "currency")
#: Landing table -> its columns of who delivered and when.
_LOADED = {
    **dict.fromkeys(("media_day", "outcome_day", "control_day", "event_day"), ("_source", "_loaded_at")),
    **dict.fromkeys(("campaign_day", "traffic_day", "deal"), ("source", "pulled_at")),
}


def read_mart(warehouse: Warehouse, outcome: str | None = None) -> Tables:
    """The mart as `Tables`: what was landed, whatever its channels, metrics and controls.

    Rows and columns keep the order in which they were landed (source by source), keys first;
    numeric columns are float64. A table without rows is None (controls, events). Several rows of
    one campaign on a date come back as their sum.

    Args:
        warehouse: With a mart.
        outcome: The one that is wanted: sources that deliver others only (visits, leads) are left out.

    Raises:
        FolderError: The warehouse can't be opened.
        DataError: The mart isn't built, its last build failed, or it is older than what was
            landed since.
    """
    with warehouse.connect(read_only=True) as connection:
        _refuse_unbuilt(connection, warehouse)
        _refuse_failed(connection, warehouse)
        _refuse_stale(connection, warehouse)
        media = _wide(connection, "media_day", ["date", "geo", "channel", *_TEXTS], "metric")
        outcomes = _wide(
            connection, "outcome_day", ["date", "geo"], "metric", _of_outcome(connection, outcome)
        )
        controls = _wide(connection, "control_day", ["date", "geo"], "control")
        events = connection.execute(
            "select date, end_date, event, geo from mart.event_day order by source, source_row"
        ).df()
    without = [column for column in _TEXTS if media[column].isna().all()]
    media = media.drop(columns=without).fillna(dict.fromkeys(set(_TEXTS) - set(without), ""))
    # An event without geo holds for all of them, and is written with None.
    events["geo"] = events["geo"].astype(object).where(events["geo"].notna(), None)
    return Tables(
        media=media,
        outcome=outcomes,
        controls=None if controls.empty else controls,
        events=None if events.empty else _typed(events),
    )


def count_rows(warehouse: Warehouse) -> dict[str, int]:
    """Mart -> its rows.

    Raises:
        FolderError: The warehouse can't be opened.
    """
    with warehouse.connect(read_only=True) as connection:
        return {mart: int(connection.table(f"mart.{mart}").shape[0]) for mart in MARTS}


def _of_outcome(connection: DuckDBPyConnection, wanted: str | None) -> list[str] | None:
    """Sources whose rows belong to the wanted outcome; None: all."""
    if wanted is None:
        return None
    sources = connection.execute(
        "select distinct source from mart.outcome_day where metric in (?, 'population')", [wanted]
    ).fetchall()
    return [str(source) for (source,) in sources] or None


def _wide(
    connection: DuckDBPyConnection, mart: str, keys: list[str], name: str, sources: list[str] | None = None
) -> pd.DataFrame:
    """A long mart with one column per metric, rows and columns in order of first appearance."""
    some = "" if sources is None else f"where source in ({', '.join('?' * len(sources))}) "
    rows = connection.execute(
        f"select {', '.join(keys)}, {name}, value from mart.{mart} {some}order by source, source_row",
        sources or [],
    ).df()
    if rows.empty:
        return _typed(rows[keys])
    row_codes = rows.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    wide = rows[keys].drop_duplicates(ignore_index=True)
    column_codes, columns = pd.factorize(rows[name])
    if len(np.unique(row_codes * len(columns) + column_codes)) < len(rows):
        raise DataError(
            f"{mart} holds two values for the same {', '.join([*keys, name])}",
            next_step="run `mediamix build`: its tests name the rows",
        )
    values = np.full((len(wide), len(columns)), np.nan)
    values[row_codes, column_codes] = rows["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    return _typed(pd.concat([wide, pd.DataFrame(values, columns=list(columns))], axis=1))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Dates by the second and names as objects, as the readers of files have them."""
    types = {"date": "datetime64[s]", "end_date": "datetime64[s]"}
    types |= dict.fromkeys(("geo", "channel", "event", *_TEXTS), "object")
    return frame.astype({column: types[column] for column in frame.columns if column in types})


def _refuse_unbuilt(connection: DuckDBPyConnection, warehouse: Warehouse) -> None:
    found = _tables(connection, "mart")
    missing = [mart for mart in MARTS if mart not in found]
    if missing:
        raise DataError(
            f"the mart of {warehouse.path} is not built",
            expected=f"the tables {', '.join(MARTS)}",
            got=f"no {', '.join(missing)}",
            next_step="run `mediamix build`",
        )


def _refuse_failed(connection: DuckDBPyConnection, warehouse: Warehouse) -> None:
    if "build_log" not in _tables(connection, "mart"):
        return
    last = connection.execute(
        "select started_at, failed from mart.build_log order by started_at desc limit 1"
    ).fetchone()
    if last and last[1]:
        raise DataError(
            f"the last build of the mart in {warehouse.path} failed",
            got=f"{last[1]} of its steps failed or were skipped on {last[0]:%Y-%m-%d %H:%M} UTC",
            next_step="run `mediamix build`: it names the failing tests and rows",
        )


def _refuse_stale(connection: DuckDBPyConnection, warehouse: Warehouse) -> None:
    """Loads that the mart doesn't hold: a fit on last week's rows must not pass for this week's."""
    if "loads" not in _tables(connection, "mart"):
        return
    landed = _tables(connection, "landing")
    new: dict[str, datetime] = {}
    for table, (source, loaded_at) in _LOADED.items():
        if table in landed:
            rows = connection.execute(
                f"select {source}, max({loaded_at}), count(*) from landing.{table} group by {source} "
                f"except select source, loaded_at, row_count from mart.loads where landed_in = '{table}'"
            ).fetchall()
            new |= {str(name): at for name, at, _ in rows}
    if new:
        raise DataError(
            f"the mart of {warehouse.path} is older than what was landed since",
            details=[f"{source}, landed on {at:%Y-%m-%d %H:%M} UTC" for source, at in sorted(new.items())],
            next_step="run `mediamix build`",
        )


def _tables(connection: DuckDBPyConnection, schema: str) -> set[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = ?", [schema]
    ).fetchall()
    return {str(name) for (name,) in rows}
