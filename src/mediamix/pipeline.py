"""From rows to a signed budget: one function a step. The only module that sees both legs.

Data leg: `land_and_build`, `read_mart`. Model leg: `fit_model`, `plan`. They meet in a `Dataset`.
`run` is all of it; the command line and Python call the same functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.core.blas import alone
from mediamix.core.construct import refuse_other
from mediamix.core.errors import BudgetError, DataError, SpecError, shown
from mediamix.core.extras import extras_of
from mediamix.core.files import json_text, write_together
from mediamix.core.folders import whole_folder
from mediamix.core.presets import presets
from mediamix.core.spec import Spec
from mediamix.core.types import Finding, Findings, Window
from mediamix.data.checking import by_severity
from mediamix.data.csv_text import csv_text
from mediamix.data.dataset import Dataset
from mediamix.data.read import as_findings, experiments_of, inspect, read_spec, tables_from_spec
from mediamix.data.read import build as build_dataset

if TYPE_CHECKING:
    from mediamix.data.tables import Tables
    from mediamix.decide.answer.plan import Plan
    from mediamix.decide.problem.curves import Curves
    from mediamix.decide.problem.objective import Objective
    from mediamix.decide.problem.problem import Budget, Problem, Target
    from mediamix.inference.progress import Progress
    from mediamix.measure.beforehand import PriorCheck
    from mediamix.measure.summary import Summary
    from mediamix.models.base import Fit
    from mediamix.warehouse.build import BuildResult
    from mediamix.warehouse.engine import Warehouse

OnProgress = Callable[["Progress"], None]
OnStep = Callable[[str], None]
#: What the rows of a spec's own tables are landed as.
OWN = "files"


@extras_of("mediamix.examine")
def examine(spec: Spec, base: str | Path, today: date | None = None) -> Findings:
    """Every finding about the spec and its data, errors first (`mediamix.examine`).

    What stops reading is a finding too, and so is everything that `fit_model` would refuse.

    Raises:
        SpecError: The spec names no data.
    """
    tables = None if reads_tables(spec, base) else _landed(spec, base)
    findings, dataset = inspect(spec, base, today, tables)
    if dataset is None:
        return Findings(by_severity([*findings, *_about_preset(spec)]))
    stops = any(finding.severity == "error" for finding in findings)
    told = _of_model(dataset, spec, deep=not stops)
    return Findings(by_severity([*findings, *told, *_about_preset(spec)]))


def _landed(spec: Spec, base: str | Path) -> Tables:
    """The mart of the warehouse that a spec without tables names."""
    from mediamix.warehouse.engine import warehouse_of
    from mediamix.warehouse.mart import read_mart as read_tables

    return read_tables(warehouse_of(spec, Path(base)), spec.outcome.column)


def _about_preset(spec: Spec) -> list[Finding]:
    """What the preset's tool has that a spec can't state, said where somebody looks before a fit."""
    if spec.preset is None:
        return []
    preset = presets()[spec.preset]
    why = "a preset is the other tool's model as near as a spec can state it"
    advice = "`mediamix list preset` shows the keys; say a key in the spec and it takes the preset's place"
    return [Finding("preset", "info", preset.name, words, why, advice) for words in preset.differs]


def before_data(spec: Spec, base: str | Path) -> PriorCheck:
    """What the priors of a spec say of its data before the outcome has: `mediamix.prior_check`.

    Raises:
        SpecError: What reading or fitting would refuse.
        DataError: The same.
    """
    from mediamix.measure.beforehand import prior_check

    return prior_check(dataset_of(spec, base), spec)


def _of_model(dataset: Dataset, spec: Spec, *, deep: bool) -> list[Finding]:
    """What a fit would refuse, and what the data choose of it; `deep`: the model is posed where only that
    can tell.
    """
    from mediamix.models.baseline_words import chosen
    from mediamix.models.family import family_for

    told = family_for(spec).tell(dataset, spec, deep)
    return [*(f for error in told.refusals for f in as_findings(error, "model")), *map(chosen, told.choices)]


def land_and_build(spec: Spec, base: Path, warehouse: Warehouse) -> BuildResult:
    """Check the spec's tables, land them in a warehouse and build the mart with its tests.

    What stops a fit stops a build; what else the checks find is in `BuildResult.findings`.

    Raises:
        DataError: The tables or the mart's tests; all findings at once.
        FolderError: A file or the warehouse can't be read or written.
    """
    from mediamix.ingest.load import land
    from mediamix.warehouse.build import build

    tables = tables_from_spec(spec, base)
    checked = build_dataset(tables, spec, experiments=experiments_of(spec, base))
    land(tables, warehouse, source=OWN)
    built = build(warehouse, variables=mart_variables(spec, base, warehouse))
    return replace(built, findings=(*checked.findings, *built.findings))


def mart_variables(spec: Spec, base: Path, warehouse: Warehouse) -> dict[str, object]:
    """Land the tables that the spec states of the mart; vars of the dbt project that it says.

    Raises:
        DataError: A table isn't as it must be; all findings at once.
        FolderError: One can't be read.
    """
    from mediamix.ingest.stated import land_stated

    said = {} if spec.outcome.column == "revenue" else {"outcome": spec.outcome.column}
    if spec.mart is None:
        return dict(said)
    return {**said, **spec.mart.settings, **land_stated(spec.mart.tables(base), warehouse)}


def names_tables(spec: Spec) -> bool:
    """Whether a spec says itself which tables are read; else rows have been landed before."""
    return spec.data.wide is not None or spec.data.media is not None or spec.data.outcome is not None


def reads_tables(spec: Spec, base: str | Path) -> bool:
    """Whether a spec's data are its tables: it names some, or nothing that could hold them was landed."""
    from mediamix.warehouse.engine import DEFAULT_FILE

    return names_tables(spec) or (spec.warehouse is None and not (Path(base) / DEFAULT_FILE).exists())


