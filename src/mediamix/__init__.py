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
    from mediamix.decide.curves import Curves
    from mediamix.decide.fitted import curves_of
    from mediamix.decide.plan import Plan
    from mediamix.decide.problem import Budget, Group
    from mediamix.decide.scenarios import scenarios
    from mediamix.measure.contribution import contributions, response_curves, roi
    from mediamix.measure.convergence import convergence
    from mediamix.measure.forecast import forecast
    from mediamix.measure.summary import summarise
    from mediamix.models.base import Fit
    from mediamix.pipeline import fit_model as fit
    from mediamix.pipeline import load, save
    from mediamix.pipeline import plan as optimize
    from mediamix.reporting import report

_HOME = {
    "Budget": "decide.problem",
    "Curves": "decide.curves",
    "Dataset": "data.dataset",
    "Fit": "models.base",
    "Group": "decide.problem",
    "MediamixError": "core.errors",
    "Plan": "decide.plan",
    "Spec": "core.spec",
    "UserError": "core.errors",
    "contributions": "measure.contribution",
    "convergence": "measure.convergence",
    "curves_of": "decide.fitted",
    "examine": "data.read",
    "fit": "pipeline:fit_model",
    "forecast": "measure.forecast",
    "load": "pipeline",
    "load_spec": "core.spec",
    "optimize": "pipeline:plan",
    "read": "data.read",
    "read_future": "data.future",
    "report": "reporting",
    "response_curves": "measure.contribution",
    "roi": "measure.contribution",
    "save": "pipeline",
    "scenarios": "decide.scenarios",
    "summarise": "measure.summary",
}

__all__ = [
    "Budget",
    "Curves",
    "Dataset",
    "Fit",
    "Group",
    "MediamixError",
    "Plan",
    "Spec",
    "UserError",
    "__version__",
    "contributions",
    "convergence",
    "curves_of",
    "examine",
    "fit",
    "forecast",
    "load",
    "load_spec",
    "optimize",
    "read",
    "read_future",
    "report",
    "response_curves",
    "roi",
    "save",
    "scenarios",
    "summarise",
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
