"""Plans side by side: every planner on the same markets, its plan judged by the true curves."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from mediamix.core.files import write_json, write_text
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget
from mediamix.decide.problem.recommend import default_objective
from mediamix.decide.questions.maximise import optimize
from peers.attempts import KNOTS, OURS, SCRIPTS, TITLES
from peers.command import CACHE, alone, picked
from peers.environments import NoEnvironmentError, environment_of
from peers.plan_cases import PlanCase, fitted_cases, known_cases
from peers.plan_page import PAGES, Results, markdown
from peers.plan_rows import PlanRow
from peers.process import clean_environment, last_words, measure
from peers.rows import SCRIPTS_FOLDER

PLANNERS = (OURS, "meridian", "pymc_marketing")
#: How far a planner's own account of its plan may be from the truth where curves are given away.
GIVEN = 2e-3
LENGTHS = {"meridian": (4, 500, 500), "pymc_marketing": (4, 1000, 1000), OURS: (4, 400, 1000)}


@dataclass
class PlanBench:
    """One call of the command.

    Args:
        cache: Folder of environments and results.
        limit_s: Seconds per process.
        resume: Keep results from the same inputs.
        console: For progress.
    """

    cache: Path
    limit_s: float
    resume: bool
    console: Console

    def run(self, case: PlanCase, planner: str) -> list[PlanRow]:
        """One planner on one market; with a fit of its own also our planner on the peer's curves."""
        began = PlanRow(case.name, planner)
        try:
            environment = environment_of(planner, self.cache)
        except NoEnvironmentError as error:
            return [began.failed(str(error))]
        folder, out = self.cache / "plan_cases" / case.name, self.cache / "plans" / f"{case.name}-{planner}"
        case.write(folder)
        options = options_of(case, planner)
        fingerprint = fingerprint_of(folder, planner, options)
        stamp = out / "fingerprint"
        if not (self.resume and stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint):
            shutil.rmtree(out, ignore_errors=True)
            write_json(out / "options.json", options)
            command = [
                environment.python,
                SCRIPTS_FOLDER / script_of(planner),
                folder,
                out / "options.json",
                out,
            ]
            caches = {"PYTENSOR_FLAGS": f"base_compiledir={self.cache / 'pytensor'}"}
            measured = measure(command, out, self.limit_s, clean_environment(caches))
            if measured.code is None:
                return [began.failed(f"stopped after {self.limit_s:,.0f} s")]
            if measured.code != 0:
                return [began.failed(last_words(out))]
            write_text(stamp, fingerprint)
        return rows_of(case, planner, out)


def script_of(planner: str) -> str:
    """The script that plans, beside the one that fits."""
    return SCRIPTS[planner].replace("fit_", "plan_")


def options_of(case: PlanCase, planner: str) -> dict[str, Any]:
    """What a script is told."""
    chains, tune, draws = LENGTHS[planner]
    knots = 1 if case.known else KNOTS["weekly", "defaults"]
    return {"setting": "defaults", "chains": chains, "tune": tune, "draws": draws, "knots": knots}


def fingerprint_of(folder: Path, planner: str, options: Mapping[str, Any]) -> str:
    """Of everything that a plan depends on, but for the installed packages."""
    digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
    scripts = [
        SCRIPTS_FOLDER / name for name in ("contract.py", "planned.py", SCRIPTS[planner], script_of(planner))
    ]
    for path in (*scripts, folder / "wide.csv", folder / "plan.json"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def rows_of(case: PlanCase, planner: str, out: Path) -> list[PlanRow]:
    """What a script left, judged by the truth."""
    left = json.loads((out / "planned.json").read_text(encoding="utf-8"))
    row = PlanRow(
        case.name, planner, model_s=left["model_s"], first_s=left["first_s"], again_s=left["again_s"],
        note=left["note"],
    )  # fmt: skip
    spend_c = np.array(left["spend_c"])
    if case.known:
        # What the planner expects must be the truth, else the curves were given to it wrongly.
        np.testing.assert_allclose(left["expects"], case.outcome(spend_c / case.today_c), rtol=GIVEN)
    if not (out / "curves.npz").exists():
        return [row.judged(case, spend_c)]
    with np.load(out / "curves.npz") as file:
        multiple_k, contribution_dck = file["multiple"], file["contribution"]
    names = [f"c{c}" for c in range(len(case.today_c))]
    curves = Curves(
        {name: multiple_k * case.today_c[c] for c, name in enumerate(names)},
        {name: contribution_dck[:, c] for c, name in enumerate(names)},
        current=dict(zip(names, case.today_c.tolist(), strict=True)),
    )
    rows = [row.judged(case, spend_c, curves)]
    for label, objective in (("expected outcome", "mean"), ("default", default_objective(curves))):
        found = optimize(curves, Budget(), objective).allocation
        ours = PlanRow(case.name, OURS, f"{TITLES[planner]}'s curves, {label}")
        rows.append(ours.judged(case, np.array([found[name] for name in names]), curves))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything, print and write the page; 130 if interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help=f"planners, with commas between: {', '.join(PLANNERS)}")
    parser.add_argument("--case", help="markets, with commas between; --list names them")
    parser.add_argument("--list", action="store_true", help="name the markets and end")
    parser.add_argument(
        "--each", type=int, default=2, help="markets of each kind that planners fit themselves"
    )
    parser.add_argument("--limit-s", type=float, default=900.0, help="seconds per process")
    parser.add_argument("--resume", action="store_true", help="keep the results that are there")
    parser.add_argument("--environments", type=Path, default=CACHE, help="folder of environments and results")
    parser.add_argument("--out", type=Path, help="folder of the pages; partial ones lie beside the results")
    parser.add_argument("--note", default="", help="what a reader of the page should know of this run")
    options = parser.parse_args(arguments)
    every = {case.name: case for case in [*known_cases(), *fitted_cases(options.each)]}
    console = Console(width=160)
    if options.list:
        for case in every.values():
            console.print(f"{case.name}: {case.title}", highlight=False)
        return 0
    planners = picked(options.only, PLANNERS, "planner")
    names = picked(options.case, list(every), "market")
    bench = PlanBench(options.environments, options.limit_s, options.resume, console)
    rows: list[PlanRow] = []
    try:
        with alone(options.environments):
            for name in names:
                for planner in planners:
                    found = bench.run(every[name], planner)
                    rows += found
                    for row in found:
                        console.print(f"{name}: {row.said}", highlight=False, markup=False)
    except KeyboardInterrupt:
        console.print("interrupted; the same command with --resume goes on")
        return 130
    complete = len(planners) == len(PLANNERS)
    for known, page in PAGES.items():
        part = {name: every[name] for name in names if every[name].known is known}
        if not part:
            continue
        whole = complete and len(part) == sum(case.known is known for case in every.values())
        beside = options.environments / "plans" / page.name
        out = page if whole and options.out is None else (options.out or beside.parent) / page.name
        told = [row for row in rows if row.case in part]
        write_text(out, markdown(Results(part, told), options.note))
        write_json(beside.with_suffix(".json"), {"rows": [asdict(row) for row in told]})
        console.print(f"written: {out}", markup=False)
    return 0
