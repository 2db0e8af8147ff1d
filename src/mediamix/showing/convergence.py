"""The card of a `Convergence`: the verdict, its numbers, and the scalars that agree least."""

from __future__ import annotations

import math

from mediamix.core.card import Card
from mediamix.measure.convergence import Convergence


def card(found: Convergence) -> Card:
    """Verdict, numbers, findings; a row per scalar, the largest R-hat first."""
    numbers = {
        "R-hat at most": f"{found.rhat_max:.3f}" if math.isfinite(found.rhat_max) else "–",
        "effective draws": f"{found.ess_bulk_min:,.0f} for means at least",
        "divergences": f"{found.divergences:,}",
    }
    lines = [("verdict", found.sentence), *numbers.items()]
    lines += [(f.severity, f"{f.message} → {f.advice}") for f in found.findings]
    worst = sorted(found.table.items(), key=lambda item: -item[1][0])
    return Card(
        title=f"Convergence: {found.verdict}",
        lines=tuple(lines),
        columns=("scalar", "R-hat", "ESS bulk", "ESS tail"),
        rows=tuple((name, f"{r:.3f}", f"{bulk:,.0f}", f"{tail:,.0f}") for name, (r, bulk, tail) in worst),
    )
