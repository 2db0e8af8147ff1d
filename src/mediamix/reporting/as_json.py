"""The report as JSON: every number under the data's own names, and every block as the reader sees it.

The keys are described in ``docs/reference/report-json.md``; `SCHEMA` changes when one of them does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from mediamix.core.files import json_text
from mediamix.reporting.blocks import Block, Fold, Panels
from mediamix.reporting.masthead import subtitle_of, title_of
from mediamix.reporting.material import Material
from mediamix.reporting.naming import labels_of
from mediamix.reporting.section import Built

SCHEMA = "mediamix report/1"


def json_of(material: Material, sections: Sequence[Built]) -> str:
    """The whole report."""
    about, run = material.about, material.fit.run
    labels = labels_of(material.fit.dataset.channel_names, about.names)
    own = {label: name for name, label in labels.items()}
    insights = [one.to_dict() for one in material.shown.insights]
    found = {
        "schema": SCHEMA,
        "title": title_of(material),
        "subtitle": subtitle_of(material),
        "client": about.client,
        "author": about.author,
        "date": None if about.date is None else about.date.isoformat(),
        "provenance": {"data": run.data_hash, "spec": run.spec_hash, "seed": run.seed},
        "channels": {
            name: {"name": label, "colour": material.colours[name]} for name, label in labels.items()
        },
        "summary": material.summary.to_dict(),
        "plan": None if material.plan is None else material.plan.to_dict(),
        "insights": [one | {"channel": own.get(one["channel"], one["channel"])} for one in insights],
        "changes": None if material.changes is None else material.changes.to_dict(),
        "sections": [
            {
                "name": built.section.name,
                "title": built.section.title,
                "part": built.section.part,
                "blocks": [as_dict(block) for block in built.blocks],
            }
            for built in sections
        ],
    }
    return json_text(found)


def as_dict(block: Block) -> dict[str, Any]:
    """A block with its kind; figures are Vega-Lite specs."""
    found: dict[str, Any] = {"kind": block.kind}
    for field in fields(block):
        found[field.name] = _plain(getattr(block, field.name))
    if isinstance(block, Fold):
        found["blocks"] = [as_dict(inner) for inner in block.blocks]
    if isinstance(block, Panels):
        found["figures"] = [as_dict(figure) for figure in block.figures]
    return found


def _plain(value: Any) -> Any:
    """Records as mappings, tuples as lists; a cell of plain text as one without colour."""
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
