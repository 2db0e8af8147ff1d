"""Fits that sample in a second, and the variations that reports must bear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mediamix.core.spec import Spec
from mediamix.core.types import Channel, Finding
from mediamix.decide.answer.plan import Plan, Uplift
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.maximise import optimize
from mediamix.models import bayes
from mediamix.models.base import Fit
from mediamix.reporting.material import Material
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


def with_clear_moves(plan: Plan) -> Plan:
    """The plan as if it had come out so: a fifth of the first channel's money goes to the second, surely
    to advantage. What a report says of a clear plan is asked of one that is clear whatever the draws."""
    assert plan.current is not None
    giver, taker, *_ = plan.channels
    today = plan.current.allocation
    spend = dict(today)
    money = 0.2 * spend[giver]
    spend[giver] -= money
    spend[taker] += money
    channels = {
        name: replace(
            part, spend=spend[name], change=spend[name] - plan.current.allocation[name], binding=None
        )
        for name, part in plan.channels.items()
    }
    uplift = Uplift(mean=326_000.0, p5=90_000.0, p95=570_000.0, probability_better=0.96)
    changed = replace(plan, allocation=spend, channels=channels, uplift=uplift, warnings=(), binding=())
    return replace(changed, notes=("a note",))


def at_verdict(material: Material, verdict: str) -> Material:
    """The material as if the sampling had ended so, and the checks of the fit had found nothing."""
    finding = Finding("rhat", "error", "tv", "R-hat of tv is 1.200", "chains differ", "raise sampler.tune")
    findings = () if verdict == "ok" else (finding,)
    changed = replace(material.summary.convergence, verdict=verdict, findings=findings)
    return replace(material, summary=replace(material.summary, convergence=changed, model_findings=()))
