"""From tables to a report in Python, on a generated market: takes seconds.

Run it with ``uv run python examples/python/quickstart.py``; it writes ``quickstart.html``.
"""

import mediamix as mm
from mediamix.simulate import Scenario, simulate

tables = simulate(Scenario.weekly(seed=1)).tables  # stands for your own files or frames
data = mm.read(media=tables.media, outcome=tables.outcome, controls=tables.controls, events=tables.events)
fit = mm.fit(data)
print(mm.convergence(fit).sentence)
print(mm.roi(fit)[["channel", "spend", "contribution_mean", "roi_mean", "roi_p5", "roi_p95"]].round(2))
plan = mm.optimize(fit, mm.Budget(total=float(data.spend_c.sum())))
print(plan.table()[["channel", "current", "spend", "mroi"]].round(2))
print(plan.uplift)
mm.report(fit, plan, "quickstart.html")
