"""The same fact twice: media rows of one name on one date, outcome and controls of one date and geo.

A media row is named by date, geo, channel and every further column that names something (campaign,
account, ad). Rows that differ in one of these are parts and are summed; rows that differ in none are
one fact delivered twice, whatever their amounts: platforms restate. Where a load time is known the
older deliveries were left out while reading (`data.restated`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from mediamix.core.types import Finding
from mediamix.data.cells import texts
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.restated import naming
from mediamix.data.row_codes import any_twice, codes_of, joined_codes

_SHOWN = 5


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error per table with rows that repeat a fact, with how many rows and how much money."""
    tables = evidence.tables
    if tables is None:
        return
    names = naming(tables.media, ["date", "geo", "channel"])
    yield from _repeated("media", tables.media, names, "spend")
    column = evidence.spec.outcome.column
    yield from _repeated("outcome", tables.outcome, ["date", "geo"], column)
    if tables.controls is not None:
        yield from _repeated("controls", tables.controls, ["date", "geo"], None)


def _repeated(name: str, table: pd.DataFrame, names: Sequence[str], measure: str | None) -> Iterator[Finding]:
    codes = _comparable(table, names)
    if not any_twice(codes):
        return
    again = pd.Series(codes).duplicated(keep="first").to_numpy()
    facts = table[list(names)]
    facts = facts.assign(**{name: texts(facts[name]).str.lower() for name in names if name != "date"})
    # rows without a campaign are no part of one: they are told apart by the other columns
    shown = [
        " ".join([f"{row[0]:%Y-%m-%d}", *(str(cell) for cell in row[1:] if cell != "")])
        for row in facts[again].drop_duplicates().head(_SHOWN).itertuples(index=False)
    ]
    copies = table.duplicated(keep="first").to_numpy()
    n, exact = int(again.sum()), int((again & copies).sum())
    what = (
        "all of them exact copies"
        if exact == n
        else "with other amounts"
        if exact == 0
        else f"{exact} of them exact copies, the others with other amounts"
    )
    whole = "; the whole table is there more than once" if 2 * n >= len(table) else ""
    money = ""
    if measure is not None and measure in table.columns:
        amount, total = float(table.loc[again, measure].sum()), float(table[measure].sum())
        money = f": a {measure} of {amount:,.0f} of {total:,.0f} is counted again"
    yield found(
        "error",
        f"{name}: {some(shown)}",
        f"{n} of {len(table)} rows repeat a key that is there already ({', '.join(names)} must be unique), "
        f"{what}{money}{whole}",
    )


def _comparable(table: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """A number for each name of a row; stripped, in any case, an empty cell like any other empty one."""
    made = []
    for name in names:
        codes, different = codes_of(table[name])
        if name != "date":
            codes = pd.factorize(texts(pd.Series(different)).str.lower())[0][codes]
        made.append(codes)
    return joined_codes(made)


CHECK = Check(
    name="duplicates",
    title="The same fact twice",
    why="a row that is counted twice doubles its spend or outcome",
    advice="remove the older rows; or name the load time in `data.loaded_at` (the latest then counts); or, "
    "where all are meant, add the column that tells them apart (campaign, account, ad)",
    find=find,
)
