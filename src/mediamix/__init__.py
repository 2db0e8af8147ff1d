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
    from mediamix.core.errors import MediamixError, UserError
    from mediamix.core.spec import Spec, load_spec
    from mediamix.data.dataset import Dataset
    from mediamix.data.future import read_future
    from mediamix.data.read import examine, read
    from mediamix.decide.bounds import Bound
    from mediamix.decide.curves import Curves
    from mediamix.decide.fitted import curves_of
    from mediamix.decide.flighting import flighting
    from mediamix.decide.flighting_plan import FlightPlan
    from mediamix.decide.flighting_rules import ChannelRules, Flighting
    from mediamix.decide.information import value_of_information
    from mediamix.decide.levels import Level
    from mediamix.decide.objective import Objective
    from mediamix.decide.plan import Plan
    from mediamix.decide.problem import Budget, Group, Problem, Ratio, Target
    from mediamix.decide.problem_file import load_problem, save_problem
    from mediamix.decide.scenarios import frontier, scenarios
    from mediamix.decide.whatif import Change, Off, Shift, what_if
    from mediamix.measure.contribution import contributions, roi
    from mediamix.measure.convergence import convergence
    from mediamix.measure.forecast import forecast
    from mediamix.measure.response import response_curves
    from mediamix.measure.summary import summarise
    from mediamix.models.base import Fit
    from mediamix.pipeline import fit_model as fit
    from mediamix.pipeline import load, save
    from mediamix.pipeline import plan as optimize
    from mediamix.reporting import report

_HOME = {
    "Bound": "decide.bounds",
    "Budget": "decide.problem",
    "Change": "decide.whatif",
    "ChannelRules": "decide.flighting_rules",
    "Curves": "decide.curves",
    "Dataset": "data.dataset",
    "Fit": "models.base",
    "FlightPlan": "decide.flighting_plan",
    "Flighting": "decide.flighting_rules",
    "Group": "decide.problem",
    "Level": "decide.levels",
    "MediamixError": "core.errors",
    "Objective": "decide.objective",
    "Off": "decide.whatif",
    "Plan": "decide.plan",
    "Problem": "decide.problem",
    "Ratio": "decide.problem",
    "Shift": "decide.whatif",
    "Spec": "core.spec",
    "Target": "decide.problem",
    "UserError": "core.errors",
    "contributions": "measure.contribution",
    "convergence": "measure.convergence",
    "curves_of": "decide.fitted",
    "examine": "data.read",
    "fit": "pipeline:fit_model",
    "flighting": "decide.flighting",
    "forecast": "measure.forecast",
    "frontier": "decide.scenarios",
    "load": "pipeline",
    "load_problem": "decide.problem_file",
    "load_spec": "core.spec",
    "optimize": "pipeline:plan",
    "read": "data.read",
    "read_future": "data.future",
    "report": "reporting",
    "response_curves": "measure.response",
    "roi": "measure.contribution",
    "save": "pipeline",
    "save_problem": "decide.problem_file",
    "scenarios": "decide.scenarios",
    "summarise": "measure.summary",
    "value_of_information": "decide.information",
    "what_if": "decide.whatif",
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
    "Plan",
    "Problem",
    "Ratio",
    "Shift",
    "Spec",
    "Target",
    "UserError",
    "__version__",
    "contributions",
    "convergence",
    "curves_of",
    "examine",
    "fit",
    "flighting",
    "forecast",
    "frontier",
    "load",
    "load_problem",
    "load_spec",
    "optimize",
    "read",
    "read_future",
    "report",
    "response_curves",
    "roi",
    "save",
    "save_problem",
    "scenarios",
    "summarise",
    "value_of_information",
    "what_if",
]


def __getattr__(name: str) -> Any:
    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("mediamix")
    elif name in _HOME:
        module, _, attribute = _HOME[name].partition(":")
        value = getattr(import_module(f"mediamix.{module}"), attribute or name)
    else:
        raise AttributeError(f"module 'mediamix' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
