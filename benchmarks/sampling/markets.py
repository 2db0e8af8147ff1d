"""Sixty made-up markets of six kinds, for benchmarks of the sampling; no other benchmark uses their seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Every
from mediamix.data.dataset import Dataset
from mediamix.simulate import ChannelTruth, Scenario, Variation, simulate

#: Market i of a kind has this seed plus i.
FIRST_SEED = 61_001
#: In a delayed market: how each channel is bought, and the weeks until its effect peaks.
DELAYED = (("tv", "flighted", 3.0), ("search", "always_on", 0.5), ("social", "bursty", 1.0),
           ("display", "always_on", 1.5), ("print_ooh", "occasional", 2.0))  # fmt: skip


@dataclass(frozen=True)
class Market:
    """One market.

    Args:
        kind: A key of `KINDS`.
        seed: Of the generator.
        dataset: What is fitted.
        spec: How.
    """

    kind: str
    seed: int
    dataset: Dataset
    spec: Spec


def _weekly(seed: int) -> Scenario:
    return Scenario.weekly(seed)


def _daily(seed: int) -> Scenario:
    return Scenario(seed=seed, variation=Variation())


def _delayed(seed: int) -> Scenario:
    channels = tuple(
        ChannelTruth(name, pattern, adstock="delayed", retention=0.6, peak=peak)  # type: ignore[arg-type]
        for name, pattern, peak in DELAYED
    )
    return replace(Scenario.weekly(seed), channels=channels)


def _confounded(seed: int) -> Scenario:
    return replace(Scenario.weekly(seed), demand_confounding=0.8, hidden_demand=0.08)


def _collinear(seed: int) -> Scenario:
    return replace(Scenario.weekly(seed), channels=12, collinearity=0.8)


def _panel(seed: int) -> Scenario:
    return Scenario(
        seed=seed, every=Every.WEEK, periods=104, geos=6, channels=4, noise=0.05, variation=Variation()
    )


#: Kind → (the market of a seed, the spec it is fitted with).
KINDS: dict[str, tuple[Callable[[int], Scenario], Spec]] = {
    "weekly, national: 156 weeks, 5 channels": (_weekly, Spec()),
    "daily, national: 1,095 days, 5 channels": (_daily, Spec()),
    "delayed adstock: 156 weeks, 5 channels": (
        _delayed,
        parse_spec({"channels": {name: {"adstock": {"kind": "delayed"}} for name, _, _ in DELAYED}}),
    ),
    "confounded: spend follows a hidden demand": (_confounded, Spec()),
    "twelve collinear channels: 156 weeks": (_collinear, Spec()),
    "small panel: 6 geos, 104 weeks, 4 channels": (_panel, parse_spec({"geo": {}})),
}


def markets(each: int) -> Iterator[Market]:
    """So many of every kind, kind by kind."""
    for k, (kind, (scenario, spec)) in enumerate(KINDS.items()):
        for i in range(each):
            seed = FIRST_SEED + 100 * k + i
            # Every fit has a sampler seed of its own, too.
            settings = spec.sampler.model_copy(update={"seed": seed})
            dataset = simulate(scenario(seed)).dataset
            yield Market(kind, seed, dataset, spec.model_copy(update={"sampler": settings}))
