"""The application: its commands, its global options, and what becomes of an error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli import failure
from mediamix.cli.commands import (
    app_server,
    baseline,
    build,
    check,
    compare,
    components,
    demo,
    evaluate,
    fit,
    fit_all,
    flight,
    generate,
    ingest,
    init,
    jobs,
    keys,
    mcp,
    optimize,
    predict,
    promote,
    report,
    run_all,
    runs,
    serve,
    status,
    train,
    trainings,
    worker,
)
from mediamix.cli.console import detail, note, to_nowhere
from mediamix.cli.helping import Command, Group, unwrapped
from mediamix.cli.voice import record, speaking, taken_out
from mediamix.cli.watch import watched
from mediamix.core.asides import heard_by
from mediamix.core.errors import UserError

#: In the order of the help. A command is a module with NAME, EXAMPLE and `command`.
COMMANDS = (
    *(demo, init, check, compare, fit, fit_all, evaluate, optimize, flight, predict, report),
    *(app_server, serve, keys, mcp, run_all, runs, promote, jobs, worker, train, trainings),
    *(ingest, build, status, baseline, generate, components),
)

app = typer.Typer(
    name="mediamix",
    cls=Group,
    help="Marketing measurement that teams trust with their money.",
    epilog="Start with: mediamix demo",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in COMMANDS:
    app.command(
        _module.NAME,
        cls=Command,
        help=unwrapped(_module.command.__doc__ or ""),
        epilog=f"Example: {_module.EXAMPLE}",
    )(_module.command)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"mediamix {version('mediamix')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="On stderr only warnings and errors, no progress.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also versions, paths, remarks and their reasons.")
    ] = False,
    log_file: Annotated[
        Path | None,
        typer.Option("--log-file", metavar="FILE", help="Append what was said to a file, with times."),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of a failure (or MEDIAMIX_DEBUG=1).")
    ] = False,
) -> None:
    # `version` is done by its callback; the others are taken out by `run`, wherever they stand.
    if context.invoked_subcommand is None:
        print(context.get_help())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every way to end is turned into an exit code and one message."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    debug = "--debug" in given or os.environ.get("MEDIAMIX_DEBUG", "") not in ("", "0")
    began = time.perf_counter()
    try:
        words, wanted = taken_out(given)
        with speaking(wanted), heard_by(note):
            if wanted.verbose or wanted.log is not None:
                _begin(given)
            code = _run(words, as_json=as_json, debug=debug)
            detail(f"exit code {code} after {time.perf_counter() - began:.1f} s")
            return code
    except UserError as error:  # of these options themselves
        return failure.explain(error, as_json=as_json, debug=debug)


def _run(words: list[str], *, as_json: bool, debug: bool) -> int:
    try:
        with watched():
            code = app(args=words, prog_name="mediamix", standalone_mode=False)
        sys.stdout.flush()
        # Typer turns Ctrl-C into the code 130, or (older ones) into Abort.
        return failure.interrupted(as_json=as_json) if code == failure.INTERRUPTED else int(code or 0)
    except typer.Abort as stopped:
        if isinstance(stopped.__cause__, EOFError):  # Typer takes it for the end of a dialogue
            return failure.explain(stopped.__cause__, as_json=as_json, debug=debug)
        return failure.interrupted(as_json=as_json)
    except KeyboardInterrupt:
        return failure.interrupted(as_json=as_json)
    except (SystemExit, BrokenPipeError) as leaving:
        if failure.reader_gone(leaving):
            to_nowhere(sys.stdout)  # else the interpreter complains when it flushes at exit
            return 0
        code = leaving.code if isinstance(leaving, SystemExit) else 1
        return code if isinstance(code, int) else 0 if code is None else 1
    except Exception as error:
        return failure.explain(error, as_json=as_json, debug=debug)


def _begin(given: Sequence[str]) -> None:
    """What runs, and where: for the log and for --verbose."""
    import shlex
    from importlib.metadata import version

    record(f"$ mediamix {shlex.join(given)}")
    detail(f"mediamix {version('mediamix')}, Python {sys.version.split()[0]}, in {Path.cwd()}")