def dataset_of(spec: Spec, base: str | Path) -> Dataset:
    """The dataset of a spec: of its tables, or of the mart where rows have been landed before.

    Raises:
        FolderError: A file or the warehouse is absent or can't be read.
        SpecError: The spec names no data, or doesn't fit them.
        DataError: All that is wrong with the rows, at once; the mart isn't built of what has landed.
    """
    from mediamix.warehouse.engine import warehouse_of

    if reads_tables(spec, base):
        return read_spec(spec, base)
    return read_mart(spec, warehouse_of(spec, Path(base)), Path(base))


def build_dataset_of(spec: Spec, base: Path) -> Dataset:
    """The dataset of a run: that of the spec's tables, unless the mart holds, or says, more than they do.
    Then the mart is built first, and counts only if it can be fitted.

    Raises:
        UserError: Of reading, building or testing.
    """
    from mediamix.warehouse.build import build
    from mediamix.warehouse.engine import warehouse_of
    from mediamix.warehouse.mart import holds_others

    store = warehouse_of(spec, base)
    own = names_tables(spec)
    if reads_tables(spec, base) and not (own and (spec.mart is not None or holds_others(store, OWN))):
        return read_spec(spec, base)
    with store.renewed() as warehouse:
        if own:
            land_and_build(spec, base, warehouse)
        else:
            build(warehouse, variables=mart_variables(spec, base, warehouse))
        return read_mart(spec, warehouse, base)


def build_landed(spec: Spec, base: Path, warehouse: Warehouse) -> BuildResult:
    """Build the mart from what has landed, with its tests, and check it as a fit would.

    Raises:
        DataError: Nothing has landed, the mart's tests, or what stops a fit; all findings at once.
        FolderError: The warehouse can't be read or written.
    """
    from mediamix.warehouse.build import build
    from mediamix.warehouse.mart import read_mart as read_tables

    built = build(warehouse, variables=mart_variables(spec, base, warehouse))
    tables = read_tables(warehouse, spec.outcome.column)
    absent = _absent(tables)
    if absent:
        # a mart for who models elsewhere, or before the rest has landed
        why = "a mart may serve who models elsewhere"
        advice = "land it: mediamix ingest files PATH…, or mediamix ingest table VARIABLE TABLE"
        finding = Finding(
            "landed", "info", warehouse.title, f"no {absent[0]} has landed: no fit yet", why, advice
        )
        return replace(built, findings=(finding, *built.findings))
    checked = build_dataset(tables, spec, experiments=experiments_of(spec, base))
    return replace(built, findings=(*checked.findings, *built.findings))


def _absent(tables: Tables) -> list[str]:
    """Tables without which nothing is fitted, and that have no rows."""
    return [name for name in ("media", "outcome") if getattr(tables, name).empty]


def build_warehouse(spec: Spec, base: Path, warehouse: Warehouse) -> tuple[BuildResult, dict[str, int]]:
    """`land_and_build`, of which nothing counts before every test has passed; of a spec without tables
    `build_landed`.

    Returns what was done, and the rows of each mart.

    Raises:
        DataError: As of `land_and_build`; the warehouse is as it was.
        FolderError: It can't be read or written, another process writes it, or it was changed
            meanwhile; it is as it was.
    """
    from mediamix.warehouse.mart import count_rows

    with warehouse.renewed() as aside:
        built = (land_and_build if names_tables(spec) else build_landed)(spec, base, aside)
        rows = count_rows(aside)
    return built, rows


