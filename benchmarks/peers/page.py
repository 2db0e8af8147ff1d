"""The table, and what it says about the claims."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mediamix.core.provenance import host, versions
from peers.attempts import OURS, SETTINGS, TITLES, WORDS
from peers.cases import Case
from peers.rows import Row

HEAD = (
    "peer", "setting", "chains × (tuning + draws)", "import s", "compile s", "sampling s", "contributions s",
    "whole process s", "peak MB", "divergences", "R-hat", "ESS", "ESS/s", "error", "total media", "in 90 %",
)  # fmt: skip
CLAIM_HEAD = ("claim", "measured", "wanted", "")
#: Ours against the fastest peer's process, and against the best peer's effective draws per second.
TIMES_FASTER, TIMES_ESS = 10.0, 20.0
GEO_SECONDS, GEO_RHAT, GEO_ESS, GEO_TIMES_MERIDIAN = 90.0, 1.01, 400.0, 50.0


@dataclass(frozen=True)
class Results:
    """All that a page is made of.

    Args:
        cases: Name → case.
        rows: Case → its rows, ours first (one, of medians).
        installed: Peer → its packages' versions.
        limit_s: Seconds a process was given.
        command: What was called.
    """

    cases: Mapping[str, Case]
    rows: Mapping[str, Sequence[Row]]
    installed: Mapping[str, Mapping[str, str]]
    limit_s: float
    command: str


def line(row: Row) -> tuple[str, ...]:
    """A row as cells of `HEAD`; a failure says why where the numbers would be."""
    attempt = row.attempt
    start = (TITLES[attempt.peer], attempt.setting, attempt.lengths)
    if row.status != "ok":
        reason = row.reason if row.status in ("stopped", "impossible") else f"failed: {row.reason}"
        # No paths of this machine.
        reason = re.sub(r"(/[^\s/]+){2,}/", "…/", reason)
        process = (_number(row.process_s, 1), _number(row.peak_mb, 0))
        return (*start, reason.replace("|", "/")[:160], "–", "–", "–", *process, *["–"] * 7)
    seconds = row.seconds
    sampling = seconds.get("sample_s", seconds.get("fit_s"))
    return (
        *start,
        _number(seconds.get("import_s"), 1),
        _number(row.compile_s, 1),
        _number(sampling, 2),
        _number(seconds.get("contributions_s"), 2),
        _number(row.process_s, 1),
        _number(row.peak_mb, 0),
        _number(row.divergences, 0),
        _number(row.rhat, 3),
        _number(row.ess, 0),
        _number(row.ess_per_s, 2 if (row.ess_per_s or 0) < 10 else 0),
        _number(row.error, 2),
        "–" if row.total_error is None else f"{row.total_error:+.0%}",
        "–" if row.covered is None else f"{row.covered} of {len(row.channels)}",
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def claims(case: Case, rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """What is claimed of this case, measured."""
    ours = next((row for row in rows if row.attempt.peer == OURS and row.attempt.setting == "defaults"), None)
    peers = [row for row in rows if row.attempt.peer != OURS and row.status == "ok"]
    if ours is None or ours.status != "ok" or ours.process_s is None or ours.ess_per_s is None:
        return []
    found = []
    if case.geo:
        met = ours.process_s < GEO_SECONDS
        found.append(("whole process", f"{ours.process_s:.1f} s", f"under {GEO_SECONDS:.0f} s", _met(met)))
        rhat, ess = ours.rhat, ours.ess
        if rhat is not None and ess is not None:
            found.append(("R-hat", f"{rhat:.4f}", f"at most {GEO_RHAT}", _met(rhat <= GEO_RHAT)))
            found.append(("bulk ESS", f"{ess:,.0f}", f"at least {GEO_ESS:.0f}", _met(ess >= GEO_ESS)))
        peers = [row for row in peers if row.attempt.peer == "meridian"]
    timed = [(row.process_s, row) for row in peers if row.process_s is not None]
    if timed and not case.geo:
        seconds, fastest = min(timed, key=lambda pair: pair[0])
        times = seconds / ours.process_s
        found.append(
            (
                f"whole process, against the fastest peer ({_name(fastest)})",
                f"{ours.process_s:.2f} s against {seconds:.1f} s: 1/{times:.1f}",
                f"at most 1/{TIMES_FASTER:.0f}",
                _met(times >= TIMES_FASTER),
            )
        )
    rated = [(row.ess_per_s, row) for row in peers if row.ess_per_s]
    if rated:
        wanted = GEO_TIMES_MERIDIAN if case.geo else TIMES_ESS
        rate, best = max(rated, key=lambda pair: pair[0])
        times = ours.ess_per_s / rate
        found.append(
            (
                f"ESS per second of sampling, against the best peer ({_name(best)})",
                f"{ours.ess_per_s:,.0f} against {rate:,.2f}: {times:,.0f} times",
                f"at least {wanted:.0f} times",
                _met(times >= wanted),
            )
        )
    return found


def contributions(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Head and lines of the channels' contributions in millions: the truth, then every row's."""
    good = [row for row in rows if row.channels]
    if not good:
        return ["contribution, millions"], []
    names = list(good[0].channels)
    lines = [["truth", *(f"{good[0].channels[name]['truth'] / 1e6:.1f}" for name in names)]]
    for row in good:
        cells = []
        for name in names:
            mean, low, high = (row.channels[name][part] / 1e6 for part in ("mean", "p5", "p95"))
            cells.append(f"{mean:.1f}" if row.covered is None else f"{mean:.1f} ({low:.1f} to {high:.1f})")
        lines.append([_name(row), *cells])
    return ["contribution, millions: mean (90 %)", *names], lines


