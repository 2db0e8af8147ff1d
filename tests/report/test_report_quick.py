"""A report says at the top, in its diagnostics and in its provenance that a fit was quick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediamix.core.spec import Spec
from mediamix.inference.laplace import Importance
from mediamix.models import bayes
from mediamix.reporting.blocks import Callout, Kpis
from mediamix.reporting.material import Material, gather
from mediamix.reporting.sections import diagnostics
from mediamix.simulate import Scenario, simulate


@pytest.fixture(scope="module")
def quick() -> Material:
    return gather(bayes.fit(simulate(Scenario.weekly(3)).dataset, Spec(), quick=True))


def at_k(material: Material, k: float) -> Material:
    fit = material.fit
    importance = Importance(k, 1000.0, 1, 10_000)
    return gather(replace(fit, run=replace(fit.run, quick=importance)))


def test_the_verdict_says_it(quick):
    k = quick.fit.run.quick.pareto_k
    assert f"This is a quick fit (Pareto k-hat {k:.2f}): sample before money moves." in quick.verdict.sentence


def test_the_diagnostics_show_weights_and_no_chains(quick):
    callout, tiles = diagnostics.build(at_k(quick, 0.3))  # whatever its own draws say
    assert isinstance(callout, Callout)
    assert callout.title == "A quick fit, good enough to explore"
    assert isinstance(tiles, Kpis)
    assert [tile.label for tile in tiles.tiles] == ["Pareto k-hat", "Effective draws"]


def test_a_k_out_of_range_stops_the_recommendation_and_offers_nuts(quick):
    material = at_k(quick, 0.9)
    verdict = material.verdict
    assert verdict.level == "failed"
    assert any("Fit without --quick" in step for step in verdict.next_steps)
    callout = diagnostics.build(material)[0]
    assert callout.title == "The quick approximation doesn't hold here: don't use these numbers"
