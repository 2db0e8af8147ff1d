"""One row of features for the simplest clients: a date and what is spent that day → the outcome's value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from mediamix.api.answering.loaded import Loaded
from mediamix.core.errors import DataError, shown
from mediamix.core.registry import suggestion
from mediamix.core.types import Kind
from mediamix.data.continuation import following
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.data.periods import DAY, TimeAxis
from mediamix.decide.flighting.costs import rates_of
from mediamix.decide.flighting.rules import ChannelRules
from mediamix.measure.forecast import look_ahead
from mediamix.measure.summary import verdict_of
from mediamix.measure.verdict import refuse_failed

#: What the name of a channel may be followed by.
SPEND = "_spend"
#: Years that a row may lie after the data, and the most money.
AHEAD, MOST = 1, 1e15


def row(of: Loaded, given: Mapping[str, Any]) -> dict[str, Any]:
    """The expected revenue of one period after the data, given what is spent in it.

    Periods before it, and what the row doesn't name, are as the year before.

    Args:
        of: The promoted fit.
        given: ``date``, and channels by name (``tv`` or ``tv_spend``).

    Raises:
        DataError: The row can't be predicted; all findings at once.
        VerdictError: The fit's verdict is failed.
    """
    fit = of.fit
    refuse_failed(verdict_of(fit), "forecast", anyway=False)
    data = fit.dataset
    if data.worth is None:
        raise DataError(
            f"the promoted run explains {data.outcome_name}, whose value in money isn't known",
            expected="an outcome in money, or outcome.value_per_unit in the spec",
            next_step="ask /api/v1/runs/current/predict, which answers in units",
        )
    periods, spend = _read(data, given)
    future = of.future(periods, lambda: read_future(data, periods=periods, spec=fit.spec))
    made = look_ahead(fit, _spent(data, future, spend))
    last = made.table().iloc[-1]
    value = float(data.worth)
    return {
        "predicted_revenue": float(last["mean"]) * value,
        "p5": float(last["p5"]) * value,
        "p95": float(last["p95"]) * value,
        "date": f"{last['date']:%Y-%m-%d}",
        "currency": data.currency,
        "verdict": verdict_of(fit).level,
    }


def _read(data: Dataset, given: Mapping[str, Any]) -> tuple[int, dict[str, float]]:
    """Periods until the row's, and spend by channel."""
    findings: list[str] = []
    spend: dict[str, float] = {}
    paid = [
        one.name
        for one in data.channels
        if one.kind is Kind.PAID and data.spend_c[data.channels.index(one)] > 0
    ]
    for name, value in given.items():
        if name == "date":
            continue
        channel = name if name in data.channel_names else name.removesuffix(SPEND)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if channel not in paid:
            known = ("date", *paid)
            findings.append(f"{name}: {suggestion(name, known) or 'known are ' + ', '.join(known)}")
        elif channel in spend:
            findings.append(f"{name}: {channel} is given twice")
        elif not number or not math.isfinite(value) or not 0 <= value <= MOST:
            findings.append(f"{name} must be money of 0 or more, got {shown(value)}")
        else:
            spend[channel] = float(value)
    axis = TimeAxis(following(data, AHEAD * round(data.every.per_year)), data.every)
    place = -1
    try:
        day = np.datetime64(date.fromisoformat(str(given.get("date", ""))))
        place = int(axis.place(np.array([day], dtype="datetime64[D]"))[0])
    except ValueError:
        findings.append(f"date must be a day like {axis.starts[0]}, got {shown(given.get('date'))}")
    else:
        if place < 0:
            ends = axis.ends[-1] - DAY
            findings.append(f"date must be from {axis.starts[0]} to {ends}, got {shown(given['date'])}")
    if findings:
        raise DataError(
            findings[0] if len(findings) == 1 else "that row can't be predicted",
            details=findings if len(findings) > 1 else (),
            expected="date, and spend by channel",
            next_step="name the channels as the run does",
        )
    return place + 1, spend


def _spent(data: Dataset, future: Dataset, spend: Mapping[str, float]) -> Dataset:
    """The future with the row's spend in its last period, and what that buys at last year's mean cost."""
    spend_gtc, exposure_gtc = future.spend_gtc.copy(), future.exposure_gtc.copy()
    planned = [data.channel_names.index(name) for name in spend]
    axis = TimeAxis(future.dates[-1:], data.every)
    rates = rates_of(data, axis, planned, [ChannelRules()] * len(planned), False, [])
    year = slice(-min(round(data.every.per_year), data.n_periods), None)
    for k, c in enumerate(planned):
        money = spend[data.channel_names[c]]
        # Over geos as last year's.
        part_g = data.spend_gtc[:, year, c].sum(axis=1)
        part_g = part_g / part_g.sum() if part_g.sum() > 0 else np.full(len(part_g), 1.0 / len(part_g))
        spend_gtc[:, -1, c] = money * part_g
        exposure_gtc[:, -1, c] = money * rates[k, 0] * part_g
    return replace(future, spend_gtc=spend_gtc, exposure_gtc=exposure_gtc)
