"""What a run says, read or measured of a loaded fit: tables as rows, its report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from mediamix.api.answering.loaded import Loaded
from mediamix.decide.questions.beside import rows_of
from mediamix.project.folder import PLAN

Asked = Mapping[str, Any]


def contributions(of: Loaded, asked: Asked) -> Any:
    """`mm.contributions`: a row per period and component."""
    from mediamix.measure.contribution import contributions as measured

    return _told(of, measured(of.fit, by=asked.get("by")))


def roi(of: Loaded, asked: Asked) -> Any:
    """`mm.roi`: a row per channel."""
    from mediamix.measure.contribution import roi as measured

    return _told(of, measured(of.fit, by=asked.get("by")))


def response_curves(of: Loaded, asked: Asked) -> Any:
    """`mm.response_curves`: a row per channel and multiple of its spend."""
    from mediamix.measure.response import response_curves as measured

    return _told(of, measured(of.fit, by=asked.get("by")))


def pdf(of: Loaded, asked: Asked) -> bytes:
    """The report as a PDF."""
    from mediamix.core.extras import extras_of
    from mediamix.decide.answer.plan import Plan

    with extras_of("the report"):
        from mediamix.reporting.drawing import Pen
        from mediamix.reporting.files import FORMS
        from mediamix.reporting.material import gather
        from mediamix.reporting.section import build_sections

        path = of.folder.parent / PLAN
        plan = Plan.from_dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
        with Pen() as pen:
            material = gather(of.fit, plan, None)
            return FORMS[".pdf"].make(material, list(build_sections(material)), pen)


def _told(of: Loaded, table: pd.DataFrame) -> Any:
    data = of.fit.dataset
    dates = [name for name in table.columns if pd.api.types.is_datetime64_any_dtype(table[name])]
    plain = table.assign(**{name: table[name].dt.strftime("%Y-%m-%d") for name in dates})
    outcome = {"name": data.outcome_name, "unit": data.outcome_unit}
    return {"outcome": outcome, "currency": data.currency, "rows": rows_of(plain.reset_index(drop=True))}


MEASURES: Mapping[str, Callable[[Loaded, Asked], Any]] = {
    "contributions": contributions,
    "roi": roi,
    "response-curves": response_curves,
    "report.pdf": pdf,
}
