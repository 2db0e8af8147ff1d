"""A project's data as they were read, with every finding: prepared for the page Data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from mediamix.core.numbers import amount, money, percent
from mediamix.data.dataset import Dataset

#: Periods of the preview.
SHOWN = 26


@dataclass(frozen=True)
class Seen:
    """What the page shows.

    Args:
        findings: Rows of `Finding.to_dict`.
        about: Label → value.
        channels: A row per channel; None where the data can't be read.
        preview: The last periods.
    """

    findings: list[dict[str, str]]
    about: dict[str, str]
    channels: pd.DataFrame | None
    preview: pd.DataFrame | None


@st.cache_data(max_entries=20, show_spinner="Reading and checking the data …")
def examined(root: str, spec_text: str) -> Seen:
    """Read and check the data of a project; `spec_text` only tells one state of the spec from the next.

    Raises:
        UserError: The spec can't be read.
    """
    from mediamix.core.spec import load_spec
    from mediamix.data.read import inspect
    from mediamix.pipeline import examine

    del spec_text
    folder = Path(root)
    spec = load_spec(folder / "mediamix.yml")
    findings = [finding.to_dict() for finding in examine(spec, folder)]
    dataset = inspect(spec, folder)[1]
    if dataset is None:
        return Seen(findings, {}, None, None)
    return Seen(findings, _about(dataset), _channels(dataset), _preview(dataset))


def _about(data: Dataset) -> dict[str, str]:
    stretch = data.stretch()
    return {
        "Window": stretch.length,
        "From": str(stretch.start),
        "To": str(stretch.end),
        "Geos": f"{len(data.geos):,}",
        data.outcome_name: amount(
            float(pd.Series(data.outcome_gt.ravel()).sum()), data.outcome_unit, data.currency
        ),
        "Spend": money(float(data.spend_c.sum()), data.currency),
    }


def _channels(data: Dataset) -> pd.DataFrame:
    rows = []
    for c, channel in enumerate(data.channels):
        spend_t, exposure_t = data.spend_gtc[:, :, c].sum(axis=0), data.exposure_gtc[:, :, c].sum(axis=0)
        rows.append(
            {
                "Channel": channel.name,
                "Kind": str(channel.kind),
                "Spend": money(float(spend_t.sum()), data.currency),
                "Exposure": f"{exposure_t.sum():,.0f} {channel.exposure}",
                "Periods on": percent(float((exposure_t > 0).mean())),
                "Over time": spend_t.tolist() if spend_t.any() else exposure_t.tolist(),
            }
        )
    return pd.DataFrame(rows)


def _preview(data: Dataset) -> pd.DataFrame:
    table = {"Date": data.dates.astype(str), data.outcome_name: data.outcome_gt.sum(axis=0)}
    for c, channel in enumerate(data.channels):
        table[channel.name] = data.spend_gtc[:, :, c].sum(axis=0)
    return pd.DataFrame(table).tail(SHOWN)
