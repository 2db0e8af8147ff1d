"""Does stacking beat the best single spec, where weights were learned before and judged after?

Run it with ``uv run python benchmarks/choosing/stacking.py [--kept FOLDER]``; it writes
``benchmarks/choosing/stacking.md``. Finished refits are kept in the folder: an interrupted run goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from jaxtyping import Float

from mediamix.core.files import write_text
from mediamix.core.provenance import versions
from mediamix.core.spec import load_spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.data.read import read_spec
from mediamix.measure.choosing.crps import Distances
from mediamix.measure.choosing.futures import Candidate, Forecasts, Origins, forecasts, naive, outcomes
from mediamix.measure.choosing.kept import Kept
from mediamix.measure.choosing.refusing import origins_of
from mediamix.measure.choosing.weights import stacking_weights
from mediamix.simulate import Scenario, simulate

RESULT = Path(__file__).with_name("stacking.md")
ROOT = Path(__file__).parents[2]
SAMPLER = {"chains": 2, "draws": 500, "tune": 400, "seed": 7, "heal": False}
#: Weights are learned from the first half of the origins, and judged by the second.
ORIGINS, HORIZON, LEARNED = 8, 13, 4
SEEDS = range(1, 7)
SPECS = {
    "default": {},
    "line": {"trend": {"kind": "linear"}},
    "smooth": {"trend": {"kind": "hsgp", "length": 52}},
    "no trend, lasting noise": {"trend": {"kind": "none"}, "noise": {"kind": "ar1"}},
}
HEAD = (
    "set",
    "weights",
    "best before",
    "CRPS of it after",
    "stacked",
    "gain",
    "best after",
    "CRPS of it",
    "best naive",
)


@dataclass(frozen=True)
class Judged:
    """One set.

    Args:
        name: Of it.
        weights: Learned before.
        single: Mean CRPS after of each spec.
        before: Mean CRPS before of each spec.
        stacked: Mean CRPS after of the mixture.
        naive: Mean CRPS after of the best naive forecast.
    """

    name: str
    weights: Float[np.ndarray, " model"]
    single: Float[np.ndarray, " model"]
    before: Float[np.ndarray, " model"]
    stacked: float
    naive: float

    @property
    def chosen(self) -> float:
        """CRPS after of the spec that was best before."""
        return float(self.single[self.before.argmin()])

    @property
    def gain(self) -> float:
        """What stacking is better by than choosing what was best."""
        return 1.0 - self.stacked / self.chosen

    def row(self) -> tuple[str, ...]:
        """Of the table; CRPS as a share of that of the best naive forecast."""
        names = list(SPECS)
        shares = [f"{n} {w:.0%}" for n, w in zip(names, self.weights, strict=True) if w > 0]
        return (
            self.name,
            ", ".join(shares),
            names[int(self.before.argmin())],
            f"{self.chosen / self.naive:.3f}",
            f"{self.stacked / self.naive:.3f}",
            f"{self.gain:+.1%}",
            names[int(self.single.argmin())],
            f"{self.single.min() / self.naive:.3f}",
            "1",
        )


def sets() -> dict[str, Dataset]:
    """Markets with a demand that no column shows, and Robyn's sample."""
    worlds = {
        f"made-up market {seed}": simulate(
            replace(Scenario.weekly(seed), periods=182, channels=3, hidden_demand=0.1, noise=0.06)
        ).dataset
        for seed in SEEDS
    }
    robyn = load_spec(ROOT / "examples/robyn_weekly/mediamix.yml")
    return {**worlds, "Robyn's weekly": read_spec(robyn, ROOT / "examples/robyn_weekly")}


def judged(name: str, data: Dataset, kept: Kept) -> Judged:
    """One set: refits before every origin, weights from the first of them."""
    cuts = origins_of(data, ORIGINS, HORIZON)
    specs = [parse_spec({"sampler": SAMPLER, **spec}) for spec in SPECS.values()]
    made = [
        forecasts(Candidate(f"{name}, {own}", data, spec), cuts, kept, print)
        for own, spec in zip(SPECS, specs, strict=True)
    ]
    seen_ot, _ = outcomes(data, cuts)
    first, after = _seen(made, seen_ot[:LEARNED], 0), _seen(made, seen_ot[LEARNED:], LEARNED)
    weights = stacking_weights(first)
    eye = np.eye(len(SPECS))
    plain = naive(data, Origins(cuts.starts[LEARNED:], HORIZON), 7)
    scores = [_seen([draws], seen_ot[LEARNED:], 0).scores(np.ones(1)).mean() for draws in plain.values()]
    return Judged(
        name,
        weights,
        single=np.array([after.scores(one).mean() for one in eye]),
        before=np.array([first.scores(one).mean() for one in eye]),
        stacked=float(after.scores(weights).mean()),
        naive=float(min(scores)),
    )


def _seen(made: Sequence[Forecasts], seen_ot: Float[np.ndarray, "origin time"], start: int) -> Distances:
    """Of several origins, one after another."""
    parts = [Distances.of([draws[start + o] for draws in made], seen_t) for o, seen_t in enumerate(seen_ot)]
    return Distances(
        np.concatenate([part.to_outcome_tm for part in parts]),
        np.concatenate([part.between_tmm for part in parts]),
    )


def text_of(found: list[Judged]) -> str:
    """The page."""
    better = sum(one.gain > 0 for one in found)
    mean = np.mean([one.stacked / one.chosen for one in found])
    best = np.mean([one.stacked / one.single.min() for one in found])
    lines = [
        "# Stacking against the best single spec",
        "",
        f"{len(SPECS)} specs ({', '.join(SPECS)}), {ORIGINS} origins of {HORIZON} weeks each. Weights are "
        f"learned from the first {LEARNED}; so is which single spec is best. Both are judged by the last "
        f"{ORIGINS - LEARNED}, which neither has seen. CRPS as a share of that of the best naive forecast, "
        "smaller is better. The made-up markets have a slow demand that no column shows; the specs "
        f"differ in what they make of it. Made by `benchmarks/choosing/stacking.py` on {date.today()}, "
        f"mediamix {versions()['mediamix']}.",
        "",
        "| " + " | ".join(HEAD) + " |",
        "| --- " * len(HEAD) + "|",
        *("| " + " | ".join(one.row()) + " |" for one in found),
        "",
        f"Stacking is better than the spec that was best before in {better} of {len(found)} sets, by "
        f"{1 - mean:+.1%} in the mean; against the spec that turned out best, which nobody knew, by "
        f"{1 - best:+.1%}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kept", type=Path, default=None)
    kept = Kept(parser.parse_args().kept)
    text = text_of([judged(name, data, kept) for name, data in sets().items()])
    print(text)
    write_text(RESULT, text)


if __name__ == "__main__":
    main()
