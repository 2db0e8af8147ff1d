"""Our own planner, on curves that are known or on its own fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import Job, Market, read_market, run
from planned import CHAINS, DRAWS, Asked, Planned, asked_of, timed_twice, write_plan

if TYPE_CHECKING:
    import numpy as np

#: Of the table of known curves, between the bounds.
POINTS = 401


def known_curves(market: Market, asked: Asked, known: dict[str, np.ndarray]) -> Any:
    """A table as somebody would bring it who has curves but no fit of ours."""
    import numpy as np

    import mediamix as mm

    spend, contribution = {}, {}
    for c, name in enumerate(market.channels):
        spend_t = market.spend_gtc[0, :, c]
        weight_l = known["retention"][c] ** np.arange(market.max_lag)
        level_t = np.convolve(spend_t, weight_l / weight_l.sum())[: len(spend_t)]
        multiple = np.linspace(asked.lower_c[c], asked.upper_c[c], POINTS)
        odds = (multiple[:, None] * level_t / known["half_effect"][c]) ** known["slope"][c]
        curve = known["height"][c] * (odds / (1 + odds)).sum(axis=1)
        spend[name] = multiple * spend_t.sum()
        contribution[name] = np.tile(curve, (CHAINS * DRAWS, 1))
    today = dict(zip(market.channels, market.spend_gtc[0].sum(axis=0), strict=True))
    return mm.Curves(spend, contribution, current=today)


def plan(job: Job) -> None:
    """Read, fit unless the curves are known, plan twice, leave the plan."""
    with job.stage("import_s"):
        import numpy as np
        import scipy.optimize  # noqa: F401 - ours imports where it is used; the peers have all of it by now

        import mediamix as mm
        from mediamix.decide.fitted import curves  # noqa: F401
        from mediamix.decide.problem import recommend  # noqa: F401
        from mediamix.decide.questions import maximise, target  # noqa: F401

    market, asked = read_market(job.case), asked_of(job)
    today_c = market.spend_gtc[0].sum(axis=0)
    limits = zip(asked.lower_c * today_c, asked.upper_c * today_c, strict=True)
    budget = mm.Budget(
        float(today_c.sum()),
        {name: (float(low), float(high)) for name, (low, high) in zip(market.channels, limits, strict=True)},
    )
    with job.stage("model_s"):
        if asked.known is None:
            tables = {name: job.case / f"{name}.csv" for name in ("media", "outcome", "controls", "events")}
            dataset = mm.read(**tables, spec=mm.Spec())
            given: Any = mm.fit(dataset, mm.Spec())
        else:
            given = known_curves(market, asked, asked.known)

    def solve() -> Planned:
        # What everybody asks of known curves is the expected outcome; of its own fit each one's default.
        found = mm.optimize(given, budget, **({} if asked.known is None else {"objective": "mean"}))
        spend_c = np.array([found.allocation[name] for name in market.channels])
        return Planned(spend_c, found.outcome.mean)

    write_plan(job, timed_twice(solve))


if __name__ == "__main__":
    run(plan)
