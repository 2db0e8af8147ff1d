"""A project's data as they were read, with every finding: prepared for the pages Data and Fit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from mediamix.core.numbers import amount, money, percent
from mediamix.core.spec import load_spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.verdict import sentence
from mediamix.project.folder import Project
from mediamix.reporting.bins import Bins, bins
from mediamix.reporting.blocks import Block, Callout, Column, Figure, Fold, Panels, Table
from mediamix.reporting.figures import Part, stack
from mediamix.reporting.palette import INK, channel_colours
from mediamix.reporting.sections.findings import as_table

#: Periods of the preview.
SHOWN = 26
#: Channels that get a figure of their own; the table has all.
DRAWN = 24
_GRAVE: dict[str, Literal["warning", "error"]] = {"warning": "warning", "error": "error"}


@dataclass(frozen=True)
class Seen:
    """What the page shows.

    Args:
        findings: What the checks say, and what to do.
        stops: Whether one of them stops a fit.
        names: Of the channels, in the data's order.
        about: Label → value.
        channels: What each channel looks like; nothing where the data can't be read.
        preview: The last periods.
    """

    findings: list[Block]
    stops: bool
    names: tuple[str, ...]
    about: dict[str, str]
    channels: list[Block]
    preview: pd.DataFrame | None


def seen_of(project: Project, variant: str | None = None) -> Seen:
    """Read and check the data of a project; again only where a file has changed.

    Raises:
        UserError: The spec can't be read.
    """
    path = project.spec(variant)
    spec = load_spec(path)
    stamps = tuple(_stamp(one) for one in (path, *spec.files(project.root)))
    return _examined(str(project.root), variant, stamps)


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        about = os.stat(path)
    except OSError:
        return str(path), 0, -1
    return str(path), about.st_mtime_ns, about.st_size


@st.cache_data(max_entries=20, show_spinner="Reading and checking the data …")
def _examined(root: str, variant: str | None, stamps: tuple[tuple[str, int, int], ...]) -> Seen:
    from mediamix.data.read import inspect
    from mediamix.pipeline import examine

    del stamps
    project = Project(Path(root))
    spec = load_spec(project.spec(variant))
    found = examine(spec, project.root)
    stops = any(finding.severity == "error" for finding in found)
    dataset = inspect(spec, project.root)[1]
    if dataset is None:
        return Seen(told(found), stops, (), {}, [], None)
    return Seen(
        told(found), stops, dataset.channel_names, _about(dataset), _channels(dataset), _preview(dataset)
    )


def told(findings: Sequence[Finding]) -> list[Block]:
    """Whether the data can be fitted, what must or should be mended, and remarks behind a fold."""
    errors = [finding for finding in findings if finding.severity == "error"]
    warnings = [finding for finding in findings if finding.severity == "warning"]
    remarks = [finding for finding in findings if finding.severity == "info"]
    first = Callout("ok", "The data can be fitted", "" if findings else "The checks noticed nothing.")
    if errors:
        noun = "finding stops" if len(errors) == 1 else "findings stop"
        first = Callout("error", f"{len(errors)} {noun} a fit", "Mend these first, then come back.")
    blocks: list[Block] = [first]
    blocks += [
        Callout(
            _GRAVE[one.severity],
            f"{one.where}: {one.message}",
            sentence(one.why),
            (f"What to do: {one.advice}",) if one.advice else (),
        )
        for one in (*errors, *warnings)
    ]
    if remarks:
        noun = "remark" if len(remarks) == 1 else "remarks"
        blocks.append(Fold(f"{len(remarks)} {noun}", (as_table(remarks),)))
    return blocks


def _about(data: Dataset) -> dict[str, str]:
    stretch = data.stretch()
    total = float(np.nansum(data.outcome_gt))
    about = {
        "Window": stretch.length,
        "From": str(stretch.start),
        "To": str(stretch.end),
        data.outcome_name: amount(total, data.outcome_unit, data.currency),
        "Spend": money(float(data.spend_c.sum()), data.currency),
    }
    return {**about, "Geos": f"{len(data.geos):,}"} if len(data.geos) > 1 else about


def _channels(data: Dataset) -> list[Block]:
    labels = ("Channel", "Kind", "Spend", "Exposure", "Periods on")
    rows = []
    for c, channel in enumerate(data.channels):
        exposure_t = data.exposure_gtc[:, :, c].sum(axis=0)
        spend = float(data.spend_gtc[:, :, c].sum())
        rows.append(
            (
                channel.name,
                str(channel.kind),
                money(spend, data.currency) if spend else "–",
                "its spend" if channel.exposure == "spend" else f"{exposure_t.sum():,.0f} {channel.exposure}",
                percent(float((exposure_t > 0).mean())),
            )
        )
    columns = tuple(Column(label, label in labels[2:]) for label in labels)
    axis = bins(data.dates, data.every)
    outcome = _figure(data, axis, data.outcome_name, INK, data.outcome_gt.sum(axis=0), "")
    drawn = []
    colours = channel_colours(data.channel_names)
    for c, channel in enumerate(data.channels[:DRAWN]):
        spend_t = data.spend_gtc[:, :, c].sum(axis=0)
        own_t, unit = (
            (spend_t, data.currency)
            if spend_t.any()
            else (data.exposure_gtc[:, :, c].sum(axis=0), channel.exposure)
        )
        drawn.append(_figure(data, axis, channel.name, colours[channel.name], own_t, unit))
    more = len(data.channels) - len(drawn)
    caption = f"Spend over time, or delivery where a channel has no spend. {axis.remark}".rstrip()
    if more > 0:
        caption += f" {more} more channels are in the table only."
    return [Table(columns, tuple(rows), "Channels"), outcome, Panels(tuple(drawn), caption)]


def _figure(data: Dataset, axis: Bins, name: str, colour: str, values_t: np.ndarray, unit: str) -> Figure:
    shown = unit or data.outcome_unit
    means = axis.mean(values_t.astype(float))
    said = [f"{when}: {value:,.4g} {shown}" for when, value in zip(axis.names, means, strict=True)]
    spec = stack(axis, [Part(name, colour, means)], said=said, unit=f"{shown} {axis.per}".strip(), height=120)
    return Figure(spec, f"{name} over time, {axis.per}: from {said[0]} to {said[-1]}.", title=name)


def _preview(data: Dataset) -> pd.DataFrame:
    table = {"Date": data.dates.astype(str), f"{data.outcome_name} (outcome)": data.outcome_gt.sum(axis=0)}
    for c, channel in enumerate(data.channels):
        table[channel.name] = data.spend_gtc[:, :, c].sum(axis=0)
    return pd.DataFrame(table).tail(SHOWN)
