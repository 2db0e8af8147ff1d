"""How often "the data said nothing" is said, of what the data did say something of, and of what they didn't.

    uv run python benchmarks/learned/run.py [WORLDS]

A false flag: overlap from `ONLY_PRIOR` on, although the posterior's spread is under three quarters of the
prior's, or its median moved by more than half a standard deviation of the prior (on its normal scale).
Silent channels, for comparison, spend a ten-thousandth of what the others do.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from mediamix.core.spec import Spec
from mediamix.measure.gather import gather
from mediamix.measure.overlap import ONLY_PRIOR
from mediamix.models import bayes
from mediamix.models.coordinates import coordinates
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

WORLDS = 20
LEARNED_SD, LEARNED_SHIFT = 0.75, 0.5
#: Of the spend of others.
SILENT = 1e-4


def main(worlds: int) -> None:
    """A line per parameter."""
    seen: dict[str, list[tuple[bool, bool]]] = {}
    silent: list[bool] = []
    for seed in range(worlds):
        scenario = Scenario(
            periods=(104, 156)[seed % 2], channels=3 + seed % 3, every="week", seed=500 + seed
        )
        data = simulate(scenario).dataset
        spend, exposure = data.spend_gtc.copy(), data.exposure_gtc.copy()
        spend[..., -1] *= SILENT
        exposure[..., -1] *= SILENT
        outcome = data.outcome_gt
        data = replace(data, spend_gtc=spend, exposure_gtc=exposure, outcome_gt=outcome)
        spec = Spec(sampler={"chains": 2, "draws": 500, "heal": False, "seed": seed})
        fit = bayes.fit(data, spec)
        problem = pose(fit.dataset, spec)
        u = coordinates(problem, fit, np.arange(fit.n_draws))
        for c, channel in enumerate(gather(fit).channels):
            quiet = c == len(data.channels) - 1
            for i, one in enumerate((channel.effect, *channel.shape)):
                own = u[:, problem.model.starts[c] + i]
                said = own.std() < LEARNED_SD or abs(np.median(own)) > LEARNED_SHIFT
                flagged = one.overlap >= ONLY_PRIOR
                if quiet and i == 0:
                    silent.append(flagged)
                elif not quiet:
                    seen.setdefault(one.name, []).append((flagged, bool(said)))
    print(f"{worlds} worlds, overlap from {ONLY_PRIOR:.0%} on\n")
    print("| parameter | channels | data said something | flagged of those | flagged of the others |")
    print("| --- | --- | --- | --- | --- |")
    for name, pairs in seen.items():
        told = [flagged for flagged, said in pairs if said]
        rest = [flagged for flagged, said in pairs if not said]
        print(f"| `{name}` | {len(pairs)} | {len(told)} | {sum(told)} | {sum(rest)} of {len(rest)} |")
    print(f"| `roi` of a silent channel | {len(silent)} | 0 | – | {sum(silent)} of {len(silent)} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS)
