"""Made-up markets with a known truth: for the demo, the tests and the recovery checks.

``simulate(Scenario()) -> Simulation(dataset, truth, tables)``. The formulas of adstock and
saturation are written out here a second time, in plain NumPy, on purpose: a recovery test that
shared code with the engine would share its mistakes.
"""

from mediamix.simulate.experiments import LiftTest, experiments_table, lift_test
from mediamix.simulate.generate import Simulation, simulate
from mediamix.simulate.optimum import Optimum
from mediamix.simulate.parts import ChannelTruth, ControlTruth, EventTruth, Variation
from mediamix.simulate.scenario import Scenario
from mediamix.simulate.structure import Structure
from mediamix.simulate.truth import Truth
from mediamix.simulate.write import spec_text, write_simulation

__all__ = [
    "ChannelTruth",
    "ControlTruth",
    "EventTruth",
    "LiftTest",
    "Optimum",
    "Scenario",
    "Simulation",
    "Structure",
    "Truth",
    "Variation",
    "experiments_table",
    "lift_test",
    "simulate",
    "spec_text",
    "write_simulation",
]
