"""`mediamix check`: everything that can be said about the data before a fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import command_line, emit_json, note, say
from mediamix.cli.options import Json, SpecFile
from mediamix.cli.watch import doing
from mediamix.cli.words import print_findings
from mediamix.core.errors import SpecError

if TYPE_CHECKING:
    from mediamix.core.spec import Spec
    from mediamix.measure.beforehand import PriorCheck

NAME = "check"
EXAMPLE = "mediamix check mediamix.yml"


def command(
    spec: SpecFile,
    prior: Annotated[
        bool,
        typer.Option("--prior", help="Also what the priors say of outcome and channels before any data."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="With --prior: its picture, .png or .svg."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the data that a spec names, and its priors; exit code 2 if a finding stops a fit."""
    from mediamix.core.spec import load_spec
    from mediamix.pipeline import examine

    if out is not None and not prior:
        raise SpecError(
            "--out is the picture of the priors",
            expected="--prior beside it",
            next_step=command_line("check", spec, "--prior", "--out", out),
        )
    doing("Reading and checking the data")
    loaded = load_spec(spec)
    findings = examine(loaded, spec.parent)
    errors = sum(finding.severity == "error" for finding in findings)
    beforehand = _beforehand(loaded, spec.parent, out) if prior and not errors else None
    if as_json:
        told = {} if beforehand is None else {"prior": beforehand.to_dict()}
        emit_json({"findings": [finding.to_dict() for finding in findings], "errors": errors, **told})
    else:
        if findings:
            print_findings(findings)
        if beforehand is not None:
            say(_card(beforehand))
            if beforehand.findings:
                print_findings(beforehand.findings)
        say(_sentence(errors, len(findings) - errors), "bold red" if errors else "green")
        if not errors:
            say(f"Next: {command_line('fit', spec, '--out', 'fit')}")
    if errors:
        raise typer.Exit(2)


def _beforehand(spec: Spec, base: Path, out: Path | None) -> PriorCheck:
    """What the priors say, and its pictures."""
    from mediamix.pipeline import before_data

    doing("Drawing from the priors")
    found = before_data(spec, base)
    if out is not None:
        from mediamix.reporting.beforehand import draw_beforehand

        for path in draw_beforehand(found, out):
            note(f"picture: {path}")
    return found


def _card(found: PriorCheck) -> str:
    """Its card, but for the next step, which is Python's."""
    from mediamix.core.card import as_text
    from mediamix.showing.priorcheck import card

    return as_text(replace(card(found), next_step=""))


def _sentence(errors: int, others: int) -> str:
    if errors:
        noun = "finding stops" if errors == 1 else "findings stop"
        return f"{errors} {noun} a fit; mend these first."
    if others:
        return f"Nothing stops a fit; {others} {'finding' if others == 1 else 'findings'} to know about."
    return "Nothing to report: the data can be fitted."
