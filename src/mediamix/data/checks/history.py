"""Too little history: how many periods, and how many years, the outcome covers."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, is_panel

MIN_PERIODS = 20
MIN_PANEL_PERIODS = 3  # with fewer no carry-over can be seen, however many geos there are
MIN_YEARS = 1.0
WANTED_YEARS = 2.0
ADVISED_YEARS = 3.0
SLACK = 0.02  # of a year: 104 weeks are two years


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error below 20 periods (panel: 20 rows or 3 periods), warning below two years, info below three."""
    dataset = evidence.trained
    if dataset is None:
        return
    n, every = dataset.n_periods, dataset.every
    years = n / every.per_year
    seen = f"{n} {every.label(n)} from {dataset.dates[0]} to {dataset.dates[-1]}"
    if held := evidence.spec.holdout.last:
        seen += f" are trained on (holdout.last: {held})"
    rows = int(dataset.observed_gt.sum())
    if is_panel(dataset, evidence.spec) and n < MIN_PERIODS:
        yield from _short_panel(n, rows, seen)
    elif n < MIN_PERIODS:
        yield found("error", "dates", f"{seen}: fewer than {MIN_PERIODS}")
    elif years < MIN_YEARS - SLACK:
        yield found("warning", "dates", f"{seen}: less than a year, season and media can't be told apart")
    elif years < WANTED_YEARS - SLACK:
        yield found("warning", "dates", f"{seen}: less than 24 months, the season was seen once only")
    elif years < ADVISED_YEARS - SLACK:
        yield found("info", "dates", f"{seen}: 24 months are enough to start, 36 are advised")


def _short_panel(n: int, rows: int, seen: str) -> Iterator[Finding]:
    """Geos side by side make up for periods, but for the calendar's."""
    if n < MIN_PANEL_PERIODS:
        yield found("error", "dates", f"{seen}: fewer than {MIN_PANEL_PERIODS} show no carry-over")
    elif rows < MIN_PERIODS:
        yield found("error", "dates", f"{seen}: {rows} outcomes of all geos, fewer than {MIN_PERIODS}")
    else:
        yield found(
            "warning",
            "dates",
            f"{seen}: what media do is learned from differences between geos alone; season, trend and "
            "carry-over are what their priors say",
        )


CHECK = Check(
    name="history",
    title="Too little history",
    why="a season is known when it was seen twice; with less, media take the credit of the calendar",
    advice="give at least 24 months, better 36; shorter periods don't replace years",
    find=find,
)
