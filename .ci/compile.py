#!/usr/bin/env python
"""Compile the engine's kernels before the tests: there every process would compile them for itself.

A quick fit of each kind; `.ci/run` starts it beside the linters, which need one core only.
"""

from __future__ import annotations

from dataclasses import replace

from mediamix.core.spec import parse_spec
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate

NATION = replace(Scenario.weekly(1), periods=60, channels=2)
PANEL = replace(Scenario.geo_panel(1), periods=40, geos=3, channels=2)
SPECS = ({}, {"noise": {"kind": "ar1"}})

for scenario, more in ((NATION, {}), (PANEL, {"geo": {}})):
    dataset = simulate(scenario).dataset
    for spec in SPECS:
        sampler = {"chains": 2, "draws": 50, "tune": 50}
        fit(dataset, parse_spec({**more, **spec, "sampler": sampler}), quick=True)
        print(f"compiled: {scenario.geos} geos, {spec or 'no more'}")
