"""`mediamix fit-all`: every brand of a table, every spec of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import command_line, emit_json, say, table, warn
from mediamix.cli.failure import keeping
from mediamix.cli.options import Json
from mediamix.cli.progress import Steps
from mediamix.cli.words import UNTRUSTED

if TYPE_CHECKING:
    from mediamix.many.fit_all import Far, ManyFits
    from mediamix.many.rows import Row

NAME = "fit-all"
EXAMPLE = "mediamix fit-all mediamix.yml --by brand --out brands"

#: Channels that have a column of their own in the printed table, and rows that it has.
FEW_CHANNELS, FEW_ROWS = 8, 200


def command(
    specs: Annotated[
        Path, typer.Argument(metavar="SPEC", help="A spec, or a folder of specs: each of them is fitted.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="Folder for the fits; one of an earlier call is gone on with."
        ),
    ],
    by: Annotated[
        str | None, typer.Option("--by", metavar="COLUMN", help="Fit each name in this column by itself.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="local: processes of this machine (the default). ray: a Ray cluster. shard: one part of n.",
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            metavar="i/n",
            help="Fit every n-th only, from the i-th, counted from 0; /n takes i from the cloud's variable. "
            "For example: mediamix fit-all mediamix.yml --by brand --out brands --shard 0/20",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, help="Processes at once; absent: one per core."),
    ] = None,
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=1, help="Of each process.")] = 1,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Approximate instead of sampling. "
            "For example: mediamix fit-all mediamix.yml --by brand --out quick --quick",
        ),
    ] = False,
    no_checks: Annotated[
        bool,
        typer.Option(
            "--no-checks",
            help="Leave out the cheap refits that look for misfit. "
            "For example: mediamix fit-all mediamix.yml --by brand --out brands --no-checks",
        ),
    ] = False,
    least_rows: Annotated[
        int,
        typer.Option("--least-rows", metavar="N", min=1, help="Brands with fewer rows are not fitted."),
    ] = 26,
    price: Annotated[
        float, typer.Option("--price", metavar="AMOUNT", min=0, help="Of a core-hour, for the bill.")
    ] = 0.05,
    as_json: Json = False,
) -> None:
    """Fit every brand of a table or every spec of a folder. Run again, it goes on where it was stopped.

    Exit code 3: everything is written, but some have no fit or one that failed its checks; 2: none has a fit.
    """
    from mediamix.many.fit_all import fit_all

    words = f"Stopped. What was done is kept in {out}; the same command goes on from there."
    with Steps() as steps, keeping(words):

        def told(far: Far) -> None:
            counts = f"{far.done:,} of {far.total:,} done, {far.failed:,} failed, last {far.last}"
            steps.counting(far.done + far.failed, far.total, counts)

        made = fit_all(
            specs,
            out,
            by,
            engine=engine,
            shard=shard,
            workers=workers,
            threads=threads,
            quick=quick,
            checks=not no_checks,
            least_rows=least_rows,
            price=price,
            on_step=steps.step,
            on_progress=told,
        )
    if as_json:
        emit_json(made.to_dict())
    else:
        _print(made)
    raise typer.Exit(_code(made))


def _code(made: ManyFits) -> int:
    failed = made.count("failed")
    if failed and not made.count("done") and not made.count("waiting"):
        return 2
    return UNTRUSTED if failed or any(row.verdict == "failed" for row in made.rows) else 0


def _print(made: ManyFits) -> None:
    done = [row for row in made.rows if row.state == "done"]
    if done:
        _print_done(done[:FEW_ROWS])
    if len(done) > FEW_ROWS:
        say(f"and {len(done) - FEW_ROWS:,} more in {made.out / 'table.csv'}")
    failed: dict[str, list[Row]] = {}
    for row in made.rows:
        if row.state == "failed":
            failed.setdefault(row.reason, []).append(row)
    for reason, rows in failed.items():
        warn("no fit", f"{_names(rows)}: {reason}")
    bill = made.bill
    say(f"{made.words}{f' ({made.found:,} were there already)' if made.found else ''}: {made.out}")
    if bill.hours_per_1000 is not None and bill.cost_per_1000 is not None:
        each = bill.core_seconds / bill.fits
        say(
            f"{bill.fits:,} fits in {bill.seconds:,.1f} s, {each:,.1f} s of a core each. 1,000 such fits: "
            f"{bill.hours_per_1000:,.2f} core-hours, {bill.cost_per_1000:,.3f} at {bill.price:g} a core-hour "
            "(--price)"
        )
    if done:
        say(f"Next: {command_line('report', made.out / done[0].folder, '--out', 'report.html')}")


def _print_done(rows: list[Row]) -> None:
    from mediamix.core.numbers import percent, quantity, times

    said = [row.to_dict() for row in rows]
    channels = list(dict.fromkeys(name for one in said for name in one["channels"]))
    shown = channels if len(channels) <= FEW_CHANNELS else []
    several = len({row.spec for row in rows}) > 1
    brands = any(row.brand is not None for row in rows)

    costs = all(one["roi"] is None for each in said for one in each["channels"].values())

    def returned(one: dict[str, dict[str, float] | None]) -> str:
        interval = one.get("cost_per_unit" if costs else "roi")
        return "–" if interval is None else (quantity if costs else times)(interval["mean"])

    cells = [
        [
            *([row.spec] if several or not brands else []),
            *([row.brand or "–"] if brands else []),
            row.verdict,
            "–" if one["r2"] is None else f"{one['r2']:.2f}",
            "–" if one["mape"] is None else percent(one["mape"]),
            percent(one["media"]["share"]["mean"]),
            *(returned(one["channels"].get(name, {})) for name in shown),
        ]
        for row, one in zip(rows, said, strict=True)
    ]
    names = [*(["spec"] if several or not brands else []), *(["brand"] if brands else [])]
    headers = [*names, "verdict", "R²", "MAPE", "media", *(f"ROI {name}" for name in shown)]
    table("Fits: share of media and returns", headers, cells, text=range(len(names) + 1))


def _names(rows: list[Row], most: int = 5) -> str:
    names = [row.brand or row.spec for row in rows]
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
