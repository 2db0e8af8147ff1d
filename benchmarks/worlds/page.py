"""`worlds.md`: what was tried, what was judged, and what a fit says of nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from mediamix.core.provenance import host, versions
from worlds.candidates import BEFORE, DEFAULT
from worlds.kinds import CHOOSE, JUDGE, KINDS
from worlds.nothing import CALLED, FIRST, Seen
from worlds.score import LEAST, NOTHING, WRONG, Scored, summary

HEAD = (
    "priors (median, 95 % point)",
    "total media",
    "its median",
    "channels' error",
    "weighted",
    "coverage",
    "of the total",
    "wrong fits",
    "fits with divergences",
)


def row(name: str, results: Sequence[Scored], of: str = "mean", *, sampled: bool = True) -> tuple[str, ...]:
    """A candidate's line."""
    m = summary(list(results), of)
    return (
        name,
        f"{m['total']:+.1%} ± {m['total_se']:.1%}",
        f"{m['total_median']:+.1%}",
        f"{m['error']:.3f}",
        f"{m['weighted']:.3f}" if of == "mean" else "",
        f"{m['coverage']:.1%}",
        f"{m['total_coverage']:.0%}",
        f"{m['wrong']:.0%}" if of == "mean" else "",
        f"{m['with_divergences']:.0%}" if sampled else "",
    )


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


def by_kind(before: Sequence[Scored], after: Sequence[Scored]) -> list[tuple[str, ...]]:
    """Per kind of the judging half: both defaults."""
    rows = []
    for kind in JUDGE:
        cells = [kind.name]
        for results in (before, after):
            m = summary([r for r in results if r.kind == kind.name])
            cells += [f"{m['total']:+.1%}", f"{m['error']:.2f}", f"{m['coverage']:.0%}"]
        rows.append(tuple(cells))
    return rows


def of_nothing(name: str, seen: Sequence[Seen]) -> list[tuple[str, ...]]:
    """Per source of markets: what is said of the useless channel, and of useful ones."""
    rows = []
    for source in ("simulator", "independent"):
        bad = [s for s in seen if s.source == source and s.useless is not None]
        good = [s for s in seen if s.source == source and s.useless is None]
        at = [(s.low_c[s.useless], s.mean_c[s.useless], s.nothing_c[s.useless]) for s in bad]
        low, mean, nothing = np.array(at).T
        useful = np.concatenate([s.nothing_c for s in good])
        rows.append(
            (
                name,
                source,
                f"{np.mean(low < NOTHING):.0%} of {len(bad)}",
                f"{mean.mean():.2f}",
                f"{np.median(nothing):.0%}",
                f"{np.mean(nothing > CALLED):.0%}",
                f"{np.sum(useful > CALLED)} of {len(useful)}",
                f"{useful.max():.0%}",
            )
        )
    return rows


def markdown(
    chosen: Mapping[str, Sequence[Scored]],
    screened: Mapping[str, Sequence[Scored]],
    judged: Mapping[str, Sequence[Scored]],
    nothing: Mapping[str, Sequence[Seen]],
    seeds: tuple[int, int],
) -> str:
    """The page, with the machine it was made on (no names, no paths)."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    before, after = summary(list(judged[BEFORE])), summary(list(judged[DEFAULT]))
    parts = [
        "# Independent worlds",
        f"{len(KINDS)} kinds of worlds whose generators share no code and no default with the simulator "
        "(`benchmarks/worlds`): eleven families of curves, five of carry-over, seven patterns of spend, "
        "three shapes of season, three of trend, or none; three to twelve channels, true ROI from 0 to 10, "
        "media from 5 to 50 % of the outcome, weeks and days. Kinds at even places were there to choose on, "
        "those at odd places to judge on; that rule was fixed before any was fitted, and the judging half "
        "was fitted once, after the choice. After a first look at one seed of the half to choose on, the "
        "noise of all kinds was lowered from 2 to 6 % of the outcome to 1 to 5 %. Made by "
        "`uv run python benchmarks/worlds/run.py` "
        f"on {date.today().isoformat()}: {machine['cores']} cores, {machine['system']} "
        f"{machine['machine']}; {described}.",
        "Errors are of contributions over the window, posterior mean against truth. *Total media*: signed, "
        "mean over worlds. *Channels' error*: mean absolute relative error of channels that bring over "
        f"{LEAST:.0%} of all media; *weighted*: summed errors of all channels, useless ones too, over summed "
        "truth. *Coverage*: channels within their 90 % interval; a useless one is held by an interval that "
        f"reaches below a ROI of {NOTHING}. *Wrong*: the median of the channels' errors is over {WRONG:.0%}.",
        "## Judged",
        f"{len(JUDGE)} kinds × {seeds[1]} seeds. Against before, the default's channels' error is "
        f"{after['error'] / before['error'] - 1:+.0%}; the total's is {after['total']:+.1%} instead of "
        f"{before['total']:+.1%}, coverage {after['coverage']:.1%} instead of {before['coverage']:.1%}.",
        markdown_table(
            HEAD,
            [row(name, results) for name, results in judged.items()]
            + [row("default, posterior medians as estimates", judged[DEFAULT], "median")],
        ),
        markdown_table(
            ("kind", "before: total", "error", "coverage", "default: total", "error", "coverage"),
            by_kind(judged[BEFORE], judged[DEFAULT]),
        ),
        "## Tried",
        f"{len(CHOOSE)} kinds × {seeds[0]} seeds.",
        markdown_table(
            HEAD,
            [row(name, results) for name, results in chosen.items()]
            + [row(f"default; {name}", results, sampled=False) for name, results in screened.items()]
            + [row("default, posterior medians as estimates", chosen[DEFAULT], "median")],
        ),
    ]
    if nothing:
        parts += [
            "## Nothing",
            "Markets with one useless channel (true ROI 0.02, 10 to 45 % of all spend) and markets without, "
            f"from the simulator and from the independent generators, seeds from {FIRST}. *Reaches nothing*: "
            f"the useless channel's 90 % interval of ROI begins below {NOTHING}. *P(nothing)*: how much of "
            "its posterior lies there.",
            markdown_table(
                (
                    "priors",
                    "markets",
                    "reaches nothing",
                    "mean ROI",
                    "P(nothing), median",
                    f"over {CALLED:.0%}",
                    f"useful channels over {CALLED:.0%}",
                    "highest of them",
                ),
                [line for name, seen in nothing.items() for line in of_nothing(name, seen)],
            ),
        ]
    return "\n\n".join(parts) + "\n"