def read_mart(spec: Spec, warehouse: Warehouse, base: Path = Path()) -> Dataset:
    """The dataset of a built warehouse, and the spec's experiments, relative to `base`.

    Raises:
        DataError: Findings of severity error, all at once.
        FolderError: The warehouse isn't there or isn't built.
    """
    from mediamix.warehouse.mart import read_mart as read_tables

    tables = read_tables(warehouse, spec.outcome.column)
    if absent := _absent(tables):
        raise DataError(
            f"no {' and no '.join(absent)} has landed in {warehouse.title}",
            expected="rows of media and of an outcome",
            next_step="land them: mediamix ingest files PATH…, or mediamix ingest table VARIABLE TABLE; then "
            "mediamix build",
        )
    return build_dataset(tables, spec, experiments=experiments_of(spec, base))


@extras_of("mediamix.fit")
@alone()
def fit_model(
    dataset: Dataset,
    spec: Spec | None = None,
    on_progress: OnProgress | None = None,
    *,
    quick: bool = False,
    checks: bool = True,
    on_step: OnStep = lambda step: None,
) -> Fit:
    """Fit the Bayesian media mix model to a dataset (`mediamix.fit`).

    The same data, spec and seed give the same draws.

    Args:
        dataset: From `mediamix.read`; geos are summed unless the spec keeps them.
        spec: Model, priors, sampler; every key has a default.
        on_progress: Called a few times a second while sampling.
        quick: Approximate draws in a fraction of the time; `convergence` says whether they will do.
        checks: Try, by cheap refits, whether another trend, season or carry-over predicts
            better, and look for other peaks; the verdict says what was found. National fits only.
        on_step: Told what is being tried.

    Raises:
        DataError: `dataset` isn't one.
        SpecError: The spec doesn't fit the data, or quick mode can't approximate the posterior.
    """
    began = time.perf_counter()
    refuse_other(dataset, Dataset, DataError, "read it first: data = mm.read(media=…, outcome=…)")
    spec = Spec() if spec is None else spec
    refuse_other(spec, Spec, SpecError, "say mm.Spec(…), or mm.load_spec(path)")
    from mediamix.models.family import family_for

    family = family_for(spec)
    import_module(family.engine)
    imported = time.perf_counter() - began
    fit = family.fit(dataset, spec, on_progress, quick)
    seconds = {"import_s": imported, **fit.run.seconds}
    if checks and family.density:
        from mediamix.measure.refitting import refit

        refits = refit(fit, on_step)
        fit = replace(fit, run=replace(fit.run, refits=refits))
        seconds |= {} if refits is None else {"checks_s": refits.seconds}
    seconds["total_s"] = time.perf_counter() - began
    return replace(fit, run=replace(fit.run, seconds=seconds))


@extras_of("mediamix.save")
@alone()
def save(fit: Fit, folder: str | Path, *, force: bool = False) -> Summary:
    """Write a fit's folder, whole or not at all (`mediamix.save`); returns what it says.

    Raises:
        FolderError: The folder is used and `force` is False, or can't be written.
    """
    from mediamix.measure.quality import fitted
    from mediamix.measure.summary import remember, summarise
    from mediamix.measure.survey import write
    from mediamix.models.store import SURVEY, save_fit

    with whole_folder(Path(folder), force=force) as aside:
        outcome = fitted(fit)
        summary = summarise(fit, outcome)
        remember(fit, summary.judged)
        write(fit, aside / SURVEY)
        save_fit(fit, aside, summary.to_dict(), outcome.predictive_dt)
    return summary


@extras_of("mediamix.load")
def load(folder: str | Path) -> Fit:
    """Read a fit's folder (`mediamix.load`).

    Raises:
        FolderError: It isn't a fit, or is corrupted.
    """
    from mediamix.measure.summary import remember
    from mediamix.measure.survey import expect
    from mediamix.measure.verdict import Verdict
    from mediamix.models.store import load_fit, load_summary, survey_file

    fit = load_fit(Path(folder))
    summed = survey_file(Path(folder))
    if summed is not None:
        expect(fit, summed)
    said = load_summary(Path(folder)).get("verdict")
    if isinstance(said, dict):
        remember(fit, Verdict.from_dict(said))
    return fit


