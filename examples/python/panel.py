"""A panel of geos in Python, on a generated market: takes seconds.

Run it with ``uv run python examples/python/panel.py``; it writes ``panel.html``.
"""

import mediamix as mm
from mediamix.simulate import Scenario, simulate

# Stands for your own tables: the same columns as for a nation, with `geo` and, for the outcome, `population`.
market = Scenario(seed=1, every="week", periods=104, geos=8, channels=4, noise=0.05, geo_spread=0.3)
tables = simulate(market).tables
spec = mm.Spec(geo={})  # this key keeps the geos apart: without it they are summed
data = mm.read(
    media=tables.media, outcome=tables.outcome, controls=tables.controls, events=tables.events, spec=spec
)
fit = mm.fit(data, spec)
print(mm.convergence(fit).sentence)

by_geo = mm.roi(fit, by="geo")
print(by_geo.pivot(index="geo", columns="channel", values="roi_mean").round(2))
print(
    by_geo.loc[by_geo["geo"] == data.geos[0], ["channel", "spend", "roi_mean", "roi_p5", "roi_p95"]].round(2)
)

# How much the geos differ per channel: standard deviation of the effect, as a share of it.
for channel, spread in mm.summarise(fit).geos.spread.items():
    print(f"{channel}: {spread.mean:.2f} ({spread.p5:.2f} to {spread.p95:.2f})")

plan = mm.optimize(fit)  # one budget per channel; its split over the geos stays as it is
print(plan.table()[["channel", "current", "spend", "mroi"]].round(2))
mm.report(fit, plan, "panel.html")
