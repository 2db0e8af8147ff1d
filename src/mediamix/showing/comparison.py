"""The card of a `Comparison`: how far off each model's forecasts were, beside naive ones."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.core.numbers import percent, quantity
from mediamix.measure.choosing.comparison import Comparison, Row
from mediamix.showing.pictures import intervals

UNKNOWN = "–"


def card(found: Comparison) -> Card:
    """A row a model, the best first."""
    over = f"{found.horizon} {found.every.label(found.horizon)}"
    return Card(
        title=f"Comparison of {len(found.models)} models by their forecasts over {over}",
        lines=(
            ("answer", found.sentence),
            ("origins", ", ".join(found.origins)),
            *((finding.where, finding.message) for finding in found.findings),
        ),
        columns=("model", f"CRPS, {found.unit}", "MAPE", "inside 90 %", "weight", "LOO behind the best"),
        rows=tuple(cells(row, found) for row in found.ranked),
        picture=intervals(
            [(r.name, *_ends(r), quantity(r.crps)) for r in found.ranked],
            "error of the forecasts (CRPS): mean, and the range of the origins",
        ),
        next_step="mm.stack(fits, comparison.weights)",
    )


def cells(row: Row, found: Comparison) -> tuple[str, ...]:
    """A row in words; `found` says what it is behind."""
    means, behind = row.score.means(), UNKNOWN
    if row.loo is not None:
        more, error = found.behind(row)
        behind = f"{more:.1f} ± {error:.1f}" if more else "0"
    return (
        row.name,
        quantity(row.crps),
        percent(means["mape"]),
        percent(means["coverage90"]),
        UNKNOWN if row.weight is None else percent(row.weight),
        behind,
    )


def _ends(row: Row) -> tuple[float, float, float]:
    origins = [value for value in row.score.crps_o if value is not None]
    return min(origins), row.crps, max(origins)
