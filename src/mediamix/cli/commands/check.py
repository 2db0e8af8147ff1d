"""`mediamix check`: everything that can be said about the data before a fit."""

from __future__ import annotations

import typer

from mediamix.cli.console import command_line, emit_json, say
from mediamix.cli.options import Json, SpecFile
from mediamix.cli.watch import doing
from mediamix.cli.words import print_findings

NAME = "check"
EXAMPLE = "mediamix check mediamix.yml"


def command(spec: SpecFile, as_json: Json = False) -> None:
    """Check the data that a spec names; exit code 2 if a finding stops a fit."""
    from mediamix.core.spec import load_spec
    from mediamix.pipeline import examine

    doing("Reading and checking the data")
    findings = examine(load_spec(spec), spec.parent)
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        emit_json({"findings": [finding.to_dict() for finding in findings], "errors": errors})
    else:
        if findings:
            print_findings(findings)
        say(_sentence(errors, len(findings) - errors), "bold red" if errors else "green")
        if not errors:
            say(f"Next: {command_line('fit', spec, '--out', 'fit')}")
    if errors:
        raise typer.Exit(2)


def _sentence(errors: int, others: int) -> str:
    if errors:
        noun = "finding stops" if errors == 1 else "findings stop"
        return f"{errors} {noun} a fit; mend these first."
    if others:
        return f"Nothing stops a fit; {others} {'finding' if others == 1 else 'findings'} to know about."
    return "Nothing to report: the data can be fitted."
