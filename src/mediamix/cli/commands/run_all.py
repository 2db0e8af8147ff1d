"""`mediamix run`: from a spec's tables to a report, in one folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.console import emit_json, say
from mediamix.cli.options import BoundsFile, Force, Json, SpecFile, Total
from mediamix.cli.progress import Steps
from mediamix.cli.targets import inputs_of, ready_folder
from mediamix.cli.words import print_channels, print_plan, print_scores, print_warnings, refuse_trust
from mediamix.core.errors import BudgetError
from mediamix.core.registry import suggestion

NAME = "run"
EXAMPLE = "mediamix run mediamix.yml --out results --budget 1000000"


def command(
    spec: SpecFile,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder for all results.")],
    total: Total = None,
    bounds: BoundsFile = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Build the mart, fit, plan and report, into one folder. Exit code 3: written, but failed."""
    from mediamix.core.spec import load_spec
    from mediamix.decide.fitted.spent import refuse_far
    from mediamix.decide.problem.bounds import load_bounds
    from mediamix.decide.problem.problem import Budget

    ready_folder(out, force=force, inputs=inputs_of(load_spec(spec), spec, bounds))
    budget = Budget(total, {} if bounds is None else load_bounds(bounds))
    with Steps() as steps:
        steps.step("Checking the data")
        from mediamix import pipeline
        from mediamix.data.read import read_spec

        # Before minutes of work, though the mart is checked again.
        dataset = read_spec(load_spec(spec), spec.parent)
        _refuse_unknown(budget.bounds, dataset.channel_names)
        refuse_far(dataset, budget)
        made = pipeline.run(
            spec, out, force=force, budget=budget, on_step=steps.step, on_progress=steps.sampling
        )
    if as_json:
        emit_json(
            {
                "folder": str(out),
                "report": str(made.report),
                "summary": made.summary.to_dict(),
                "plan": made.plan.to_dict(),
                "seconds": {**steps.seconds, "total": steps.total},
            }
        )
        refuse_trust(made.summary)
        return
    print_warnings(made.summary.data_findings)
    print_channels(made.summary, made.fit.dataset)
    print_scores(made.summary)
    print_plan(made.plan)
    say(str(made.report))
    refuse_trust(made.summary)


def _refuse_unknown(bounds: Iterable[str], channels: Sequence[str]) -> None:
    strangers = [name for name in bounds if name not in channels]
    if strangers:
        raise BudgetError(
            f"the bounds name '{strangers[0]}', which is no channel of the data",
            expected=f"some of {', '.join(channels)}",
            got=", ".join(strangers),
            next_step=suggestion(strangers[0], channels) or "mend the bounds",
        )
