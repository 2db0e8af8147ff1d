"""Curves of another tool, planned where nothing of the engine is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

CURVES = """
import sys
for absent in {absent}:
    sys.modules[absent] = None
import numpy as np
import mediamix as mm
grid = np.linspace(0.0, 1000.0, 101)
rng = np.random.default_rng(1)
draws = {{
    name: rng.uniform(0.8, 1.2, (200, 1)) * height * grid / (grid + half)
    for name, height, half in (("tv", 900.0, 600.0), ("search", 300.0, 300.0))
}}
curves = mm.Curves({{name: grid for name in draws}}, draws, current={{"tv": 300.0, "search": 300.0}})
plan = mm.optimize(curves, mm.Budget(600.0){more})
print(plan.certificate.status)
"""


def run(absent: list[str], more: str) -> subprocess.CompletedProcess[str]:
    code = CURVES.format(absent=absent, more=more)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("absent", "more"),
    [
        (["scipy", "numba", "nutpie", "vl_convert", "duckdb"], ', objective="mean"'),
        (["numba", "nutpie", "vl_convert", "duckdb"], ""),
    ],
    ids=["the core plans for the expected outcome", "SciPy is enough for the default"],
)
def test_the_planner_alone(absent, more):
    found = run(absent, more)
    assert found.returncode == 0, found.stderr
    assert found.stdout.split()[0] == "optimal"


def test_without_scipy_the_default_names_its_extra():
    found = run(["scipy", "numba"], "")
    assert "ExtraError" in found.stderr
    assert "mediamix[plan]" in found.stderr
