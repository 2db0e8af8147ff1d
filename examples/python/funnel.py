"""Media that work through awareness, on a generated market: takes seconds.

Run it with ``uv run python examples/python/funnel.py``; it writes ``funnel.html``.
"""

import numpy as np

import mediamix as mm
from mediamix.simulate import Scenario, simulate

# Stands for your own tables: awareness is a column of the controls, a number for every week.
tables = simulate(Scenario(seed=3, every="week", periods=156, channels=4, noise=0.03)).tables
rng, controls, outcome = np.random.default_rng(3), tables.controls.copy(), tables.outcome.copy()
spend = tables.media[tables.media["channel"] == "tv"].set_index("date")["spend"]
lift = np.sqrt(spend.reindex(controls["date"]).fillna(0.0) / spend.mean()).ewm(halflife=3).mean().to_numpy()
controls["awareness"] = 30 + 6 * lift + rng.normal(0, 1.5, len(controls))
outcome["revenue"] += 0.015 * outcome["revenue"].mean() * (controls["awareness"].to_numpy() - 30)


def fitted(spec: mm.Spec) -> mm.Fit:
    """The same tables under a spec."""
    data = mm.read(media=tables.media, outcome=outcome, controls=controls, events=tables.events, spec=spec)
    return mm.fit(data, spec)


columns = ["channel", "roi_p5", "roi_mean", "roi_p95"]
print("Awareness as a control: what tv does through it is taken out of tv's return.")
print(mm.roi(fitted(mm.Spec()))[columns].round(2))

fit = fitted(mm.Spec(mediators={"awareness": {"driven_by": ["tv"]}}))
print(mm.convergence(fit).sentence)
print("Declared as a mediator: the return is the total one, direct and through awareness.")
print(mm.roi(fit)[columns].round(2))
print(mm.mediation(fit)[["channel", "path", "contribution_mean", "share_mean", "roi_mean"]].round(2))

plan = mm.optimize(fit)
mm.report(fit, plan, "funnel.html")
