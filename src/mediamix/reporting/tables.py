"""The report's numbers as CSV, for whoever wants to go on with them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mediamix.core.files import write_text
from mediamix.data.csv_text import csv_text
from mediamix.measure.contribution import roi_table
from mediamix.measure.panel import with_geos
from mediamix.reporting.material import Material

FINDING_COLUMNS = ["check", "severity", "where", "message", "why", "advice"]


def tables_of(material: Material) -> dict[str, pd.DataFrame]:
    """Name → table: contributions, roi, response_curves, findings; plan and geos if there are any."""
    findings = material.summary.findings
    tables = {
        "contributions": material.contributions,
        "roi": material.roi,
        "response_curves": material.curves,
        "findings": pd.DataFrame([f.to_dict() for f in findings], columns=FINDING_COLUMNS),
    }
    geos = material.summary.geos
    if geos is not None:
        tables["geos"] = geos.table()
        measures = [channel.measure for geo in geos.geos for channel in geo.channels]
        tables["roi_by_geo"] = with_geos(
            [geo.name for geo in geos.geos], roi_table(measures, value=material.has_value)
        )
    if material.plan is not None:
        tables["plan"] = material.plan.table()
    return tables


def write_tables(material: Material, folder: Path) -> dict[str, Path]:
    """Write ``<name>.csv`` for every table; each is written aside, then renamed.

    Raises:
        FolderError: The folder can't be written.
    """
    paths = {}
    for name, table in tables_of(material).items():
        path = folder / f"{name}.csv"
        write_text(path, csv_text(table))
        paths[name] = path
    return paths
