"""`mediamix report`: a page that works offline, a PDF, slides, JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mediamix.cli.console import emit_json, say
from mediamix.cli.options import FitFolder, Force, Json
from mediamix.cli.progress import Steps
from mediamix.cli.targets import ready_file, ready_folder
from mediamix.core.errors import FolderError, shown
from mediamix.core.extras import extras_of

if TYPE_CHECKING:
    from mediamix.decide.answer.plan import Plan
    from mediamix.models.base import Fit

NAME = "report"
EXAMPLE = "mediamix report fit --plan plan.json --out report.html --out report.pdf"
TRUTH_KEYS = ("contribution", "roi", "share")


def command(
    folder: FitFolder,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="JSON that `mediamix optimize` wrote.")
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            metavar="FILE",
            show_default=False,
            help="The report, by its ending: .html, .pdf, .pptx or .json; or several of them. "
            "Absent: report.html.",
        ),
    ] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", metavar="FILE", help="truth.json of generated data.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="RUN",
            help="An earlier run, by its folder or id: the report then says what changed, and why.",
        ),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(
            "--spec",
            metavar="FILE",
            help="Spec whose `report` (title, client, author, date, names) is used instead of the fit's.",
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write the report of a fit, and of a plan made with it; beside a page its tables as CSV in a folder."""
    from mediamix.reporting.drawing import Pen

    with extras_of("the report"), Pen() as pen:  # its processes start beside the imports
        from mediamix.core.spec import load_spec
        from mediamix.pipeline import load
        from mediamix.project.earlier import fit_since
        from mediamix.reporting import reports
        from mediamix.reporting.files import form_of, refuse_taken, tables_folder

        paths = out or [Path("report.html")]
        refuse_taken(paths, force=force)
        for path in paths:
            ready_file(path, force=force)
            if form_of(path).tables:
                ready_folder(tables_folder(path), force=force)
        known = None if truth is None else load_truth(truth)
        about = None if spec is None else load_spec(spec).report
        earlier = None if since is None else fit_since(since, folder)
        with Steps() as steps:
            steps.step(f"Reading the fit {folder}")
            fit = load(folder)
            made = None if plan is None else load_plan(plan, fit)
            steps.step("Writing the report")
            written = reports(
                *(fit, made, paths),
                truth=known,
                since=earlier,
                about=about,
                force=force,
                pen=pen,
            )
    if as_json:
        emit_json({"report": str(written[0]), "reports": [str(path) for path in written]})
        return
    for path in written:
        say(str(path))


def load_plan(path: Path, fit: Fit) -> Plan:
    """A plan that belongs to a fit.

    Raises:
        FolderError: The file can't be read, isn't a plan, was changed or written by another version, or is
            one of another fit.
    """
    from mediamix.decide.answer.plan import Plan
    from mediamix.decide.problem.origin import FitId, refuse_unsigned

    raw = _read_json(path, "the plan", "`mediamix optimize --out`")
    try:
        if "allocation" in raw:  # else it never was one
            refuse_unsigned(raw, f"the plan {path}")
        made = Plan.from_dict(raw)
    except FolderError as error:
        raise FolderError(
            error.what if error.what.startswith("the plan ") else f"{path} is not a plan",
            expected=error.expected,
            got=error.got,
            next_step=error.next_step,
        ) from error
    own, got = FitId.of(fit), None if made.origin is None else made.origin.fit
    if got != own:
        raise FolderError(
            f"the plan {path} belongs to another fit",
            expected=f"a plan of this one: {own}",
            got="a plan of no fit" if got is None else f"a plan of {got}",
            next_step="plan with this fit: mediamix optimize DIR --out plan.json",
        )
    return made


def load_truth(path: Path) -> dict[str, Any]:
    """What made generated data.

    Raises:
        FolderError: The file can't be read or holds something else.
    """
    raw = _read_json(path, "the truth", "`mediamix generate`")
    missing = [key for key in TRUTH_KEYS if key not in raw]
    if missing:
        raise FolderError(
            f"{path} is not a truth.json",
            expected=f"the keys {', '.join(TRUTH_KEYS)}",
            got=f"no {', '.join(missing)}",
            next_step="give the truth.json that `mediamix generate` wrote beside the data",
        )
    return raw


def _read_json(path: Path, what: str, origin: str) -> dict[str, Any]:
    from mediamix.core.documents import parse_json, read_text
    from mediamix.core.documents.limits import MAX_JSON_BYTES

    origin = f"JSON as {origin} writes it"

    raw = parse_json(
        read_text(path, what, next_step=f"check the path; expected is {origin}", most=MAX_JSON_BYTES),
        f"{what} {path}",
        FolderError,
    )
    if not isinstance(raw, dict):
        raise FolderError(f"{path} is not {what}", expected=origin, got=shown(raw))
    return raw
