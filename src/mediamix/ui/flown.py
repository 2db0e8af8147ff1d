"""A plan spread over time: its picture, its table, and what its timing is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediamix.core.numbers import percent
from mediamix.decide.flighting.plan import FlightPlan
from mediamix.reporting.bins import bins
from mediamix.reporting.blocks import Figure, Legend
from mediamix.reporting.figures import Part, stack
from mediamix.reporting.material import Material


def calendar_figure(of: Material, flight: FlightPlan) -> Figure:
    """Spend per channel over the weeks that are planned."""
    every = of.fit.dataset.every
    axis = bins(flight.dates, every)
    parts = [
        Part(name, of.colours[name], axis.mean(row))
        for name, row in zip(flight.names, flight.spend_ct, strict=True)
    ]
    said = [
        f"{day}: " + ", ".join(f"{part.name} {of.spend(float(part.values[i]))}" for part in parts)
        for i, day in enumerate(axis.names)
    ]
    return Figure(
        spec=stack(axis, parts, said=said, unit=f"{of.currency} {axis.per}"),
        alt="Spend per channel over the planned periods; the table below holds the numbers.",
        title=f"Spend per channel, {axis.per}",
        legend=tuple(Legend(part.name, part.colour) for part in parts),
    )


def calendar_table(of: Material, flight: FlightPlan) -> pd.DataFrame:
    """The same as numbers, with the outcome that is expected."""
    periods = flight.periods()
    shown = {"From": [str(day) for day in np.asarray(flight.dates).astype("datetime64[D]")]}
    for name in flight.names:
        shown[name] = [of.spend(float(x)) for x in periods[name]]
    shown["Spend"] = [of.spend(float(x)) for x in periods["spend"]]
    shown[f"Expected {of.summary.outcome_name}"] = [of.amount(float(x)) for x in periods["mean"]]
    return pd.DataFrame(shown)


def calendar_words(of: Material, flight: FlightPlan) -> str:
    """What its timing is worth, and what is proved."""
    gain = flight.comparisons["flat"].uplift
    proof = flight.certificate
    timing = (
        f"Against the same money spread evenly, this timing is expected to bring {of.more(gain.mean)} "
        f"({of.amounts(gain.p5, gain.p95)} with 90 % probability)."
    )
    proved = "No other timing brings more: that is proved."
    if proof.status != "optimal":
        proved = f"A better timing may exist, by at most {percent(proof.gap)} of what the media bring."
    return f"{timing} {proved}"
