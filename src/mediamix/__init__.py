"""mediamix: marketing measurement that teams trust with their money.

    import mediamix as mm
    data = mm.read(media="media.csv", outcome="outcome.csv")
    fit = mm.fit(data)
    print(mm.roi(fit))
    plan = mm.optimize(fit, mm.Budget(total=1_000_000))
    mm.report(fit, plan, "report.html")

Names are loaded when they are first used, so that `import mediamix` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediamix.choosing import compare, stack
    from mediamix.core.errors import MediamixError, UserError
    from mediamix.core.spec import Spec, load_spec
    from mediamix.data.dataset import Dataset
    from mediamix.data.future import read_future
    from mediamix.data.read import read
    from mediamix.decide.answer.information import value_of_information
    from mediamix.decide.answer.plan import Plan
    from mediamix.decide.fitted.curves import curves_of
    from mediamix.decide.flighting.plan import FlightPlan
    from mediamix.decide.flighting.question import flighting
    from mediamix.decide.flighting.rules import ChannelRules, Flighting
    from mediamix.decide.problem.bounds import Bound
    from mediamix.decide.problem.curves import Curves
    from mediamix.decide.problem.file import load_problem, save_problem
    from mediamix.decide.problem.levels import Level
    from mediamix.decide.problem.moves import Change, Off, Shift
    from mediamix.decide.problem.objective import Objective
    from mediamix.decide.problem.pairs import Pair
    from mediamix.decide.problem.problem import Budget, Group, Problem, Ratio, Target
    from mediamix.decide.questions.scenarios import frontier, scenarios
    from mediamix.decide.questions.whatif import what_if
    from mediamix.many.fit_all import fit_all
    from mediamix.measure.beforehand import prior_check
    from mediamix.measure.coefficients import coefficients
    from mediamix.measure.contribution import contributions, roi
    from mediamix.measure.convergence import convergence
    from mediamix.measure.courses import effects_over_time
    from mediamix.measure.forecast import forecast
    from mediamix.measure.frequency import optimal_frequency
    from mediamix.measure.mediation import mediation
    from mediamix.measure.response import response_curves
    from mediamix.measure.summary import summarise
    from mediamix.measure.synergies import synergies
    from mediamix.measure.treatments import treatments
    from mediamix.models.base import Fit
    from mediamix.pipeline import examine, load, save
    from mediamix.pipeline import fit_model as fit
    from mediamix.pipeline import plan as optimize
    from mediamix.reporting import report

_HOME = {
    "Bound": "decide.problem.bounds",
    "Budget": "decide.problem.problem",
    "Change": "decide.problem.moves",
    "ChannelRules": "decide.flighting.rules",
    "Curves": "decide.problem.curves",
    "Dataset": "data.dataset",
    "Fit": "models.base",
    "FlightPlan": "decide.flighting.plan",
    "Flighting": "decide.flighting.rules",
    "Group": "decide.problem.problem",
    "Level": "decide.problem.levels",
    "MediamixError": "core.errors",
    "Objective": "decide.problem.objective",
    "Off": "decide.problem.moves",
    "Pair": "decide.problem.pairs",
    "Plan": "decide.answer.plan",
    "Problem": "decide.problem.problem",
    "Ratio": "decide.problem.problem",
    "Shift": "decide.problem.moves",
    "Spec": "core.spec",
    "Target": "decide.problem.problem",
    "UserError": "core.errors",
    "coefficients": "measure.coefficients",
    "compare": "choosing",
    "contributions": "measure.contribution",
    "convergence": "measure.convergence",
    "curves_of": "decide.fitted.curves",
    "effects_over_time": "measure.courses",
    "examine": "pipeline",
    "fit": "pipeline:fit_model",
    "fit_all": "many.fit_all",
    "flighting": "decide.flighting.question",
    "forecast": "measure.forecast",
    "frontier": "decide.questions.scenarios",
    "load": "pipeline",
    "load_problem": "decide.problem.file",
    "load_spec": "core.spec",
    "mediation": "measure.mediation",
    "optimize": "pipeline:plan",
    "prior_check": "measure.beforehand",
    "read": "data.read",
    "read_future": "data.future",
    "optimal_frequency": "measure.frequency",
    "report": "reporting",
    "response_curves": "measure.response",
    "roi": "measure.contribution",
    "save": "pipeline",
    "save_problem": "decide.problem.file",
    "scenarios": "decide.questions.scenarios",
    "stack": "choosing",
    "summarise": "measure.summary",
    "treatments": "measure.treatments",
    "synergies": "measure.synergies",
    "value_of_information": "decide.answer.information",
    "what_if": "decide.questions.whatif",
}

__all__ = [
    "Bound",
    "Budget",
    "Change",
    "ChannelRules",
    "Curves",
    "Dataset",
    "Fit",
    "FlightPlan",
    "Flighting",
    "Group",
    "Level",
    "MediamixError",
    "Objective",
    "Off",
    "Pair",
    "Plan",
    "Problem",
    "Ratio",
    "Shift",
    "Spec",
    "Target",
    "UserError",
    "__version__",
    "coefficients",
    "compare",
    "contributions",
    "convergence",
    "curves_of",
    "effects_over_time",
    "examine",
    "fit",
    "fit_all",
    "flighting",
    "forecast",
    "frontier",
    "load",
    "load_problem",
    "load_spec",
    "mediation",
    "optimal_frequency",
    "optimize",
    "prior_check",
    "read",
    "read_future",
    "report",
    "response_curves",
    "roi",
    "save",
    "save_problem",
    "scenarios",
    "stack",
    "summarise",
    "synergies",
    "treatments",
    "value_of_information",
    "what_if",
]


def __getattr__(name: str) -> Any:
    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("mediamix")
    elif name in _HOME:
        from mediamix.core.extras import extras_of

        module, _, attribute = _HOME[name].partition(":")
        with extras_of(f"mediamix.{name}"):
            value = getattr(import_module(f"mediamix.{module}"), attribute or name)
    else:
        raise AttributeError(f"module 'mediamix' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
