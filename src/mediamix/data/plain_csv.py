"""A shortcut for large CSV files: rows without quotes and of one length are split all at once.

What needs a look at each row (quotes, ragged rows) is left to the `csv` module, which is several
times slower; the cells are the same. A blank line is a row of empty cells.
"""

from __future__ import annotations

import pandas as pd


def plain_csv(text: str, separator: str) -> pd.DataFrame | None:
    """Cells as text, columns and index numbered from 0, the header as row 0; None if not so plain."""
    import pyarrow as pa
    from pyarrow import csv

    header = text[: text.find("\n")]
    n = header.count(separator) + 1
    if n == 1 or not header.strip() or '"' in text or text.count("\r") != text.count("\r\n"):
        return None
    names = [f"f{i}" for i in range(n)]
    try:
        table = csv.read_csv(
            pa.py_buffer(text.encode()),
            read_options=csv.ReadOptions(autogenerate_column_names=True),
            parse_options=csv.ParseOptions(delimiter=separator, quote_char=False, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    return pd.DataFrame({i: _texts(table.column(name)) for i, name in enumerate(names)})


def _texts(column: object) -> pd.Series:
    """Python strings, one object per different cell: dates and names repeat."""
    coded = column.combine_chunks().dictionary_encode()  # type: ignore[attr-defined]
    different = coded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    return pd.Series(different[coded.indices.to_numpy()], dtype=object)
