r"""Rows per parameter that they have to inform.

.. math:: n_{observed} / (4 \, n_{channels} + n_{baseline}),

where a row is the outcome of one geo in one period.

A channel takes about four parameters (carry-over, two of saturation, effect); the baseline one
per geo, trend knot, seasonal term, control and event name.
"""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.spec import Spec
from mediamix.core.types import Every, Finding
from mediamix.data.checking import Check, Evidence, found
from mediamix.data.dataset import Dataset

PER_CHANNEL = 4
FEW = 10.0
VERY_FEW = 3.0
#: Weeks between knots, where the data choose.
USUAL = 26.0


def baseline_terms(dataset: Dataset, spec: Spec) -> int:
    """How many parameters the baseline takes."""
    weeks = dataset.n_periods * dataset.every.days / 7
    between = spec.trend.length if spec.trend.kind == "hsgp" else spec.trend.every
    knots = min(int(weeks // (USUAL if between == "auto" else between)) + 1, dataset.n_periods)
    trend = {"none": 0, "linear": 1}.get(spec.trend.kind, knots)
    weekday = spec.seasonality.weekly == "on" or (
        spec.seasonality.weekly == "auto" and dataset.every is Every.DAY
    )
    events = len({event.name for event in dataset.events})
    season = 2 * spec.seasonality.yearly + 6 * weekday
    return len(dataset.geos) + trend + season + len(dataset.control_names) + events


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning below three rows per parameter, info below ten."""
    dataset = evidence.trained
    if dataset is None:
        return
    rows = int(dataset.observed_gt.sum())
    n_channels, baseline = len(dataset.channels), baseline_terms(dataset, evidence.spec)
    parameters = PER_CHANNEL * n_channels + baseline
    ratio = rows / parameters
    if ratio < FEW:
        yield found(
            "warning" if ratio < VERY_FEW else "info",
            f"{rows:,} rows, {n_channels} channels",
            f"{ratio:.1f} rows per parameter (of {PER_CHANNEL} × {n_channels} channels + {baseline} of the "
            f"baseline); below {FEW:.0f} the priors weigh in, below {VERY_FEW:.0f} they decide",
        )


CHECK = Check(
    name="ratio",
    title="Rows per parameter",
    why="with few rows per parameter the answer is mostly the prior's",
    advice="merge small channels, give more history, or state what experiments found as priors",
    find=find,
)
