"""The structure of a model as a form, and what it changes in the spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st
from pydantic import BaseModel

from mediamix.core.spec import ChannelSpec, Holdout, Holidays, Sampler, Seasonality, Spec, Trend
from mediamix.transforms.base import adstocks, saturations

CHANNEL, CARRY, BEND = "Channel", "Carry-over", "Saturation"
_TRENDS = {
    "knots": "a level that moves slowly",
    "hsgp": "a smooth curve",
    "linear": "one straight line",
    "none": "none",
}
_WEEKLY = {"auto": "for daily data", "on": "yes", "off": "no"}


@dataclass(frozen=True)
class Structure:
    """What the form holds.

    Args:
        trend: The slow movement of the baseline.
        seasonality: What repeats.
        holidays: Country of public holidays; empty: none.
        holdout: Last periods that judge the forecast.
        sampler: Length and seed.
        channels: Channel → (carry-over, saturation), by name.
    """

    trend: Trend
    seasonality: Seasonality
    holidays: str
    holdout: Holdout
    sampler: Sampler
    channels: Mapping[str, tuple[str, str]]


def form(spec: Spec, channels: tuple[str, ...], key: str) -> Structure | None:
    """The form, filled as the spec says; what it holds when it was sent, else None.

    Args:
        spec: As it is.
        channels: That the data hold.
        key: A new one fills it anew.

    Raises:
        SpecError: What was filled in is no spec.
    """
    with st.form(f"structure_{key}", border=True):
        trend = _trend(spec, key)
        seasonality = _seasonality(spec, key)
        holidays = st.text_input(
            "Public holidays of (country code)",
            spec.holidays.country if spec.holidays else "",
            max_chars=2,
            placeholder="DE, US, … or nothing",
            key=f"holidays_{key}",
        )
        last = st.number_input(
            "Last periods that judge the forecast",
            min_value=0,
            value=spec.holdout.last,
            key=f"holdout_{key}",
            help="They are kept out of the fit, and what it forecasts for them is compared.",
        )
        kinds = _channels(spec, channels, key)
        sampler = _sampler(spec, key)
        if not st.form_submit_button(
            "Apply", icon=":material/check:", help="Writes it into the spec beside it."
        ):
            return None
    holdout = Holdout.model_validate({"last": last})
    return Structure(trend(), seasonality(), holidays.strip().upper(), holdout, sampler(), kinds)


def sections(spec: Spec, wanted: Structure) -> dict[str, object]:
    """Sections of the spec that the form changes; a section that is its default is None.

    Raises:
        SpecError: The country is no code.
    """
    changed: dict[str, object] = {}
    for name in ("trend", "seasonality", "holdout", "sampler"):
        new: BaseModel = getattr(wanted, name)
        if new != getattr(spec, name):
            changed[name] = new.model_dump(mode="json", exclude_defaults=True) or None
    if wanted.holidays != (spec.holidays.country.upper() if spec.holidays else ""):
        changed["holidays"] = _holidays(spec, wanted.holidays)
    channels = {name: _said(spec, one) for name, one in spec.channels.items()}
    for name, (carry, bend) in wanted.channels.items():
        old = spec.channel(name)
        if (carry, bend) != (old.adstock.kind, old.saturation.kind):
            adstock = old.adstock.model_copy(update={"kind": carry})
            saturation = old.saturation.model_copy(update={"kind": bend})
            new_channel = old.model_copy(update={"adstock": adstock, "saturation": saturation})
            channels[name] = _said(spec, new_channel)
            changed["channels"] = {one: said for one, said in channels.items() if said} or None
    if "channels" in changed:
        changed["channels"] = {one: said for one, said in channels.items() if said} or None
    return changed


def _holidays(spec: Spec, country: str) -> dict[str, object] | None:
    """Those of another country; the days around them stay as they are, its regions don't."""
    if not country:
        return None
    kept = {} if spec.holidays is None else spec.holidays.model_dump(include={"before", "after"})
    return Holidays(country=country, **kept).model_dump(mode="json", exclude_defaults=True)


def _said(spec: Spec, channel: ChannelSpec) -> dict[str, Any]:
    """A channel's keys that aren't defaults; all of its kinds, where other ones hold for each channel."""
    told: dict[str, Any] = channel.model_dump(mode="json", exclude_defaults=True)
    if spec.each_channel is not None:
        for part, kind in (("adstock", channel.adstock.kind), ("saturation", channel.saturation.kind)):
            told[part] = {**told.get(part, {}), "kind": kind}
    return told


def _trend(spec: Spec, key: str) -> Any:
    kind = st.selectbox(
        "Trend of the baseline",
        list(_TRENDS),
        index=list(_TRENDS).index(spec.trend.kind),
        format_func=_TRENDS.__getitem__,
        key=f"trend_{key}",
    )
    every = st.number_input(
        "Weeks between two levels of the trend",
        min_value=1.0,
        value=None if spec.trend.every == "auto" else float(spec.trend.every),
        placeholder="auto",
        format="%g",
        key=f"every_{key}",
        help="Fewer weeks let the baseline follow more; too few take what media caused. Empty: what "
        "predicts the data best.",
    )
    return lambda: spec.trend.model_copy(update={"kind": kind, "every": "auto" if every is None else every})


def _seasonality(spec: Spec, key: str) -> Any:
    yearly = st.number_input(
        "Detail of the yearly season (pairs of waves)",
        min_value=0,
        max_value=20,
        value=spec.seasonality.yearly,
        key=f"yearly_{key}",
    )
    weekly = st.selectbox(
        "Weekdays differ",
        list(_WEEKLY),
        index=list(_WEEKLY).index(spec.seasonality.weekly),
        format_func=_WEEKLY.__getitem__,
        key=f"weekly_{key}",
    )
    return lambda: Seasonality.model_validate({"yearly": yearly, "weekly": weekly})


def _sampler(spec: Spec, key: str) -> Any:
    with st.expander("How long it samples"):
        values = {
            name: st.number_input(
                label, min_value=least, value=getattr(spec.sampler, name), step=1, key=f"{name}_{key}"
            )
            for name, label, least in (
                ("chains", "Chains", 1),
                ("draws", "Draws per chain", 50),
                ("tune", "Draws that adapt the sampler", 50),
                ("seed", "Seed", 0),
            )
        }
    return lambda: Sampler.model_validate({**values, "heal": spec.sampler.heal})


def _channels(spec: Spec, channels: tuple[str, ...], key: str) -> dict[str, tuple[str, str]]:
    if not channels:
        return {}
    kinds = {name: (spec.channel(name).adstock.kind, spec.channel(name).saturation.kind) for name in channels}
    rows = [{CHANNEL: name, CARRY: carry, BEND: bend} for name, (carry, bend) in kinds.items()]
    with st.expander(f"Carry-over and saturation of {len(channels)} channels"):
        table = st.data_editor(
            pd.DataFrame(rows),
            hide_index=True,
            disabled=[CHANNEL],
            num_rows="fixed",
            key=f"kinds_{key}",
            column_config={
                CARRY: st.column_config.SelectboxColumn(CARRY, options=sorted(adstocks()), required=True),
                BEND: st.column_config.SelectboxColumn(BEND, options=sorted(saturations()), required=True),
            },
            alt="Carry-over and saturation of each channel",
        )
    return {
        name: (str(carry), str(bend))
        for name, carry, bend in zip(channels, table[CARRY], table[BEND], strict=True)
    }