@extras_of("mediamix.optimize")
@alone()
def plan(
    what: Fit | Curves,
    budget: Budget | Problem | None = None,
    *,
    target: Target | float | None = None,
    objective: Objective | str | None = None,
    window: Window | tuple[str, str] | None = None,
    by: str | None = None,
    history: bool = True,
    on_progress: OnProgress | None = None,
    anyway: bool = False,
    solver: str | None = None,
    outlook: bool = False,
) -> Plan:
    """The best split of a budget, or the budget of a target (`mediamix.optimize`).

    Args:
        what: A fit, or anybody's response curves.
        budget: Total and limits; absent: today's total. Or a whole problem.
        target: Wanted outcome over the window, baseline included, or a `Target`; then the budget is
            the answer.
        objective: What is maximised: an `Objective`, or text such as ``mean`` or ``cvar:0.05``.
            Absent: with a target the expected outcome; else, where curves have draws and today's
            spend is known, the gain against today's split in the worst fifth of the draws (the worst
            5 % where today's split isn't counted as evidence), so that money moves only if that gains
            even where it does worst (``gain``).
        window: Periods that are planned, for a fit: first and last day, or a `Window`; absent: all.
        by: ``"geo"`` plans each channel in each geo, named ``tv/north``, for a fit.
        history: Whether today's split counts as evidence that it is a good one, for a fit; a problem
            that says false is not overruled.
        on_progress: Called while a fit is sampled again for that.
        anyway: Plan with a fit whose verdict is ``failed``, too, and a budget that looks like one of another
            window; the plan says so.
        solver: ``greedy`` (a marginal-ROI rule) or ``slsqp`` (SciPy's) answer without a certificate, to
            compare; absent: the planner that proves its answer.
        outlook: Also what other totals would bring and, where no move is sure, which test is worth most:
            for the report.

    Raises:
        BudgetError: The problem contradicts itself or has no answer, its budget is far from what was
            spent in the window, or the solver isn't known or was asked for a target.
        VerdictError: The fit's verdict is ``failed``.
        ExtraError: Its limits or objective need SciPy, which is not installed.
    """
    from mediamix.decide.problem.curves import Curves
    from mediamix.decide.problem.problem import problem_of
    from mediamix.decide.problem.recommend import default_objective
    from mediamix.decide.questions.maximise import optimize
    from mediamix.decide.questions.target import reach
    from mediamix.measure.verdict import refuse_failed

    asked = problem_of(budget, target, objective)
    if isinstance(what, Curves):
        curves = what
        if curves.origin is not None:
            refuse_failed(curves.origin.verdict, "plan", anyway=anyway)
    else:
        # Curves are planned without the packages of the model.
        from mediamix.decide.fitted.spent import refuse_far
        from mediamix.measure.summary import verdict_of

        refuse_failed(verdict_of(what), "plan", anyway=anyway)
        window = None if window is None else what.dataset.window(window)
        if not anyway:
            refuse_far(what.dataset, asked.budget, window)
        from mediamix.decide.fitted.curves import curves_of

        curves = curves_of(
            what,
            asked.budget,
            window=window,
            by=by,
            history=history and asked.history,
            on_progress=on_progress,
        )
    if asked.target is not None:
        if solver is not None:
            raise BudgetError(
                f"a target is not searched with {shown(solver)}",
                expected="a budget that is split",
                next_step="leave out the target, or the solver",
            )
        return reach(curves, asked.target, asked.budget, asked.objective)
    made = optimize(curves, asked.budget, asked.objective or default_objective(curves), solver)
    if not outlook or solver is not None:
        return made
    from mediamix.decide.questions.totals import with_outlook

    return with_outlook(made, curves, asked.budget)


def last_periods(dataset: Dataset, periods: int | None) -> Window | None:
    """The window of the last `periods` periods; None for all.

    Raises:
        BudgetError: More periods than there are, or none.
    """
    if periods is None:
        return None
    if not 1 <= periods <= dataset.n_periods:
        raise BudgetError(
            f"can't plan {periods} periods",
            expected=f"1 to {dataset.n_periods}, the periods of the data",
            got=str(periods),
            next_step="choose a number of periods inside the data",
        )
    return Window(dataset.n_periods - periods, dataset.n_periods)


def write_plan(made: Plan, path: Path, table: Path | None = None, *, force: bool = True) -> None:
    """`plan.json`, and its table as CSV, beside it unless another path is given.

    Raises:
        FolderError: They can't be written, or are there and `force` is False.
    """
    table = table or path.with_suffix(".csv")
    texts = {path: json_text(made.to_dict()), table: csv_text(made.table())}
    write_together(texts, force=force)
