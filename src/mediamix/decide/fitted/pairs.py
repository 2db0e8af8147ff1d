"""What pairs of a fit's channels bring at other spends of both: surfaces for the planner.

With h₀ a channel's response without the planned spend (what was spent before still acts), and δ(m) what the
spend times m adds to it, in every period,

    g r_a r_b = g h₀_a h₀_b + g h₀_a δ_b(m_b) + g δ_a(m_a) h₀_b + g δ_a(m_a) δ_b(m_b)

The first is there whatever is planned, the next two are curves of one channel, the last is the pair's
surface. A channel that isn't planned has its response for h₀ and no δ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mediamix.core.errors import SpecError
from mediamix.core.types import Window
from mediamix.decide.problem.pairs import Pair
from mediamix.measure.thinning import thinned
from mediamix.models.base import Fit
from mediamix.models.synergy import unit_response

#: Numbers that responses in memory hold at a time (0.1 GB), and the surfaces of all pairs (0.4 GB).
AT_ONCE, NUMBERS = 1.5e7, 5e7
#: What plans say of such fits.
NOTE = (
    "channels that work together: what pairs bring is counted at the plan's spends of both; half of it is in "
    "each channel's contribution, and all of it in marginal returns"
)


@dataclass(frozen=True, eq=False)
class Paired:
    """What pairs add in a window and by carry-over out of it, on draws of a fit.

    Args:
        rest_d: In the window, whatever is planned.
        along_c: Planned channel → what its spend adds with what others have without being planned.
        multiplier_p: Multiples of the surfaces, fewer than the curves' where many pairs ask for memory.
        surface_p: Pair of planned channels → what both spends add together.
    """

    rest_d: Float[np.ndarray, " draw"]
    along_c: Mapping[int, Float[np.ndarray, "draw point"]]
    multiplier_p: Float[np.ndarray, " multiple"]
    surface_p: Mapping[tuple[int, int], Float[np.ndarray, "draw multiple multiple"]]

    def pairs(
        self, cell_c: Mapping[int, tuple[str, float]], rows: Int[np.ndarray, " row"]
    ) -> tuple[Pair, ...]:
        """The surfaces in money, on a pick of the draws.

        Args:
            cell_c: Planned channel → name of its curve, and spend at a multiple of 1.
            rows: Which draws.
        """
        found = []
        for (a, b), surface in self.surface_p.items():
            (one, spend), (other, spend_other) = cell_c[a], cell_c[b]
            points = self.multiplier_p * spend, self.multiplier_p * spend_other
            found.append(Pair(one, other, *points, surface[rows]))
        return tuple(found)


def paired(
    fit: Fit, multiplier_p: Float[np.ndarray, " point"], window: Window, planned: frozenset[int]
) -> Paired | None:
    """The pairs of a fit when exposure in a window is scaled; None without pairs.

    Args:
        fit: A national fit.
        multiplier_p: Multiples, from 0 on.
        window: What is planned; after it there is no exposure.
        planned: Positions of the channels that are scaled.
    """
    together = fit.together
    if together is None:
        return None
    both = [pair for pair in together.pairs if set(pair) <= planned]
    draws, points = fit.n_draws, len(multiplier_p)
    step = next(s for s in (1, 2, 4, 8) if s == 8 or len(both) * draws * (points / s) ** 2 <= NUMBERS)
    kept_p = multiplier_p[::step]
    rest_d = np.zeros(draws)
    along_c = {c: np.zeros((draws, points)) for pair in together.pairs for c in pair if c in planned}
    surface_p = {pair: np.empty((draws, len(kept_p), len(kept_p))) for pair in both}
    inside = slice(fit.dataset.n_before + window.start, fit.dataset.n_before + window.stop)
    channels = sorted({c for pair in together.pairs for c in pair})
    chunk = max(1, int(AT_ONCE / (len(channels) * points * (inside.stop + 1))))
    for start in range(0, draws, chunk):
        rows = np.arange(start, min(start + chunk, draws))
        few = thinned(fit, rows)
        assert few.together is not None
        made = {
            c: _responses(few, c, multiplier_p if c in planned else multiplier_p[:0], window)
            for c in channels
        }
        for pair, gain_d in zip(together.pairs, few.together.gain_dp.T, strict=True):
            (none_a, more_a), (none_b, more_b) = made[pair[0]], made[pair[1]]
            rest_d[rows] += gain_d * (none_a * none_b)[:, inside].sum(axis=1)
            for c, more_dpt, beside_dt in ((pair[0], more_a, none_b), (pair[1], more_b, none_a)):
                if c in planned:
                    along_c[c][rows] += gain_d[:, None] * (more_dpt @ beside_dt[:, :, None])[:, :, 0]
            if pair in surface_p:
                product = more_a[:, ::step] @ more_b[:, ::step].transpose(0, 2, 1)
                surface_p[pair][rows] = gain_d[:, None, None] * product
    return Paired(rest_d, along_c, kept_p, surface_p)


def _responses(
    fit: Fit, channel: int, multiplier_p: Float[np.ndarray, " point"], window: Window
) -> tuple[Float[np.ndarray, "draw series"], Float[np.ndarray, "draw point series"]]:
    """h₀ and δ of a channel, from the first period with known media until carry-over has ended.

    Without multiples the channel isn't planned: h₀ is its response as it was.
    """
    data, effect = fit.dataset, fit.channels[channel]
    known, tail = data.n_before + window.stop, round(data.every.per_year / 2)
    own = slice(data.n_before + window.start, known)
    series_gt = np.zeros((len(data.geos), known + tail), dtype=data.delivered_gtc.dtype)
    series_gt[:, :known] = data.delivered_gtc[:, :known, channel]
    planned_gt = series_gt[:, own].copy()
    if multiplier_p.size:
        series_gt[:, own] = 0.0
    none_dt = unit_response(effect, series_gt)
    more_dpt = np.zeros((len(none_dt), len(multiplier_p), none_dt.shape[1]))
    for p, multiple in enumerate(multiplier_p):
        if multiple > 0:
            series_gt[:, own] = multiple * planned_gt
            more_dpt[:, p] = unit_response(effect, series_gt) - none_dt
    return none_dt, more_dpt


def refuse_pairs(fit: Fit) -> None:
    """Stop before a flighting that would take what channels bring for a sum.

    Raises:
        SpecError: Channels of the fit work together.
    """
    if fit.together is None:
        return
    raise SpecError(
        "synergy: flighting takes what channels bring for a sum, and these channels work together",
        expected="a fit without 'synergy'",
        got=f"{len(fit.together.pairs):,} pairs",
        next_step="plan totals of channels with `mediamix optimize`, which counts pairs; for spends by "
        "period fit without 'synergy'",
    )
