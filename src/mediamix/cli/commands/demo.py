"""`mediamix demo`: everything on generated data, held against the truth that made them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mediamix.cli.console import command_line, emit_json, note, say, table
from mediamix.cli.options import Force, Json
from mediamix.cli.progress import Steps
from mediamix.cli.targets import free_folder, ready_folder
from mediamix.cli.words import print_verdict, refuse_trust

if TYPE_CHECKING:
    from mediamix.measure.summary import Summary

NAME = "demo"
EXAMPLE = "mediamix demo --out my-demo"
DEFAULT = Path("mediamix-demo")


def command(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="New folder. Absent: mediamix-demo, or the next free one."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the generated market.")] = 1,
    platforms: Annotated[
        bool,
        typer.Option(
            "--platforms", help="Fetch from servers of Google Ads, Meta and TikTok on this machine instead."
        ),
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Generate data with known truth, fit, plan, report, and compare with the truth."""
    from mediamix.project import steps as work

    folder = out
    if folder is None:
        folder = DEFAULT if force else free_folder(DEFAULT)
        if folder != DEFAULT:
            note(f"{DEFAULT} is already there: writing to {folder}")
    ready_folder(folder, force=force)
    if platforms:
        _from_platforms(folder, seed, force=force, as_json=as_json)
        return
    with Steps() as steps:
        made = work.demo(folder, force=force, seed=seed, on_step=steps.step, on_progress=steps.sampling)
    rows = recovery(made.summary, made.truth or {})
    if as_json:
        emit_json(
            {
                "folder": str(folder),
                "report": str(made.report),
                "recovery": {
                    "channels": rows,
                    "media_share": {
                        "true": (made.truth or {}).get("share"),
                        "estimate": made.summary.media_share.to_dict(),
                    },
                },
                "seconds": {**steps.seconds, "total": steps.total},
            }
        )
        refuse_trust(made.summary)
        return
    _print_recovery(rows, made.summary, made.truth or {})
    print_verdict(made.summary)
    table("Time", ["step", "seconds"], [[name, f"{s:.1f}"] for name, s in steps.seconds.items()])
    refuse_trust(made.summary)
    following = command_line("optimize", folder / "fit")
    say(f"{steps.total:.0f} seconds in all. Next: open the report, or `{following}`.")
    say(str(made.report))


def _from_platforms(folder: Path, seed: int, *, force: bool, as_json: bool) -> None:
    from mediamix.cli.ingested import print_pulled, pulled_dict
    from mediamix.core.numbers import span, times
    from mediamix.project.platforms_demo import platforms_demo

    with Steps() as steps:
        made, pulled, truth = platforms_demo(
            folder, force=force, seed=seed, on_step=steps.step, on_progress=steps.sampling
        )
    if as_json:
        rows = {m.name: None if m.roi is None else m.roi.to_dict() for m in made.summary.channels}
        emit_json(
            {
                "folder": str(folder),
                "report": str(made.report),
                **pulled_dict(pulled),
                "roi": {"true": truth, "estimate": rows},
                "seconds": {**steps.seconds, "total": steps.total},
            }
        )
        refuse_trust(made.summary)
        return
    print_pulled(pulled)
    lines = [
        [
            m.name,
            times(truth[m.name]),
            times(m.roi.mean),
            span(m.roi.p5, m.roi.p95, times),
            "yes" if m.roi.p5 <= truth[m.name] <= m.roi.p95 else "no",
        ]
        for m in made.summary.channels
        if m.roi is not None
    ]
    headers = ["channel", "true", "estimate", "90 % interval", "inside?"]
    table("ROI: truth and estimate", headers, lines, text=(0, 4))
    print_verdict(made.summary)
    refuse_trust(made.summary)
    say(f"{steps.total:.0f} seconds in all. Next: open the report, or `{command_line('status', folder)}`.")
    say(str(made.report))


def recovery(summary: Summary, truth: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Per channel the true contribution and ROI beside their estimates, in outcome units."""
    rows: dict[str, dict[str, Any]] = {}
    for measure in summary.channels:
        true = truth["contribution"][measure.name]
        estimate = measure.contribution
        rows[measure.name] = {
            "contribution": {
                "true": true,
                **estimate.to_dict(),
                "inside90": bool(estimate.p5 <= true <= estimate.p95),
            },
            "roi": {
                "true": truth["roi"].get(measure.name),
                "mean": None if measure.roi is None else measure.roi.mean,
            },
        }
    return rows


def _print_recovery(rows: dict[str, dict[str, Any]], summary: Summary, truth: dict[str, Any]) -> None:
    from mediamix.core.numbers import percent, quantity, span, times

    cells = []
    for name, row in rows.items():
        part, roi = row["contribution"], row["roi"]
        cells.append(
            [
                name,
                quantity(part["true"]),
                quantity(part["mean"]),
                span(part["p5"], part["p95"], quantity),
                "yes" if part["inside90"] else "no",
                f"{times(roi['true'])} / {times(roi['mean'])}",
            ]
        )
    headers = ["channel", "true", "estimate", "90 % interval", "inside?", "ROI true / est."]
    table(f"What media caused, in {summary.outcome_unit}: truth and estimate", headers, cells, text=(0, 4))
    share = summary.media_share
    say(
        f"media's share of {summary.outcome_name}: true {percent(truth.get('share'))}, estimated "
        f"{percent(share.mean)} ({span(share.p5, share.p95, percent)})"
    )
