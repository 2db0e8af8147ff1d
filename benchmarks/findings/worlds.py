"""Worlds whose truth is known, sixty that the default model describes and sixty that it doesn't.

Twenty of the sound worlds are made by `mediamix.simulate`, all others by `findings.market`, which shares no
code with it. The seed of a world is all that is random about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from findings import wrong
from findings.market import DAYS, GEOS, PANEL_WEEKS, Draft, draft
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Channel, Every
from mediamix.data.dataset import Dataset
from mediamix.simulate import Scenario, simulate


@dataclass(frozen=True)
class World:
    """A market and its truth.

    Args:
        name: Kind and number.
        kind: ``sound …`` or what is wrong with it.
        dataset: What an analyst sees.
        spec: What is fitted.
        truth: Channel → contribution in outcome units over the window.
    """

    name: str
    kind: str
    dataset: Dataset
    spec: Spec
    truth: dict[str, float]

    @property
    def sound(self) -> bool:
        """The default model describes it."""
        return self.kind.startswith("sound")


def world(name: str, kind: str, made: Draft, spec: Spec | None = None) -> World:
    """Add up a draft."""
    g, _, c = made.spend_gtc.shape
    names = tuple(f"channel_{i + 1}" for i in range(c))
    outcome_gt = made.baseline_gt + made.contribution_gtc.sum(axis=2) + made.noise_gt
    dataset = Dataset(
        dates=made.dates,
        every=made.every,
        geos=("national",) if g == 1 else tuple(f"geo_{i + 1}" for i in range(g)),
        channels=tuple(Channel(n) for n in names),
        outcome_name="revenue",
        unit="revenue",
        currency="EUR",
        outcome_gt=np.round(outcome_gt, 2),
        spend_gtc=np.array(made.spend_gtc),
        exposure_gtc=np.array(made.spend_gtc),
        controls_gtk=np.array(made.controls_gtk),
        control_names=tuple(f"control_{k + 1}" for k in range(made.controls_gtk.shape[2])),
        population_g=None if g == 1 else made.size_g * 1e6,
    )
    spec = spec or (parse_spec({"geo": {}}) if g > 1 else Spec())
    truth = made.contribution_gtc.sum(axis=(0, 1))
    return World(name, kind, dataset, spec, dict(zip(names, truth.tolist(), strict=True)))


#: Kind → (what a draft is made with, what is changed in it).
UNSOUND: dict[str, tuple[dict[str, object], wrong.Change]] = {
    "shared weekly shock in a panel": (
        {"geos": GEOS, "periods": PANEL_WEEKS, "noise": 0.05},
        wrong.shared_shock,
    ),
    "missing control": ({}, wrong.missing_control),
    "units off": ({}, wrong.units_off),
    "prior-only channels": ({"channels": 10, "noise": 0.05, "roi": (0.05, 6.0)}, wrong.prior_only),
    "two peaks": ({"channels": 3}, wrong.two_peaks),
    "trend break": ({}, wrong.trend_break),
    "season not in the model": ({}, wrong.hidden_season),
    "heavy tails": ({}, wrong.heavy_tails),
    "wrong adstock": ({"cost": (0.15, 0.22)}, wrong.wrong_adstock),
    "wrong curve": ({"cost": (0.15, 0.22)}, wrong.wrong_curve),
    "negative effect": ({}, wrong.negative_effect),
    "returns that drift": ({"cost": (0.15, 0.22), "noise": 0.025}, wrong.drifting_returns),
}
PANEL = {"geos": GEOS, "periods": PANEL_WEEKS, "noise": 0.05}
#: Kind → (how many, what a draft is made with).
SOUND: dict[str, tuple[int, dict[str, object]]] = {
    "sound, weekly": (24, {}),
    "sound, daily": (6, {"every": Every.DAY, "periods": DAYS}),
    "sound, panel": (10, PANEL),
}
SIMULATED = {"sound, simulated weekly": 16, "sound, simulated daily": 4}
PER_KIND = 5


def worlds(first_seed: int = 0) -> Iterator[World]:
    """All of them, the sound ones first; another `first_seed` gives others."""
    for kind, (count, how) in SOUND.items():
        for i in range(count):
            yield world(f"{kind} {i + 1}", kind, draft(first_seed + i, **how))  # type: ignore[arg-type]
    for kind, count in SIMULATED.items():
        for i in range(count):
            yield _simulated(f"{kind} {i + 1}", kind, first_seed + i + 1)
    for number, (kind, (how, change)) in enumerate(UNSOUND.items()):
        for i in range(PER_KIND):
            made = draft(first_seed + 100 * (number + 1) + i, **how)  # type: ignore[arg-type]
            yield world(f"{kind} {i + 1}", kind, change(made))


def _simulated(name: str, kind: str, seed: int) -> World:
    """A market of our own simulator."""
    weekly = "weekly" in kind
    scenario = (
        Scenario.weekly(seed) if weekly else replace(Scenario.weekly(seed), every=Every.DAY, periods=730)
    )
    made = simulate(scenario)
    return World(name, kind, made.dataset, Spec(), dict(made.truth.contribution))
