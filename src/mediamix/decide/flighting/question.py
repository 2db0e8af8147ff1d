"""Flighting: the best spend per channel and period of a future window.

    maximise  Σ_c E[ contribution_c(x_c) ]   over spends x_ct within limits and burst rules

A contribution counts from the window's start until its carry-over has ended, on top of what was
spent before. Effects are additive: weeks differ by what exposure costs, by what is carried into
them, and by the rules, not by the season of the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from mediamix.core.blas import alone
from mediamix.core.errors import BudgetError
from mediamix.core.extras import extras_of
from mediamix.data.dataset import Dataset
from mediamix.decide.answer.plan import Certificate, Uplift
from mediamix.decide.fitted.history import NONE, with_history
from mediamix.decide.fitted.pairs import refuse_pairs
from mediamix.decide.flighting.costs import priced
from mediamix.decide.flighting.patterns import Spends
from mediamix.decide.flighting.plan import Comparison, FlightChannel, FlightPlan
from mediamix.decide.flighting.problem import FlightProblem, resolve
from mediamix.decide.flighting.response import Expected, Outlook, outlook
from mediamix.decide.flighting.rules import Flighting
from mediamix.decide.flighting.search import Found, refine, search
from mediamix.decide.flighting.solve import ascend
from mediamix.decide.flighting.words import binding_of, price_of, warnings_of
from mediamix.decide.problem.origin import FitId, Origin
from mediamix.decide.problem.wording import amount
from mediamix.inference.progress import Progress
from mediamix.measure.forecast import look_ahead
from mediamix.measure.interval import Interval, bands
from mediamix.measure.summary import verdict_of
from mediamix.measure.thinning import thinned
from mediamix.measure.verdict import refuse_failed
from mediamix.models.base import Fit

#: Draws of the search; its answer is polished, bounded and reported on more.
SEARCHED, DRAWS = 100, 500
#: Draws of the quick plan that says what follows the window.
GUESSED = 50


@extras_of("mediamix.flighting")
@alone()
def flighting(
    fit: Fit,
    rules: Flighting | None = None,
    *,
    future: Dataset | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    anyway: bool = False,
) -> FlightPlan:
    """Spread a budget over channels and the periods after a fit's data (`mediamix.flighting`).

    The same fit and rules give the same plan.

    Args:
        fit: A fit.
        rules: Budget, window, limits, burst rules, costs; absent: last year's spend, 13 periods.
        future: Controls and events of the window, from `read_future`; absent: as the year before.
        on_progress: Called while the fit is sampled again, for today's split as evidence.
        anyway: Plan with a fit whose verdict is ``failed``, too; the plan says so.

    Raises:
        BudgetError: The rules contradict each other or the fit; all findings at once.
        DataError: The future doesn't continue the fit's data, or the history is too short to
            repeat the year before.
        VerdictError: The fit's verdict is ``failed``.
    """
    rules = rules or Flighting()
    refuse_failed(verdict_of(fit), "flighting", anyway=anyway)
    stage = priced(fit.dataset, rules.channels)
    refuse_pairs(fit)
    problem = resolve(stage.of(fit), rules, future)
    problem = replace(problem, notes=(*problem.notes, *stage.notes))
    origin = Origin(FitId.of(fit), verdict_of(fit), problem.future.stretch())
    if rules.history:
        pool, rows, evidence = with_history(fit, DRAWS, on_progress=on_progress)
        fit = thinned(pool, rows)
        problem = replace(problem, notes=(str(evidence or NONE), *problem.notes))
    fit = stage.of(fit)
    references = _references(problem)
    problem = _continued(fit, problem)
    quick = Expected.of(_outlook(fit, problem, SEARCHED))
    found = search(problem, quick, list(references.values()))
    if found is None:
        raise BudgetError(
            "no plan keeps all limits and rules together",
            expected="limits per period and channel that leave room for each other and for the bursts",
            next_step="relax the limits per period, or the burst rules",
        )
    ahead = _outlook(fit, problem, DRAWS)
    if ahead.n_draws > quick.outlook.n_draws:
        found = refine(problem, Expected.of(ahead), found)
    return _Report(fit, problem, ahead, found, origin).plan()


def _continued(fit: Fit, problem: FlightProblem) -> FlightProblem:
    """The problem with the spend after the window at the means of a first, quick plan."""
    if not problem.after_c.any():
        return problem
    first = Expected.of(_outlook(fit, problem, GUESSED))
    relaxed = ascend(first.enveloped(problem.limits), problem.limits)
    if relaxed is None:
        return problem
    # The middle: at both ends a plan makes up for what is not yet, or no longer, carried over.
    edge = relaxed.x.shape[1] // 4
    middle = slice(edge, relaxed.x.shape[1] - edge)
    return replace(problem, after_c=(relaxed.x * problem.rate_ct)[:, middle].mean(axis=1))


def _outlook(fit: Fit, problem: FlightProblem, draws: int) -> Outlook:
    return outlook(fit, problem.planned, problem.rate_ct, problem.after_c, draws, problem.future)


def _references(problem: FlightProblem) -> dict[str, Spends]:
    """Other ways to spend the budget: last year's pattern, and the same everywhere."""
    shape = problem.limits.shape
    found = {}
    if problem.last_year_ct is not None and problem.last_year_ct.sum() > 0:
        found["last_year"] = problem.last_year_ct * (problem.limits.total / problem.last_year_ct.sum())
    found["even"] = np.full(shape, problem.limits.total / (shape[0] * shape[1]))
    return found


