"""The application: its commands, its global options, and what becomes of an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from mediamix.cli import failure
from mediamix.cli.commands import (
    build,
    check,
    components,
    demo,
    evaluate,
    fit,
    flight,
    generate,
    optimize,
    predict,
    report,
    run_all,
)

#: In the order of the help. A command is a module with NAME, EXAMPLE and `command`.
COMMANDS = (
    *(demo, check, fit, evaluate, optimize, flight, predict, report),
    *(run_all, build, generate, components),
)

app = typer.Typer(
    name="mediamix",
    help="Marketing measurement that teams trust with their money.",
    epilog="Start with: mediamix demo",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in COMMANDS:
    app.command(_module.NAME, epilog=f"Example: {_module.EXAMPLE}")(_module.command)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"mediamix {version('mediamix')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of a failure (or MEDIAMIX_DEBUG=1).")
    ] = False,
) -> None:
    # `version` is done by its callback, `debug` is taken out by `run`, wherever it stands.
    if context.invoked_subcommand is None:
        print(context.get_help())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every way to end is turned into an exit code and one message."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given or os.environ.get("MEDIAMIX_DEBUG", "") not in ("", "0")
    words = [word for word in given if word != "--debug"]
    as_json = "--json" in words
    try:
        code = app(args=words, prog_name="mediamix", standalone_mode=False)
        # Typer turns Ctrl-C into the code 130, or (older ones) into Abort.
        return failure.interrupted() if code == failure.INTERRUPTED else int(code or 0)
    except (KeyboardInterrupt, typer.Abort):
        return failure.interrupted()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BrokenPipeError:
        return failure.broken_pipe()
    except Exception as error:
        return failure.explain(error, as_json=as_json, debug=debug)
