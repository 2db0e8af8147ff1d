"""The only reader of the mart: long marts back into `Tables`."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, FolderError
from mediamix.data.tables import Tables
from mediamix.warehouse.engine import BUILD_OPEN, Session, Warehouse

MARTS = ("media_day", "outcome_day", "control_day", "event_day")
_TEXTS = ("campaign", "currency")
#: Rows of media, a metric each, that are read with their campaigns; of more the warehouse sums the campaigns.
MOST_ROWS = 2_000_000
#: Landing table -> its columns of who delivered and when.
_LOADED = {
    **dict.fromkeys(("media_day", "outcome_day", "control_day", "event_day"), ("_source", "_loaded_at")),
    **dict.fromkeys(("campaign_day", "traffic_day", "deal"), ("source", "pulled_at")),
}


def read_mart(warehouse: Warehouse, outcome: str | None = None, most_rows: int = MOST_ROWS) -> Tables:
    """The mart as `Tables`: what was landed, whatever its channels, metrics and controls.

    Rows and columns keep the order in which they were landed (source by source), keys first;
    numeric columns are float64. A table without rows is None (controls, events). Several rows of
    one campaign on a date come back as their sum.

    A model needs no campaigns, but for reach and frequency. Where there are very many rows the warehouse sums
    them to date, geo and channel, as decimals with six places, so that the order of rows doesn't matter.

    Args:
        warehouse: With a mart.
        outcome: The one that is wanted: sources that deliver others only (visits, leads) are left out.
        most_rows: Of media that are read with their campaigns.

    Raises:
        FolderError: The warehouse can't be opened.
        DataError: The mart isn't built, its last build failed, or it is older than what was
            landed since.
    """
    with warehouse.connect(read_only=True) as session:
        _refuse_unbuilt(session, warehouse)
        _refuse_failed(session, warehouse)
        _refuse_stale(session, warehouse)
        media = _media(session, most_rows)
        outcomes = _wide(session, "outcome_day", ["date", "geo"], "metric", _of_outcome(session, outcome))
        controls = _wide(session, "control_day", ["date", "geo"], "control")
        events = _read(session, session.name("mart", "event_day"), ["date", "end_date", "event", "geo"])
    without = [column for column in _TEXTS if column in media.columns and media[column].isna().all()]
    media = media.drop(columns=without)
    media = media.fillna({column: "" for column in _TEXTS if column in media.columns})
    # An event without geo holds for all of them, and is written with None.
    events["geo"] = events["geo"].astype(object).where(events["geo"].notna(), None)
    return Tables(
        media=media,
        outcome=outcomes,
        controls=None if controls.empty else controls,
        events=None if events.empty else _typed(events),
    )


def holds_others(warehouse: Warehouse, own: str) -> bool:
    """Whether rows of other sources than `own` have landed that the mart takes; no without a warehouse."""
    try:
        with warehouse.connect(read_only=True) as session:
            there = session.tables("landing")
            return any(
                session.execute(
                    f"select 1 from {session.name('landing', table)} where {source} <> ? limit 1", [own]
                ).fetchone()
                for table, (source, _) in _LOADED.items()
                if table in there
            )
    except FolderError:  # what else is wrong with it is said when it is written
        return False


def count_rows(warehouse: Warehouse) -> dict[str, int]:
    """Mart -> its rows.

    Raises:
        FolderError: The warehouse can't be opened.
    """
    with warehouse.connect(read_only=True) as session:
        return {mart: _count(session, mart) for mart in MARTS}


def _count(session: Session, mart: str) -> int:
    return int(session.execute(f"select count(*) from {session.name('mart', mart)}").fetchone()[0])


def _media(session: Session, most_rows: int) -> pd.DataFrame:
    keys = ["date", "geo", "channel"]
    mart = session.name("mart", "media_day")
    apart = session.execute(f"select 1 from {mart} where metric = 'frequency' limit 1").fetchone()
    if apart or _count(session, "media_day") <= most_rows:
        return _wide(session, "media_day", [*keys, *_TEXTS], "metric")
    grain = ", ".join([*keys, "currency", "metric"])
    exactly = session.double(f"sum({session.decimal('value')})")
    summed = (
        f"(select {grain}, {exactly} as value, min(source) as source, min(source_row) as source_row "
        f"from {mart} group by {grain}) as summed"
    )
    return _wide(session, "media_day", [*keys, "currency"], "metric", query=summed)


def _of_outcome(session: Session, wanted: str | None) -> list[str] | None:
    """Sources whose rows belong to the wanted outcome; None: all."""
    if wanted is None:
        return None
    sources = session.execute(
        f"select distinct source from {session.name('mart', 'outcome_day')} "
        "where metric in (?, 'population')",
        [wanted],
    ).fetchall()
    return [str(source) for (source,) in sources] or None


def _read(
    session: Session, source: str, columns: list[str], sources: list[str] | None = None
) -> pd.DataFrame:
    """Columns of a table or a query, in the order in which the rows were landed."""
    some = "" if sources is None else f"where source in ({', '.join('?' * len(sources))}) "
    sql = f"select {', '.join(columns)} from {source} {some}order by source, source_row"
    rows: pd.DataFrame = session.arrow(sql, sources or []).to_pandas()
    return rows


def _wide(
    session: Session,
    mart: str,
    keys: list[str],
    name: str,
    sources: list[str] | None = None,
    query: str | None = None,
) -> pd.DataFrame:
    """A long mart, or a query of it, with one column per metric, rows and columns in order of first
    appearance.
    """
    rows = _read(session, query or session.name("mart", mart), [*keys, name, "value"], sources)
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


def _refuse_unbuilt(session: Session, warehouse: Warehouse) -> None:
    found = session.tables("mart")
    if BUILD_OPEN in found:
        raise DataError(
            f"the mart of {warehouse.title} is being built, or its last build was cut short",
            expected="a mart whose build has ended",
            next_step="wait until it is done; after a kill run `mediamix build`, which says what to do",
        )
    missing = [mart for mart in MARTS if mart not in found]
    if missing:
        raise DataError(
            f"the mart of {warehouse.title} is not built",
            expected=f"the tables {', '.join(MARTS)}",
            got=f"no {', '.join(missing)}",
            next_step="run `mediamix build`",
        )


def _refuse_failed(session: Session, warehouse: Warehouse) -> None:
    if "build_log" not in session.tables("mart"):
        return
    last = session.execute(
        f"select started_at, failed from {session.name('mart', 'build_log')} order by started_at desc limit 1"
    ).fetchone()
    if last and last[1]:
        raise DataError(
            f"the last build of the mart in {warehouse.title} failed",
            got=f"{last[1]} of its steps failed or were skipped on {last[0]:%Y-%m-%d %H:%M} UTC",
            next_step="run `mediamix build`: it names the failing tests and rows",
        )


def _refuse_stale(session: Session, warehouse: Warehouse) -> None:
    """Loads that the mart doesn't hold: a fit on last week's rows must not pass for this week's."""
    if "loads" not in session.tables("mart"):
        return
    held = {
        tuple(row)
        for row in session.execute(
            f"select landed_in, source, loaded_at, row_count from {session.name('mart', 'loads')}"
        ).fetchall()
    }
    landed = session.tables("landing")
    new: dict[str, datetime] = {}
    for table, (source, loaded_at) in _LOADED.items():
        if table in landed:
            rows = session.execute(
                f"select {source}, max({loaded_at}), count(*) from {session.name('landing', table)} "
                f"group by {source}"
            ).fetchall()
            new |= {str(name): at for name, at, count in rows if (table, name, at, count) not in held}
    if new:
        raise DataError(
            f"the mart of {warehouse.title} is older than what was landed since",
            details=[f"{source}, landed on {at:%Y-%m-%d %H:%M} UTC" for source, at in sorted(new.items())],
            next_step="run `mediamix build`",
        )