def _met(met: bool) -> str:
    return "met" if met else "missed"


def _name(row: Row) -> str:
    return f"{TITLES[row.attempt.peer]}, {row.attempt.setting}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])


def markdown(results: Results) -> str:
    """The page, with the machine it was made on (no names, no paths)."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    parts = [
        "# The engine against its peers",
        f"Made by `{results.command}` on {date.today().isoformat()}, one process after the other: "
        f"{machine['cores']} cores, {machine['system']} {machine['machine']}; {described}.",
        READING.format(limit=results.limit_s),
    ]
    for name, rows in results.rows.items():
        case = results.cases[name]
        parts += [f"## {case.title}", _about(case), table(HEAD, [line(row) for row in rows])]
        parts.append(table(*contributions(rows)))
        measured = claims(case, rows)
        if measured:
            parts.append(table(CLAIM_HEAD, measured))
        notes = [f"- {_name(row)}: {note}" for row in rows for note in row.notes]
        if notes:
            parts.append("\n".join(notes))
    parts += ["## The settings", settings(results), "## The versions", pinned(results.installed)]
    return "\n\n".join(parts) + "\n"


READING = """\
All fit the same generated market, whose truth is known, and are one run with one seed: differences under a
fifth mean nothing. *Whole process* is measured from outside: start, imports, reading, compiling, sampling,
contributions of each channel over the window. Each process had at most {limit:,.0f} s. *Compile* is the fit
without its sampling; *ESS/s* is the smallest bulk ESS of the media parameters (of the channels; by the same
code for all) per second of sampling, tuning included and compilation left out. Peers ran once in advance, so
that their files and caches are warm; so did our engine, whose row holds the medians of runs between theirs.
*Error* is the mean over channels of |contribution / truth − 1|, *total media* the signed error of their sum,
*in 90 %* the channels whose truth lies in the 90 % interval. Where R-hat is above 1.05, a row's numbers are
those of chains that have not found the same distribution."""


def _about(case: Case) -> str:
    scenario = case.scenario
    made = {"weekly": "Scenario.weekly({})", "daily": "Scenario(seed={})", "geo": "Scenario.geo_panel({})"}
    return (
        f"`{made[case.name].format(scenario.seed)}`: geometric adstock, Hill saturation, media "
        f"{scenario.media_share:.0%} of the outcome, noise {scenario.noise:.1%}. Peers that cut the "
        f"carry-over off do so after {case.max_lag} periods."
    )


def settings(results: Results) -> str:
    """What each setting is, in words."""
    used = {(row.attempt.peer, row.attempt.setting) for rows in results.rows.values() for row in rows}
    lines = []
    for peer in TITLES:
        for setting in SETTINGS:
            words = WORDS.get((peer, setting))
            if words and (peer, setting) in used:
                lines.append(f"- **{TITLES[peer]}, {setting}.** {words}")
    return "\n".join(lines)


def pinned(installed: Mapping[str, Mapping[str, str]]) -> str:
    """The peers' packages."""
    lines = [
        f"- **{TITLES[peer]}**: " + ", ".join(f"{name} {version}" for name, version in packages.items())
        for peer, packages in installed.items()
        if packages
    ]
    return "\n".join(lines) if lines else "No environment was made."
