"""What a structure of the model is to the benchmark: markets that have it, the same ones without it, and
which checks of a fit should notice that it is missing.

A file in `worlds/` holds one `Structured`, and that is all there is to adding one. Truths are the
simulator's, which shares no code with the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.data.experiments import with_experiments
from mediamix.data.read import build
from mediamix.data.tables import Tables
from mediamix.simulate import LiftTest, Scenario, Simulation, Structure, experiments_table, simulate

#: Which geos a panel has; as large as the panels that findings are counted on.
GEOS, PANEL_WEEKS = 8, 104


@dataclass(frozen=True)
class World:
    """A market, its truth, and what is said of it.

    Args:
        dataset: What an analyst sees.
        truth: Channel, or treatment → contribution in outcome units over the window.
        spec: What states the structure, keys as in ``mediamix.yml``.
        blind: The same without it.
        blind_dataset: What is fitted without it; None: the same.
        tables: The same as rows, where a structure is stated to whoever reads them (holidays, days around
            events, reach and frequency); None: the dataset is fitted.
        experiments: Lift tests, which belong to what is stated.
    """

    dataset: Dataset
    truth: dict[str, float]
    spec: Mapping[str, Any]
    blind: Mapping[str, Any] = field(default_factory=dict)
    blind_dataset: Dataset | None = None
    tables: Tables | None = None
    experiments: Sequence[LiftTest] = ()

    def stated(self) -> tuple[Dataset, Spec]:
        """Dataset and spec with the structure.

        Raises:
            SpecError: This version of the package doesn't know it.
        """
        spec = parse_spec(dict(self.spec))
        dataset = self.dataset if self.tables is None else build(self.tables, spec)
        if self.experiments:
            dataset = with_experiments(dataset, experiments_table(self.experiments), spec)
        return dataset, spec

    def unstated(self) -> tuple[Dataset, Spec]:
        """Dataset and spec without it."""
        return self.blind_dataset or self.dataset, parse_spec(dict(self.blind))


@dataclass(frozen=True)
class Structured:
    """A structure.

    Args:
        name: Of the file and of the row.
        title: What it is, in a few words.
        said: The key that states it, as in ``mediamix.yml``.
        has: Seed → a market that has it.
        lacks: Seed → the same market without it.
        checks: Checks of a fit that should notice its absence.
        own: Channels or treatments that it is about; none: all alike.
    """

    name: str
    title: str
    said: str
    has: Callable[[int], World]
    lacks: Callable[[int], World]
    checks: tuple[str, ...]
    own: tuple[str, ...] = ()


def weekly(seed: int, structure: Structure | None = None, **knobs: Any) -> Simulation:
    """A national market of 156 weeks and 5 channels."""
    return simulate(replace(Scenario.weekly(seed), structure=structure, **knobs))


def panel(seed: int, structure: Structure | None = None, **knobs: Any) -> Simulation:
    """A panel of 8 geos, 104 weeks and 4 channels."""
    sizes = {"geos": GEOS, "periods": PANEL_WEEKS, "channels": 4}
    return simulate(replace(Scenario.geo_panel(seed), **{**sizes, **knobs}, structure=structure))


def world(
    made: Simulation, spec: Mapping[str, Any] | None = None, blind: Mapping[str, Any] | None = None
) -> World:
    """Of a simulation; absent: the default spec."""
    return World(made.dataset, dict(made.truth.contribution), spec or {}, blind or {})


def with_outcome(made: Simulation, more_gt: np.ndarray) -> Dataset:
    """A simulation's data with something added to the outcome."""
    return replace(made.dataset, outcome_gt=np.round(made.dataset.outcome_gt + more_gt, 2))


def mean_outcome(made: Simulation) -> float:
    """Per geo and period."""
    return float(np.nanmean(made.dataset.outcome_gt))


def of_every_channel(
    name: str, title: str, structure: Structure, part: Mapping[str, Any], checks: tuple[str, ...]
) -> Structured:
    """A structure of the weekly market that each channel has, stated by `part` for each."""

    def has(seed: int) -> World:
        made = weekly(seed, structure)
        return world(made, {"channels": {one: dict(part) for one in made.dataset.channel_names}})

    key, value = next(iter(part.items()))
    words = f"{{kind: {value['kind']}}}" if isinstance(value, Mapping) else value
    said = f"channels: {{NAME: {{{key}: {words}}}}}"
    return Structured(name, title, said, has, lambda seed: world(weekly(seed)), checks)
