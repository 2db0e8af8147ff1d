"""All steps of a run, from tables to a report: what `mediamix run` and `demo` do, and a project's worker."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix import pipeline
from mediamix.core.extras import extras_of
from mediamix.core.files import write_text
from mediamix.core.folders import whole_folder
from mediamix.core.spec import Spec, load_spec
from mediamix.data.dataset import Dataset
from mediamix.pipeline import OnProgress, OnStep
from mediamix.project import compiling
from mediamix.project.folder import FIT, PLAN, REPORT, SPEC, WAREHOUSE, Project

if TYPE_CHECKING:
    from mediamix.decide.answer.plan import Plan
    from mediamix.decide.problem.problem import Budget
    from mediamix.measure.summary import Summary
    from mediamix.models.base import Fit
    from mediamix.reporting.changes import Earlier
    from mediamix.simulate import Scenario
    from mediamix.warehouse.engine import Warehouse


@dataclass(frozen=True)
class Outcome:
    """What a run made.

    Args:
        fit: The fit.
        summary: What it says.
        plan: The recommended budget.
        report: Path of the report.
        truth: What made the data, for generated data.
    """

    fit: Fit
    summary: Summary
    plan: Plan
    report: Path
    truth: dict[str, Any] | None = None


def run(
    spec_path: Path,
    out: Path,
    *,
    force: bool = False,
    budget: Budget | None = None,
    accept: Callable[[Dataset], None] = lambda dataset: None,
    on_step: OnStep = lambda step: None,
    on_progress: OnProgress | None = None,
) -> Outcome:
    """All of it: land, build, read, fit, plan and report into one folder, whole or not at all.

    `accept` sees the dataset before minutes of work, and may raise.

    Raises:
        UserError: Of any step.
    """
    spec = load_spec(spec_path)
    inputs = (spec_path, *spec.files(spec_path.parent))
    with whole_folder(out, force=force, inputs=inputs) as folder:
        dataset = _of_own_mart(spec, spec_path.parent, folder, on_step)
        accept(dataset)
        made = Steps(spec, dataset, folder, on_step, on_progress).take(budget)
    return replace(made, report=out / REPORT)


def demo(
    out: Path,
    *,
    force: bool = False,
    seed: int = 1,
    on_step: OnStep = lambda step: None,
    on_progress: OnProgress | None = None,
) -> Outcome:
    """Generate data whose truth is known, then `run` on them, and compare with the truth."""
    from mediamix.simulate import Scenario, simulate, write_simulation

    with whole_folder(out, force=force) as folder:
        on_step("Generating three years of daily data with known truth")
        market = simulate(Scenario(seed=seed))
        write_simulation(market, folder / "data")
        write_text(folder / SPEC, DEMO_SPEC)
        spec = load_spec(folder / SPEC)
        dataset = _of_own_mart(spec, folder, folder, on_step)
        made = Steps(spec, dataset, folder, on_step, on_progress).take(truth=market.truth.to_dict())
    return replace(made, report=out / REPORT)


def demo_project(folder: Path, scenario: Scenario | None = None) -> Project:
    """A project on generated data whose truth is known, without a run.

    Args:
        folder: New, or empty.
        scenario: That generates them; absent: as of `demo`.

    Raises:
        FolderError: The folder has content, or can't be written.
    """
    from mediamix.simulate import Scenario, simulate, write_simulation

    with whole_folder(folder, force=False) as aside:
        write_simulation(simulate(scenario or Scenario()), aside / "data")
        write_text(aside / SPEC, DEMO_SPEC)
    return Project.at(folder)


#: The demo's spec: all defaults, only the tables are named.
DEMO_SPEC = """\
# Every key has a default; this names the tables only. See docs: the spec.
data: {media: data/media.csv, outcome: data/outcome.csv, controls: data/controls.csv, events: data/events.csv}
outcome: {column: revenue, unit: revenue, currency: EUR}
holdout: {last: 0}
"""


def through_mart(spec: Spec, base: Path, warehouse: Warehouse, on_step: OnStep) -> Dataset:
    """The spec's tables, through a mart that is built from them and tested.

    Raises:
        UserError: Of reading, building or testing.
    """
    on_step("Building the mart")
    with compiling.beside(on_step):
        work = pipeline.land_and_build if pipeline.names_tables(spec) else pipeline.build_landed
        built = work(spec, base, warehouse)
        # dbt's parsed project: a cache for the next build, not a result.
        shutil.rmtree(warehouse.work_dir, ignore_errors=True)
        on_step(f"Mart built: {len(built.models)} models, {len(built.tests)} tests passed")
    return pipeline.read_mart(spec, warehouse, base)


def _of_own_mart(spec: Spec, base: Path, folder: Path, on_step: OnStep) -> Dataset:
    """`through_mart` of the warehouse that the spec names, or of a file among the results."""
    from mediamix.warehouse.engine import warehouse_of
    from mediamix.warehouse.engines.duckdb import DuckDB

    if spec.warehouse is None and pipeline.names_tables(spec):
        return through_mart(spec, base, DuckDB(folder / WAREHOUSE), on_step)
    with warehouse_of(spec, base).renewed() as warehouse:
        return through_mart(spec, base, warehouse, on_step)


@dataclass(frozen=True)
class Steps:
    """The steps after the data are there, into a folder that is not yet in place.

    Args:
        spec: As it is fitted.
        dataset: Of the spec's tables.
        folder: Where results are written.
        on_step: Told of every step.
        on_progress: Told how far the sampler is.
    """

    spec: Spec
    dataset: Dataset
    folder: Path
    on_step: OnStep
    on_progress: OnProgress | None

    def take(
        self, budget: Budget | None = None, truth: dict[str, Any] | None = None, since: Earlier | None = None
    ) -> Outcome:
        """Fit, measure, plan and report; `since` is an earlier fit to compare with.

        Raises:
            UserError: Of any step.
        """
        from mediamix.decide.fitted.spent import refuse_far
        from mediamix.reporting import reports
        from mediamix.reporting.drawing import Pen

        if budget is not None:
            refuse_far(self.dataset, budget)
        self.on_step("Fitting the model")
        fit = pipeline.fit_model(self.dataset, self.spec, self.on_progress, on_step=self.on_step)
        with extras_of("the report"), Pen() as pen:  # its process starts beside the measuring
            self.on_step("Measuring")
            summary = pipeline.save(fit, self.folder / FIT)
            self.on_step("Planning the budget")
            made = pipeline.plan(fit, budget, on_progress=self.on_progress, anyway=True, outlook=True)
            pipeline.write_plan(made, self.folder / PLAN)
            self.on_step("Writing the report")
            target = self.folder / REPORT
            (path,) = reports(fit, made, [target], truth=truth, summary=summary, since=since, pen=pen)
        return Outcome(fit, summary, made, path, truth)