@dataclass(frozen=True, eq=False)
class _Report:
    """From spends to a plan with intervals and words."""

    fit: Fit
    problem: FlightProblem
    ahead: Outlook
    found: Found
    origin: Origin

    def plan(self) -> FlightPlan:
        """The plan."""
        problem, data, x = self.problem, self.fit.dataset, self.found.x_ct
        periods = problem.limits.shape[1]
        base_dt, unseen = self._base()
        draws_cdt = self.ahead.draws(x)
        total_d = draws_cdt.sum(axis=(0, 2))
        outcome_d = base_dt.sum(axis=1) + total_d
        # The bound is on the same draws: what the baseline adds is the same for every plan.
        base = float(base_dt.sum(axis=1).mean())
        price = price_of(problem, Expected.of(self.ahead), self.found)
        certificate = Certificate(self.found.upper + base, self.found.gap, self.found.status, price)
        comparisons = self._comparisons(outcome_d, base_dt)
        return FlightPlan(
            budget=problem.limits.total,
            dates=problem.future.dates,
            names=problem.names,
            spend_ct=x,
            exposure_ct=x * problem.rate_ct,
            exposures=tuple(data.channels[c].exposure for c in problem.planned),
            contribution_ct=draws_cdt.mean(axis=1)[:, :periods],
            outcome=Interval.of(outcome_d),
            contribution=Interval.of(total_d),
            carry_out=Interval.of(draws_cdt[:, :, periods:].sum(axis=(0, 2))),
            outcome_t=bands(base_dt + draws_cdt[:, :, :periods].sum(axis=0)),
            baseline_t=base_dt.mean(axis=0),
            comparisons=comparisons,
            certificate=certificate,
            rules_cost=self._rules_cost(),
            channels=self._channels(draws_cdt),
            binding=tuple(binding_of(problem, self.found, price, data)),
            warnings=(*warnings_of(problem, self.found, comparisons, data), *unseen),
            notes=(*problem.notes, *self._notes()),
            draws=self.ahead.n_draws,
            currency=data.currency,
            outcome_name=data.outcome_name,
            unit=data.outcome_unit,
            value_per_unit=data.value_per_unit if data.unit == "count" else None,
            origin=self.origin,
        )

    def _base(self) -> tuple[Float[np.ndarray, "draw time"], list[str]]:
        """Expected outcome without the planned spend, and what the future lacks, in words."""
        exposure_gtc = self.problem.future.exposure_gtc.copy()
        exposure_gtc[:, :, list(self.problem.planned)] = 0.0
        future = replace(self.problem.future, exposure_gtc=exposure_gtc)
        forecast = look_ahead(self.fit, future, max_draws=DRAWS)
        total = np.asarray(sum(part.draws_dt for part in forecast.components))
        found = [
            f"{finding.where}: {finding.message}"
            for finding in forecast.findings
            if finding.severity == "warning"
        ]
        return total, found

    def _comparisons(
        self, outcome_d: Float[np.ndarray, " draw"], base_dt: Float[np.ndarray, "draw time"]
    ) -> Mapping[str, Comparison]:
        x, problem = self.found.x_ct, self.problem
        plans = {name: plan * (x.sum() / plan.sum()) for name, plan in _references(problem).items()}
        plans["flat"] = np.repeat(x.mean(axis=1)[:, None], x.shape[1], axis=1)
        meaning = {
            "last_year": "last year's pattern in the same periods, scaled to the plan's spend",
            "even": "the same for all channels and periods",
            "flat": "the plan's channel totals, each spread evenly over time",
        }
        found = {}
        for name, plan in plans.items():
            other_d = base_dt.sum(axis=1) + self.ahead.draws(plan).sum(axis=(0, 2))
            gain = Interval.of(outcome_d - other_d)
            better = float(np.mean(outcome_d > other_d))
            found[name] = Comparison(
                meaning[name],
                dict(zip(problem.names, plan.sum(axis=1).tolist(), strict=True)),
                Interval.of(other_d),
                Uplift(gain.mean, gain.p5, gain.p95, better),
                problem.allows(plan),
            )
        return found

    def _channels(self, draws_cdt: Float[np.ndarray, "channel draw time"]) -> dict[str, FlightChannel]:
        problem, data = self.problem, self.fit.dataset
        value = data.worth
        found = {}
        for c, name in enumerate(problem.names):
            x = self.found.x_ct[c]
            spend, exposure = float(x.sum()), float((x * problem.rate_ct[c]).sum())
            total_d = draws_cdt[c].sum(axis=1)
            bought = data.unit == "count" and spend > 0 and bool((total_d > 0).all())
            on = x > 0
            starts = int((np.diff(np.concatenate([[0], on.astype(int)])) > 0).sum())
            found[name] = FlightChannel(
                spend=spend,
                contribution=Interval.of(total_d),
                roi=Interval.of(total_d * value / spend) if spend > 0 and value else None,
                cost_per_unit=Interval.cost(spend, total_d) if bought else None,
                on=int(on.sum()),
                bursts=starts,
                cost=spend / exposure if exposure > 0 else None,
                total=(float(problem.limits.channel_low_c[c]), float(problem.limits.channel_high_c[c])),
            )
        return found

    def _rules_cost(self) -> float:
        lost = self.found.unruled - self.found.value
        return lost if self.problem.has_bursts and lost > 1e-6 * abs(self.found.value) else 0.0

    def _notes(self) -> list[str]:
        lost, unit = self._rules_cost(), self.fit.dataset.outcome_unit
        if not lost:
            return []
        share = lost / self.found.unruled
        return [
            f"the burst rules cost {amount(lost, unit)}, {share:.2%} of what the best plan found without "
            "them would bring"
        ]
