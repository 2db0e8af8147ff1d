"""Small fits that sample in about a second, and the variations that reports must bear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mediamix.core.spec import Spec
from mediamix.core.types import Channel
from mediamix.decide.fitted import curves_of
from mediamix.decide.maximise import optimize
from mediamix.decide.plan import Plan
from mediamix.decide.problem import Budget
from mediamix.models import bayes
from mediamix.models.base import Fit
from mediamix.report.material import Material, gather
from mediamix.simulate import Scenario, simulate

QUICK = {"draws": 200, "tune": 200, "chains": 2}


def fit_of(scenario: Scenario, **spec: Any) -> tuple[Fit, dict[str, Any]]:
    simulation = simulate(scenario)
    return bayes.fit(simulation.dataset, Spec(**{"sampler": QUICK, **spec})), simulation.truth.to_dict()


def with_channels(fit: Fit, change: Callable[[int, Channel], Channel]) -> Fit:
    """The same draws under other channel records."""
    channels = tuple(change(c, channel) for c, channel in enumerate(fit.dataset.channels))
    effects = tuple(
        replace(effect, channel=channel) for effect, channel in zip(fit.channels, channels, strict=True)
    )
    return replace(fit, dataset=replace(fit.dataset, channels=channels), channels=effects)


def plan_of(fit: Fit, budget: Budget | None = None) -> Plan:
    budget = budget or Budget()
    return optimize(curves_of(fit, budget), budget)


def at_verdict(material: Material, verdict: str) -> Material:
    """The material as if the sampling had ended so."""
    convergence = material.summary.convergence
    findings = () if verdict == "ok" else convergence.findings
    changed = replace(convergence, verdict=verdict, findings=findings)
    return replace(material, summary=replace(material.summary, convergence=changed))


@pytest.fixture(scope="session")
def weekly() -> tuple[Fit, dict[str, Any]]:
    return fit_of(Scenario.weekly(1), holdout={"last": 13})


@pytest.fixture(scope="session")
def material(weekly: tuple[Fit, dict[str, Any]]) -> Material:
    """Everything there is: plan, truth, holdout; the sampling converged."""
    fit, truth = weekly
    return at_verdict(gather(fit, plan_of(fit), truth), "ok")


@pytest.fixture(scope="session")
def plain(weekly: tuple[Fit, dict[str, Any]]) -> Material:
    """A fit alone."""
    return at_verdict(gather(weekly[0]), "ok")


@pytest.fixture(scope="session")
def orders() -> Fit:
    """Counts with a known value per unit."""
    scenario = replace(Scenario.weekly(2), unit="count", value_per_unit=40.0, channels=3)
    return fit_of(scenario)[0]


@pytest.fixture
def organic(weekly: tuple[Fit, dict[str, Any]]) -> Fit:
    """The last channel costs nothing; its exposure is impressions."""
    fit = weekly[0]
    last = len(fit.channels) - 1
    spend = np.array(fit.dataset.spend_gtc)
    spend[:, :, last] = 0.0
    changed = with_channels(
        fit, lambda c, channel: Channel(channel.name, "organic", "impressions") if c == last else channel
    )
    return replace(changed, dataset=replace(changed.dataset, spend_gtc=spend))
